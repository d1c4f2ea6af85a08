"""The phrases of the return, each as (French, English); a test holds the two to the same placeholders."""

from __future__ import annotations

from offers.changes import OVER
from offers.wording import Pair

NOUNS: dict[str, tuple[Pair, Pair]] = {
    "line": (("ligne", "lignes"), ("line", "lines")),
    "value": (("valeur", "valeurs"), ("value", "values")),
    "line_read": (("ligne lue", "lignes lues"), ("line read", "lines read")),
    "offer_taken": (("offre prise", "offres prises"), ("offer taken", "offers taken")),
    "repeated_line": (("ligne en double", "lignes en double"), ("repeated line", "repeated lines")),
    "line_to_correct": (("ligne à corriger", "lignes à corriger"), ("line to correct", "lines to correct")),
    "created": (("offre nouvelle", "offres nouvelles"), ("new offer", "new offers")),
    "updated": (("offre modifiée", "offres modifiées"), ("updated offer", "updated offers")),
    "unchanged": (("offre inchangée", "offres inchangées"), ("unchanged offer", "unchanged offers")),
    "closed": (("offre close", "offres closes"), ("offer closed", "offers closed")),
    "withdrawn": (("offre retirée", "offres retirées"), ("withdrawn offer", "withdrawn offers")),
    "offer": (("offre", "offres"), ("offer", "offers")),
    "line_taken": (("ligne prise", "lignes prises"), ("line taken", "lines taken")),
    "created_line": (("ligne nouvelle", "lignes nouvelles"), ("new line", "new lines")),
    "updated_line": (("ligne modifiée", "lignes modifiées"), ("updated line", "updated lines")),
    "unchanged_line": (("ligne inchangée", "lignes inchangées"), ("unchanged line", "unchanged lines")),
    "closed_line": (
        ("ligne qui clôt une offre", "lignes qui closent une offre"),
        ("line that closes", "lines that close")),
    "withdrawn_line": (("ligne retirée", "lignes retirées"), ("withdrawn line", "withdrawn lines")),
    "seat": (("place", "places"), ("seat", "seats")),
    "other_line": (("autre ligne", "autres lignes"), ("other line", "other lines")),
    "other_reference": (("autre", "autres"), ("other", "others")),
}  # fmt: skip

PHRASES: dict[str, Pair] = {
    "title": ("Retour sur votre fichier", "Return on your file"),
    "check_taken": ("prises : {count}", "taken: {count}"),
    "check_mended": (" (dont {count} après réparation)", " ({count} of them after repair)"),
    "check_repeated": ("en double : {count}", "repeated: {count}"),
    "check_aside": ("laissées de côté : {count}", "set aside: {count}"),
    "check_over": (
        "Date de fin passée, offre close si elle est en ligne : lignes {lines}{more}.",
        "End date past, the offer is closed if it is online: lines {lines}{more}."),
    "check_more": (
        "{shown} refus montrés sur {total}. Tous : --report DOSSIER, ou --json.",
        "{shown} of {total} rejections shown. All: --report FOLDER, or --json."),
    "check_shown": (
        "{shown} lignes montrées sur {total}, telles qu’elles seraient publiées ; {mark} : valeur réparée.",
        "{shown} of {total} lines shown, as they would be published; {mark}: a value that was mended."),
    "check_mended_where": (
        "Ce qui a été réparé, ligne par ligne, est dans le retour : --report DOSSIER.",
        "What was mended, line by line, is in the return: --report FOLDER."),
    "check_cause": ("Pour qui règle l’export (en anglais)", "For whoever mends the export"),
    "check_return": ("Retour", "Return"),
    "skip": ("Aller aux lignes à corriger", "Skip to the lines to correct"),
    "file": ("Fichier", "File"),
    "feed": ("Canal", "Feed"),
    "received": ("Traité le", "Processed on"),
    "delivery": ("Numéro de livraison", "Delivery number"),
    "verdict_quarantined": (
        "Votre fichier est mis en attente ({held}) : rien n’a changé en ligne",
        "Your file is on hold ({held}): nothing has changed online"),
    "verdict_unreadable": (
        "Votre fichier n’a pas pu être lu : aucune offre n’a été prise",
        "Your file could not be read: no offer was taken"),
    "verdict_failed": (
        "Votre fichier n’a pas pu être traité, à cause d’une panne chez nous",
        "Your file could not be processed, for a fault of ours"),
    "verdict_unchanged": (
        "Ce fichier est identique au précédent : rien à faire",
        "This file is the same as the one before: nothing to do"),
    "verdict_unchanged_still": (
        "Ce fichier est identique au précédent : il reste {lines}",
        "This file is the same as the one before: there remain {lines}"),
    "no_offer_taken": ("Aucune offre prise", "No offer taken"),
    "nothing_to_correct": ("rien à corriger", "nothing to correct"),
    "quoted": ("« {text} »", "“{text}”"),
    "place": ("ligne {line}, octet {byte} ({value})", "line {line}, byte {byte} ({value})"),
    "near": ("« {found} » pour « {asked} »", "“{found}” for “{asked}”"),
    "looks_like": (" Il ressemble à {what}.", " It looks like {what}."),
    "what_now": ("Que faire maintenant ?", "What to do now"),
    "held_why": ("Pourquoi il attend", "Why it waits"),
    "held_safe": (
        "Aucune de vos offres déjà en ligne n’a été modifiée ni retirée. Le fichier est gardé tel que vous l’avez "
        "envoyé.",
        "None of your offers online has been changed or withdrawn. The file is kept as you sent it."),
    "held_do": (
        "Si le fichier est bien complet et voulu ainsi, dites-le-nous : nous le libérons. Sinon, renvoyez-le corrigé.",
        "If the file is whole and meant to be so, tell us and we release it. Otherwise, send a corrected one."),
    "unreadable_why": ("Pourquoi il n’a pas pu être lu", "Why it could not be read"),
    "unreadable_safe": (
        "Vos offres déjà en ligne y restent. Le fichier est gardé tel que vous l’avez envoyé.",
        "Your offers online stay there. The file is kept as you sent it."),
    "unreadable_open": (
        "Ouvrez le fichier : contient-il bien vos offres, et non une page d’erreur ou une feuille vide ?",
        "Open the file: does it hold your offers, rather than an error page or an empty sheet?"),
    "unreadable_headers": (
        "Vérifiez que la ligne d’en-têtes est là et que les colonnes portent leurs noms habituels.",
        "Check that the header line is there and that the columns bear their usual names."),
    "unreadable_again": (
        "Enregistrez-le dans le format convenu et renvoyez-le en entier.",
        "Save it in the agreed format and send it again, whole."),
    "failed_ours": (
        "La panne est de notre côté : votre fichier n’est pas en cause, et il est gardé tel que vous l’avez envoyé.",
        "The fault is on our side: your file is not to blame, and it is kept as you sent it."),
    "failed_safe": (
        "Rien de cet envoi n’a été mis en ligne, et rien n’a été retiré : vos offres déjà en ligne y restent.",
        "Nothing of it was put online, and nothing was withdrawn: your offers online stay there."),
    "failed_do": (
        "Vous n’avez rien à faire : nous sommes prévenus, et nous reprendrons ce fichier une fois la panne réparée.",
        "There is nothing for you to do: we have been told, and take this file up again once the fault is mended."),
    "stopped": (
        "Un de nos contrôles l’a arrêté : nous regardons lequel, et revenons vers vous.",
        "One of our checks stopped it: we are looking into it, and get back to you."),
    "unchanged_text": (
        "Le contenu est le même, octet pour octet : vos offres en ligne n’ont pas bougé.",
        "The content is the same, byte for byte: your offers online have not moved."),
    "unchanged_still": (
        "Les lignes refusées la fois précédente le sont toujours : les voici, corrigez-les et renvoyez le fichier.",
        "The lines refused last time still are: here they are, correct them and send the file again."),
    "accepted_look": (
        "Aucune ligne n’est refusée. Voyez ci-dessous ce que nous avons remarqué.",
        "No line was refused; see below what we noticed."),
    "accepted_perfect": ("Merci : toutes vos lignes sont en ordre.", "Thank you: all your lines are in order."),
    "accepted_do_xlsx": (
        "Ouvrez ce classeur : ce sont vos lignes, celles à corriger en haut, chaque case en cause colorée et "
        "commentée. Corrigez-les, enregistrez et renvoyez-nous le classeur entier, comme vous envoyez votre fichier.",
        "Open this workbook: it holds your rows, those to correct on top, each faulty cell coloured and commented. "
        "Correct them, save, and send us the whole workbook the way you send your file."),
    "accepted_do_xlsx_part": (
        "Ouvrez ce classeur : ce sont vos lignes à corriger, chaque case en cause colorée et commentée. Votre fichier "
        "est trop grand pour y tenir entier : reportez-y vos corrections, et renvoyez-le.",
        "Open this workbook: it holds your rows to correct, each faulty cell coloured and commented. Your file is "
        "too large to be in it whole: make the corrections in your own file, and send that one."),
    "accepted_do": (
        "Corrigez les lignes ci-dessous dans votre fichier et renvoyez-le entier.",
        "Correct the lines below in your file and send it again, whole."),
    "rest_is_in": (
        "Les lignes non refusées n’ont pas besoin de vous.",
        "The lines that were not refused do not need you."),
    "rest_look": (
        "Voyez aussi, plus bas, ce que nous avons réparé ou remarqué dans les autres lignes.",
        "See below, too, what we mended or noticed in the other lines."),
    "contact": ("Une question ?", "A question?"),
    "contact_text": ("Écrivez ou appelez : {contact}.", "Write or call: {contact}."),
    "no_contact": ("Répondez au message qui vous a remis ce retour.", "Reply to the message that brought this return."),
    "all_lines": ("Vos {lines}", "Your {lines}"),
    "would": ("Ce qui arriverait si le fichier était libéré.", "What would happen if the file were released."),
    "taken": ("prises telles quelles", "taken as they are"),
    "mended": ("prises après réparation", "taken after repair"),
    "refused": ("refusées, à corriger", "refused, to correct"),
    "aside": ("laissées de côté", "set aside"),
    "bar": ("Répartition de vos lignes", "How your lines divide"),
    "effect": ("En ligne", "Online"),
    "tried": (
        "Ce n’est qu’une vérification : rien n’est encore envoyé ni publié.",
        "This is only a check: nothing is sent or published yet."),
    "to_correct": ("À corriger", "To correct"),
    "how_to": ("Comment corriger :", "How to correct:"),
    "for_instance": ("Par exemple :", "For instance:"),
    "seen": ("Reçu :", "Received:"),
    "empty": ("(vide)", "(empty)"),
    "and_more": ("et {more} autres valeurs", "and {more} other values"),
    "no_column": ("Ligne entière", "Whole line"),
    "line_by_line": ("Ligne par ligne", "Line by line"),
    "line_note": (
        "Le numéro est celui de la ligne dans votre fichier. Si une description occupe plusieurs lignes, Excel compte "
        "autrement : cherchez alors par référence.",
        "The number is that of the line in your file. Where a description takes several lines, Excel counts "
        "differently: search by reference then."),
    "th_line": ("Ligne", "Line"),
    "th_reference": ("Référence", "Reference"),
    "th_column": ("Colonne", "Column"),
    "th_value": ("Valeur reçue", "Value received"),
    "th_why": ("Pourquoi, et que faire", "Why, and what to do"),
    "shown": (
        "Les {shown} premières sont montrées, sur {total}. Toutes sont dans le",
        "The first {shown} of {total} are shown. All are in the"),
    "csv_whole": ("Toutes les lignes signalées, en CSV", "All the lines named, as CSV"),
    "csv_link": ("fichier CSV complet", "full CSV file"),
    "caption_refused": ("Valeurs refusées, dans l’ordre de votre fichier", "Values refused, in the order of your file"),
    "caption_repairs": ("Réparations, par nature", "Repairs, by kind"),
    "caption_repeated": ("Lignes dont la référence revient plus loin", "Lines whose reference comes again"),
    "caption_ignored": ("Lignes laissées de côté, par raison", "Lines set aside, by reason"),
    "repairs": ("Réparé pour vous", "Mended for you"),
    "repairs_note": (
        "Ces lignes sont prises. Ce qui ne laissait aucun doute a été réparé. Une case facultative que nous ne "
        "pouvions pas prendre a été laissée vide : corrigez-la si vous voulez qu’elle compte.",
        "These lines are taken. What left no doubt was mended. An optional cell that we could not take was left "
        "empty: correct it if you want it to count."),
    "th_repair": ("Réparation", "Repair"),
    "th_count": ("Valeurs", "Values"),
    "th_examples": ("Exemples", "Examples"),
    "at_line": ("Ligne {line} :", "Line {line}:"),
    "becomes": ("devient", "becomes"),
    "repairs_all": ("Toutes, ligne par ligne, sont dans le", "All of them, line by line, are in the"),
    "repeated": ("Références en double", "Repeated references"),
    "repeated_note": (
        "Une référence désigne une seule offre : quand elle revient, une seule ligne est retenue.",
        "A reference names one offer: where it comes again, one line is kept."),
    "th_kept_line": ("Ligne retenue", "Line kept"),
    "repeated_line": (
        "Cette référence revient ligne {kept}, qui a été retenue.",
        "This reference is also on line {kept}, which was kept."),
    "repeated_remedy": (
        "Gardez une ligne par offre, ou donnez à chaque offre sa propre référence ; le nombre de places va dans sa "
        "colonne.",
        "Keep one line per offer, or give each offer its own reference; the number of seats has a column of its own."),
    "ignored": ("Laissées de côté", "Set aside"),
    "ignored_note": (
        "Ces lignes ne sont pas des stages de seconde selon les règles convenues avec vous, ou leur offre est finie.",
        "These lines are not placements for seconde according to what was agreed with you, or their offer is over."),
    "th_reason": ("Raison", "Reason"),
    "th_lines": ("Lignes", "Lines"),
    "remarks": ("Remarques sur le fichier", "Remarks on the file"),
    "personal_note": (
        "Les coordonnées de personnes sont masquées dans ce retour.",
        "Contact details of persons are masked in this return."),
    "characters": ("… ({n} caractères)", "… ({n} characters)"),
    "status_refused": ("refusée", "refused"),
    "status_repaired": ("réparée", "repaired"),
    "status_repeated": ("en double", "repeated"),
    "status_over": ("close", "closed"),
    "over_line": (
        "La date de fin est passée : l’offre est close. Pour la rouvrir, donnez une date à venir.",
        "The end date is past: the offer is closed. To open it again, give a date to come."),
    "over": ("Date de fin passée", "End date past"),
    "caption_over": ("Lignes dont l’offre est close", "Lines whose offer is closed"),
    "status_ignored": ("laissée de côté", "set aside"),
    "csv_status": ("statut", "status"),
    "csv_sheet": ("feuille", "sheet"),
    "csv_line": ("ligne", "line"),
    "csv_reference": ("référence", "reference"),
    "csv_column": ("colonne", "column"),
    "csv_received": ("valeur reçue", "value received"),
    "csv_kept": ("valeur retenue", "value kept"),
    "csv_rule": ("règle", "rule"),
    "csv_sentence": ("explication", "explanation"),
    "csv_remedy": ("que faire", "what to do"),
    "sheet_rows": ("Offres", "Offers"),
    "sheet_row": ("ligne ici", "row here"),
    "sheet_line": ("ligne dans votre envoi", "line in your file"),
    "too_long_cell": (
        "Excel ne garde que 32 767 caractères par case : la fin de ce texte n’est pas ici.",
        "Excel keeps 32,767 characters per cell: the end of this text is not here."),
    "sheets_intro": (
        "Sur vos feuilles, corrigez les cases colorées, sans changer les en-têtes, et renvoyez ce classeur.",
        "On your sheets, correct the coloured cells, leave the headers as they are, and send this workbook back."),
    "sheet_intro": (
        "Sur la première feuille, corrigez les cases colorées, sans changer les en-têtes, et renvoyez ce classeur.",
        "On the first sheet, correct the coloured cells, leave the headers as they are, and send this workbook back."),
    "sheet_not_here": (
        "Non découpé en colonnes, et donc absent de la première feuille : {lines}.",
        "Not cut into columns, and so not on the first sheet: {lines}."),
    "sheet_part": (
        "Votre fichier est trop grand pour tenir ici : {lines} n’y sont pas. Ne renvoyez pas ce classeur seul : "
        "reportez les corrections dans votre fichier.",
        "Your file is too large to be here whole: {lines} are not. Do not send this workbook alone: make the "
        "corrections in your own file."),
    # of lines that are one offer together
    "check_united": (", soit {count}", ", which make {count}"),
    "check_united_more": (
        "{shown} groupes de lignes montrés sur {total}. Tous : --report DOSSIER, ou --json.",
        "{shown} of {total} groups of lines shown. All: --report FOLDER, or --json."),
    "united": ("Lignes réunies en une seule offre", "Lines united into one offer"),
    "united_note": (
        "À la référence près, ces lignes sont les mêmes, ou presque : même lieu, mêmes semaines, mêmes textes. Pour "
        "un élève, c’est une seule offre.",
        "But for the reference, these lines are the same, or nearly: same place, same weeks, same texts. To a pupil, "
        "they are one offer."),
    "united_sum_seats": ("Leurs places sont additionnées.", "Their seats are added up."),
    "united_keep_first": (
        "Les places des autres lignes ne sont pas comptées.",
        "The seats of the other lines are not counted."),
    "united_remedy": (
        "Plus simple : une seule ligne, avec le nombre de places dans {column}. Si ce sont des offres différentes, "
        "dites-le dans l’intitulé, la description, l’adresse ou les semaines.",
        "Simpler: a single line, with the number of seats in {column}. If they are different offers, say so in the "
        "title, the description, the address or the weeks."),
    "seats_column": ("la colonne « {column} »", "the column “{column}”"),
    "seats_column_missing": ("une colonne de places, à convenir avec nous", "a column of seats, to be agreed with us"),
    "seats_own": ("Places", "Seats"),
    "united_lines": ("Lignes {lines}", "Lines {lines}"),
    "united_sentence": ("{lines} : une seule offre, {seats}.", "{lines}: one offer, {seats}."),
    "united_sentence_first": (
        "{lines} : une seule offre, {seats} (les places des autres lignes ne sont pas comptées).",
        "{lines}: one offer, {seats} (the seats of the other lines are not counted)."),
    "caption_united": ("Chaque rangée est une seule offre", "Each row is one offer"),
    "th_references": ("Références", "References"),
    "united_effect": ("Une seule offre, {seats}", "One offer, {seats}"),
    "offers_made": (
        "{lines} font {offers} : voyez « Lignes réunies en une seule offre ».",
        "{lines} make {offers}: see “Lines united into one offer”."),
    "united_shown": (
        "Les {shown} premiers groupes sont montrés, sur {total}. Toutes les lignes sont dans le",
        "The first {shown} of {total} groups are shown. All the lines are in the"),
    "status_united": ("réunie", "united"),
    "sheet_united": ("Lignes réunies", "United lines"),
    "sheet_united_first": ("offre de la ligne", "offer of line"),
    "sheet_seats": ("places de la ligne", "seats of the line"),
    "sheet_seats_in_all": ("places de l’offre", "seats of the offer"),
    "sheet_united_part": (
        "Les {shown} premières lignes sur {total} ; toutes sont dans le fichier CSV.",
        "The first {shown} of {total} lines; all are in the CSV file."),
}  # fmt: skip

REASONS: dict[str, Pair] = {
    OVER: ("date de fin passée", "end date past"),
    "not_a_placement": ("pas un stage d’observation", "not a placement"),
    "not_for_seconde": ("pas destinée à la classe de seconde", "not meant for seconde"),
    "not_a_placement_for_seconde": ("pas un stage de seconde", "not a placement for seconde"),
    "abroad": ("à l’étranger", "abroad"),
}  # fmt: skip
"""Why a line is ignored, by the `reason` of a filter in a partner's file; any other is shown as it is written there."""
