"""What a finding on the drop as a whole means to the person who made it, as (French, English), by its check.

From the finding's fields, as `reports.returns.words` writes them: `{count}` is a number, `{count:ligne|lignes}` one
with its noun, `{count:est/sont}` what agrees with it, `{lines}` a list. Every finding that warns or stops is here, or
in OURS.
"""

from __future__ import annotations

from offers.wording import Pair

OURS = frozenset(
    {
        "failed", "bytes_not_kept", "inbox_not_cleared", "return_not_written", "required_column_not_mapped",
        "encoding_doubtful",
    }
)  # fmt: skip
"""What only we can mend, in our code or in the feed's TOML: nothing that the partner should read."""

CAUSES: dict[str, Pair] = {
    "xml_cut": (
        "Le XML s’arrête avant sa fin, à la ligne {line} : l’export ou l’envoi a été coupé.",
        "The XML stops before its end, at line {line}: the export or the upload was cut off."),
    "xml_tag": (
        "À la ligne {line}, une balise se ferme alors qu’une autre est encore ouverte.",
        "At line {line}, a tag closes while another is still open."),
    "xml": (
        "Le XML n’est pas bien formé à la ligne {line}, colonne {column} : écrivez-le avec une bibliothèque XML.",
        "The XML is not well formed at line {line}, column {column}: write it with an XML library."),
    "doctype": (
        "Il contient un <!DOCTYPE> ou des <!ENTITY>, que nous ne lisons pas : envoyez-le sans eux.",
        "It holds a <!DOCTYPE> or <!ENTITY>, which we do not read: send it without them."),
    "json": (
        "Le JSON s’arrête ou n’est plus du JSON à la ligne {line}, colonne {column}.",
        "The JSON stops, or is no more JSON, at line {line}, column {column}."),
}  # fmt: skip
"""Why a document cannot be read, by the `cause` of Unreadable."""

FINDINGS: dict[str, Pair] = {
    "unreadable": (
        "Ce n’est pas un fichier {format} que nous puissions lire.{looks}{cause}",
        "This is no {format} file that we could read.{looks}{cause}"),
    "drop_is_empty": ("Le fichier ne contient aucune offre.", "The file holds no offer."),
    "reader_ended": (
        "Lire ce fichier a demandé plus de mémoire ou de temps que n’en demande une liste d’offres. Vérifiez qu’il n’a "
        "ni colonnes, ni lignes, ni textes en trop, et renvoyez-le.",
        "Reading this file took more memory or time than a list of offers does. Check that it has no columns, lines or "
        "texts too many, and send it again."),
    "nothing_usable": (
        "Aucune ligne n’a pu être prise : {rejected} sur {read} {rejected:est/sont} à corriger. Une colonne a "
        "peut-être changé de nom ou de sens.",
        "No line could be taken: {rejected} of {read} {rejected:is/are} to be corrected. A column may have changed its "
        "name or meaning."),
    "withdraws_too_much": (
        "Il y manque {withdrawn} des {standing} offres que vous avez en ligne. Le fichier est sans doute incomplet.",
        "It lacks {withdrawn} of the {standing} offers you have online. The file is probably cut off."),
    "closes_too_much": (
        "{closed} des {standing} offres que vous avez en ligne {closed:porte/portent} une date de fin passée. Vérifiez "
        "cette colonne.",
        "{closed} of the {standing} offers you have online {closed:bears/bear} an end date that is past. Check that "
        "column."),
    "nothing_kept": (
        "Toutes les lignes ont été laissées de côté : {ignored} sur {read}. Le mot qui dit à qui s’adresse l’offre a "
        "peut-être changé.",
        "Every line was set aside: {ignored} of {read}. The word that tells whom the offer is for may have changed."),
    "updates_too_much": (
        "{updated} des {standing} offres que vous avez en ligne {updated:changerait/changeraient} d’un coup. Une "
        "colonne a peut-être été décalée.",
        "{updated} of the {standing} offers you have online would change at once. A column may have been shifted."),
    "changes_too_much": (
        "{together} des {standing} offres que vous avez en ligne {together:serait retirée ou changée/seraient retirées "
        "ou changées} d’un coup. Le fichier est peut-être incomplet.",
        "{together} of the {standing} offers you have online would be withdrawn or change at once. The file may be cut "
        "off."),
    "holds_too_little": (
        "Il contient bien moins d’offres que d’habitude : {held}. Le fichier est sans doute incomplet.",
        "It holds far fewer offers than usual: {held}. The file is probably cut off."),
    "rejects_more": (
        "Bien plus de lignes que d’habitude sont à corriger : {rejected} sur {meant}. Une colonne a peut-être changé "
        "de nom ou de sens.",
        "Far more lines than usual are to be corrected: {rejected} of {meant}. A column may have changed its name or "
        "meaning."),
    "ignores_less": (
        "Bien moins de lignes que d’habitude sont laissées de côté : {ignored} sur {read}. Le mot qui dit à qui "
        "s’adresse l’offre a peut-être changé, et des offres qui ne sont pas pour les élèves seraient publiées.",
        "Far fewer lines than usual are set aside: {ignored} of {read}. The word that tells whom the offer is for may "
        "have changed, and offers not meant for pupils would be published."),
    "references_all_new": (
        "Presque aucune référence n’est connue, alors que vous les repreniez d’un envoi à l’autre. Vos identifiants "
        "ont-ils changé ?",
        "Hardly any reference is known, though you used to keep them from one file to the next. Did your identifiers "
        "change?"),
    "reference_moved": (
        "La colonne « {mapped} » ne contient plus les références de vos offres en ligne ; la colonne « {header} » les "
        "contient. Vos identifiants ont-ils changé de place ?",
        "The column “{mapped}” no longer holds the references of your offers online; the column “{header}” does. Did "
        "your identifiers move?"),
    "filter_word_new": (
        "La colonne « {header} », qui dit à qui s’adresse l’offre, contient un mot que nous n’y avons jamais vu : "
        "« {word} », {count} fois. Dites-nous si ces offres sont pour les élèves.",
        "The column “{header}”, which tells whom the offer is for, holds a word we never saw there: “{word}”, "
        "{count:time|times}. Tell us whether these offers are meant for pupils."),
    "header_renamed": (
        "La colonne « {old} » n’est plus là, et « {new} » semble la remplacer. Reprenez l’ancien nom, ou dites-nous "
        "que le nouveau est le bon.",
        "The column “{old}” is gone, and “{new}” seems to take its place. Take the old name again, or tell us that the "
        "new one is meant."),
    "lookup_word_new": (
        "Des lignes sont refusées pour des mots que nous n’avions jamais vus : {words:each}. Corrigez-les, ou "
        "dites-nous ce qu’ils désignent.",
        "Lines are refused for words that we never saw: {words:each}. Correct them, or tell us what they mean."),
    "date_format_changed": (
        "Les dates sont écrites autrement que dans vos envois précédents, dans : {columns}. Vérifiez que le jour et le "
        "mois n’ont pas changé de place ; le plus sûr est d’écrire 2026-06-15.",
        "Dates are written otherwise than in your files before, in: {columns}. Check that day and month did not change "
        "places; 2026-06-15 is the safest way to write them."),
    "date_order_contradicted": (
        "Colonne « {header} » : {count:date|dates} sur {of} ne {count:se lit/se lisent} qu’en inversant le jour et le "
        "mois, comme « {example} ». Le plus sûr est d’écrire 2026-06-15 ; sinon, dites-nous dans quel ordre vous les "
        "écrivez.",
        "Column “{header}”: {count} of {of} dates can only be read with day and month the other way round, such as "
        "“{example}”. 2026-06-15 is the safest way to write them; or tell us the order in which you write them."),
    "references_fold_together": (
        "{count} lignes sur {of} portent la référence d’une autre ligne, comme « {reference} », alors qu’elles "
        "décrivent d’autres offres : nous n’en garderions qu’une. Un tableur a peut-être arrondi les références ; "
        "donnez à chaque offre la sienne.",
        "{count} of {of} lines bear the reference of another line, such as “{reference}”, and describe other offers: "
        "only one would be kept. A spreadsheet may have rounded the references; give each offer its own."),
    "references_rewritten": (
        "Toutes vos références sont écrites autrement que d’habitude : « {now} », et non « {before} ». Prises ainsi, "
        "vos offres en ligne seraient retirées et recréées. Si vous avez ouvert le fichier dans Excel, mettez la "
        "colonne au format Texte et refaites l’export ; si vos références ont vraiment changé, dites-le-nous.",
        "All your references are written otherwise than usual: “{now}”, not “{before}”. Taken so, your offers online "
        "would be withdrawn and made anew. If you opened the file in Excel, set the column to the Text format and "
        "export again; if your references really changed, tell us."),
    "references_recycled": (
        "{count:Une référence désigne/Des références désignent} une autre offre qu’avant ({references}) : l’ancienne "
        "offre est close, une nouvelle est ouverte. Donnez à chaque nouvelle offre une référence qui n’a jamais servi.",
        "{count:A reference means/References mean} another offer than before ({references}): the old offer is closed "
        "and a new one opened. Give each new offer a reference that was never used."),
    "control_total_differs": (
        "La fin de votre fichier annonce {announced:ligne|lignes}, et nous en avons lu {read}. Il est sans doute "
        "incomplet : renvoyez-le.",
        "The end of your file announces {announced:line|lines}, and we read {read}. It is probably cut off: send it "
        "again."),
    "rows_within_a_cell": (
        "Une case contient des lignes entières de votre fichier, dont celle de l’offre « {reference} » (offres "
        "concernées : {count}). Un guillemet est ouvert avant elles et n’est fermé qu’après : doublez les guillemets "
        "dans les textes, et renvoyez le fichier.",
        "A cell holds whole rows of your file, among them that of the offer “{reference}” (offers concerned: {count}). "
        "A quote opens before them and closes only after: double the quotes within texts, and send the file again."),
    "rows_all_short": (
        "Chaque ligne a {cells} cases alors qu’il y a {headers} en-têtes : les dernières colonnes sont lues comme "
        "vides. Vérifiez que l’export n’en oublie pas.",
        "Each row has {cells} cells and there are {headers} headers: the last columns are read as empty. Check that "
        "your export leaves none out."),
    "character_lost": (
        "Des caractères ont été perdus à l’export, remplacés par « � » ou par « ? », à : {lines}. Exportez en UTF-8, "
        "sans couper un texte au milieu d’un caractère.",
        "Characters were lost in the export and replaced by “�” or “?”, at: {lines}. Export in UTF-8, and cut no text "
        "within a character."),
    "bytes_of_another_encoding": (
        "Des octets ne sont pas écrits dans l’encodage du reste du fichier ({encoding}), à : {places:places}. Leurs "
        "lignes sont refusées. Écrivez tout le fichier dans un seul encodage, de préférence en UTF-8.",
        "Bytes are not of the encoding of the rest of the file ({encoding}), at: {places:places}. Their lines are "
        "refused. Write the whole file in one encoding, UTF-8 if you can."),
    "cut_off": (
        "Le fichier s’arrête au milieu d’une lettre : il est coupé. Renvoyez-le entier.",
        "The file ends within a letter: it is cut off. Send it whole."),
    "encoding_guessed": (
        "Le fichier ne dit pas, ou pas justement, dans quel encodage il est écrit ; nous l’avons lu comme {encoding}. "
        "Vérifiez les accents de vos offres, et exportez en UTF-8 si vous le pouvez.",
        "The file does not say, or not rightly, in which encoding it is written; we read it as {encoding}. Check the "
        "accents of your offers, and export in UTF-8 if you can."),
    "site_is_closed": (
        "Le SIRET de certaines lignes est celui d’un établissement fermé, selon le répertoire national : {lines}. "
        "Donnez celui de l’établissement qui accueille l’élève.",
        "The SIRET of some lines is that of a site that is closed, says the national register: {lines}. Give that of "
        "the site that welcomes the pupil."),
    "withdraws_more": (
        "Il y manque {withdrawn} des {standing} offres que vous avez en ligne, bien plus que d’habitude : une fois "
        "pris, ce fichier les retire. Si ce n’est pas voulu, renvoyez-le complet : elles reviendront.",
        "It lacks {withdrawn} of the {standing} offers you have online, far more than usual: once taken, this file "
        "withdraws them. If you do not mean it, send it whole: they come back."),
    "creates_more": (
        "Bien plus d’offres nouvelles que d’habitude : {created}, pour {standing} déjà en ligne. Vérifiez qu’elles "
        "sont destinées aux élèves et qu’aucune n’est en double.",
        "Far more new offers than usual: {created}, beside {standing} online. Check that they are meant for pupils, "
        "and that none is doubled."),
    "holds_too_much": (
        "Il contient bien plus d’offres que d’habitude : {held}. Vérifiez qu’elles n’y sont pas deux fois.",
        "It holds far more offers than usual: {held}. Check that they are not in it twice."),
    "repeats_more": (
        "Bien plus de lignes que d’habitude reprennent une référence : {repeated} sur {meant}. Vérifiez que le fichier "
        "n’a pas été écrit deux fois ; gardez une ligne par offre.",
        "Far more lines than usual repeat a reference: {repeated} of {meant}. Check that the file was not written "
        "twice; keep one line per offer."),
    "column_emptied": (
        "Bien plus de cases vides que d’habitude, dans : {columns}. Remplissez-les, ou dites-nous que c’est voulu.",
        "Far more empty cells than usual, in: {columns}. Fill them, or tell us that it is meant."),
    "column_uniform": (
        "Bien moins de valeurs différentes que d’habitude, dans : {columns}. Vérifiez que la même valeur n’a pas été "
        "recopiée partout.",
        "Far fewer distinct values than usual, in: {columns}. Check that one value was not copied everywhere."),
    "lengths_changed": (
        "Textes bien plus courts ou plus longs que d’habitude, dans : {columns}. Vérifiez qu’ils ne sont ni coupés ni "
        "mélangés.",
        "Texts far shorter or longer than usual, in: {columns}. Check that they are neither cut nor mixed up."),
    "seats_changed": (
        "Le nombre de places par offre a beaucoup changé : {seats:place|places} pour {kept:offre|offres}. Vérifiez la "
        "colonne des places.",
        "The seats per offer changed a lot: {seats:seat|seats} in {kept:offer|offers}. Check the column of seats."),
    "seats_drifted": (
        "Le nombre de places par offre a changé peu à peu en trente jours. Vérifiez la colonne des places.",
        "The seats per offer changed little by little in thirty days. Check the column of seats."),
    "eroded": (
        "Il contient {held:offre|offres}, quand un envoi des trente derniers jours en contenait {best} encore "
        "valables. Vérifiez que votre export n’en perd pas quelques-unes à chaque fois.",
        "It holds {held:offer|offers}, where a file of the last thirty days held {best} that are not over yet. Check "
        "that your export does not lose a few each time."),
    "rewritten": (
        "En trente jours, l’équivalent de {value:%} de vos offres en ligne a changé de contenu. Vérifiez que ces "
        "changements sont voulus.",
        "In thirty days, the equivalent of {value:%} of your offers online changed their content. Check that these "
        "changes are meant."),
    "newest_went_back": (
        "Votre offre la plus récente est datée du {newest:day}, avant celles de vos envois précédents. Est-ce un "
        "ancien fichier, ou le jour et le mois ont-ils changé de place ?",
        "Your newest offer is dated {newest:day}, before those of your earlier files. Is this an old file, or did day "
        "and month change places?"),
    "drop_seen_before": (
        "Ce fichier est exactement celui d’un envoi plus ancien (livraison {delivery}), et d’autres sont venus depuis. "
        "Si ce n’est pas voulu, envoyez le plus récent.",
        "This is exactly the file of an earlier delivery ({delivery}), and others came since. If you do not mean it, "
        "send the newest."),
    "sectors_shifted": (
        "La répartition des offres entre les secteurs a beaucoup changé. Vérifiez la colonne du secteur.",
        "The offers are spread otherwise over the sectors. Check the column of the sector."),
    "departments_shifted": (
        "La répartition des offres entre les départements a beaucoup changé. Vérifiez les codes postaux et les villes.",
        "The offers are spread otherwise over the départements. Check the postal codes and the towns."),
    "weeks_shifted": (
        "La répartition des offres entre les semaines du stage a beaucoup changé. Vérifiez la colonne des semaines.",
        "The offers are spread otherwise over the weeks of the placement. Check the column of the weeks."),
    "new_school_year": (
        "Ce fichier est exactement celui de l’année scolaire passée, et des offres n’y disent pas leur année. Envoyez "
        "celui de cette année, ou dites-nous que ces offres tiennent toujours.",
        "This is exactly last school year’s file, and offers in it do not say their year. Send this year’s, or tell us "
        "that these offers still hold."),
    "older_than_last": (
        "Ce fichier est plus ancien que le dernier que nous avons pris. Envoyez le plus récent, ou dites-nous que "
        "celui-ci le remplace.",
        "This file is older than the last one that we took. Send the newest, or tell us that this one replaces it."),
    "fewer_than_announced": (
        "{read:offre est arrivée|offres sont arrivées}, moins que le nombre annoncé. Aucune offre n’a été retirée pour "
        "autant.",
        "{read:offer|offers} came, fewer than announced. No offer was withdrawn on that account."),
    "came_in_part": (
        "Tout n’est pas arrivé. Ce qui est venu a été pris ; aucune offre n’a été retirée pour autant.",
        "Not all came. What came was taken; no offer was withdrawn on that account."),
    "sheets_left_aside": (
        "Des feuilles de votre classeur n’ont pas été lues : {sheets:sheets}. Si l’une contient des offres, "
        "affichez-la et donnez-lui les mêmes en-têtes que les autres.",
        "Sheets of your workbook were not read: {sheets:sheets}. If one holds offers, show it and give it the headers "
        "of the others."),
    "rows_hidden": (
        "{count:ligne est masquée|lignes sont masquées} dans votre classeur et {count:a été lue/ont été lues} comme "
        "les autres ({count:ligne/lignes} {lines}). {count:Supprimez-la si vous ne vouliez pas l’envoyer/Supprimez "
        "celles que vous ne vouliez pas envoyer}.",
        "{count:row is|rows are} hidden in your workbook and {count:was/were} read as all others ({count:line/lines} "
        "{lines}). Delete {count:it if you did not mean to send it/those that you did not mean to send}."),
    "rows_struck_out": (
        "{count:ligne est barrée|lignes sont barrées} dans votre classeur et {count:a été lue/ont été lues} comme les "
        "autres ({count:ligne/lignes} {lines}). {count:Supprimez-la si vous ne vouliez pas l’envoyer/Supprimez celles "
        "que vous ne vouliez pas envoyer}.",
        "{count:row is|rows are} struck out in your workbook and {count:was/were} read as all others "
        "({count:line/lines} {lines}). Delete {count:it if you did not mean to send it/those that you did not mean to "
        "send}."),
    "formulas_not_computed": (
        "{count:cellule contient|cellules contiennent} une formule qui n’a jamais été calculée ({rows:ligne/lignes} "
        "{lines}). Ouvrez le classeur dans Excel et enregistrez-le, ou remplacez les formules par leurs valeurs.",
        "{count:cell holds|cells hold} a formula that was never computed ({rows:line/lines} {lines}). Open the "
        "workbook in Excel and save it, or put values in place of the formulas."),
    "header_missing": (
        "Une colonne attendue n’est pas dans le fichier, ou y est vide partout : {absent:quoted}. Remettez-la, avec ce "
        "nom.",
        "A column that was expected is not in the file, or empty throughout: {absent:quoted}. Put it back, under that "
        "name."),
    "filter_header_missing": (
        "La colonne qui dit à qui s’adresse l’offre n’est pas dans le fichier, ou y est vide partout : "
        "{absent:quoted}. Remettez-la, avec ce nom.",
        "The column that tells whom the offer is for is not in the file, or empty throughout: {absent:quoted}. Put it "
        "back, under that name."),
    "header_duplicate": (
        "Deux colonnes portent le même nom : la seconde est lue comme « {header} ». Donnez-leur des noms différents.",
        "Two columns bear one name: the second is read as “{header}”. Give them different names."),
    "header_empty": (
        "Une colonne remplie n’a pas d’en-tête : elle est lue comme « {header} ». Donnez-lui un nom.",
        "A column with values has no header: it is read as “{header}”. Give it a name."),
    "contact_in_public_text": (
        "Colonne « {header} » : {count:texte destiné aux élèves contient|textes destinés aux élèves contiennent} un "
        "courriel ou un téléphone ({count:ligne/lignes} {lines}). {count:Retirez-le/Retirez-les}.",
        "Column “{header}”: {count:text|texts} meant for pupils {count:holds/hold} an e-mail address or a phone number "
        "({count:line/lines} {lines}). Take {count:it/them} out."),
    "street_in_another_town": (
        "Colonne « {header} » : {count:rue nomme|rues nomment} une autre commune que celle de l’offre "
        "({count:ligne/lignes} {lines}). Vérifiez laquelle est la bonne.",
        "Column “{header}”: {count:street names|streets name} another town than the offer’s ({count:line/lines} "
        "{lines}). Check which of them is right."),
    "pattern_without_match": (
        "Colonne {headers:quoted} : des valeurs n’ont pas la forme convenue et sont restées vides, {rows} sur {of}. "
        "Corrigez-les.",
        "Column {headers:quoted}: values are not in the agreed form and were left empty, {rows} of {of}. Correct "
        "them."),
    "several_values": (
        "Champ {headers:quoted} : {count:une offre y a/des offres y ont} plusieurs valeurs "
        "({count:enregistrement/enregistrements} {lines}). Donnez-en une seule, ou dites-nous comment les lire.",
        "Field {headers:quoted}: {count:an offer has/offers have} several values in it ({count:record/records} "
        "{lines}). Give one, or tell us how to read them."),
    "several_places": (
        "{count:Une offre a/Des offres ont} plusieurs lieux ({count:enregistrement/enregistrements} {lines}) : un seul "
        "est publié pour chacune (autres lieux, laissés de côté : {others}). Envoyez une offre par lieu, ou "
        "demandez-nous d’en faire une offre chacun.",
        "{count:An offer has/Offers have} several places ({count:record/records} {lines}): one of each is published "
        "({others} more {others:is/are} left out). Send an offer for each place, or ask us to make one of each."),
    "xml_not_well_formed": (
        "Votre XML n’est pas bien formé : il contient des signes interdits ({signs}). Nous les avons compris cette "
        "fois. Écrivez « &amp; » pour « & », « &lt; » pour « < », et le caractère lui-même au lieu de « &nbsp; » ou de "
        "« &eacute; ».",
        "Your XML is not well formed: it holds signs that XML forbids ({signs}). We understood them this time. Write "
        "&amp; for &, &lt; for <, and the character itself in place of &nbsp; or &eacute;."),
    "xml_junk_after": (
        "Après la fin du document XML se trouve encore du texte : « {text} ». Nous l’avons laissé de côté, et les "
        "offres sont toutes lues. N’écrivez rien après la dernière balise.",
        "After the end of the XML document stands more text: “{text}”. We left it aside, and all offers are read. "
        "Write nothing after the last tag."),
    "json_junk_after": (
        "Après la fin du document JSON se trouve encore du texte : « {text} ». Nous l’avons laissé de côté, et les "
        "offres sont toutes lues. N’écrivez rien après le dernier crochet.",
        "After the end of the JSON document stands more text: “{text}”. We left it aside, and all offers are read. "
        "Write nothing after the last bracket."),
    "references_repeated": (
        "{count:ligne reprend|lignes reprennent} une référence déjà utilisée : voyez « Références en double ».",
        "{count:line repeats|lines repeat} a reference: see “Repeated references”."),
    # notes, which `quai check` tells
    "headers_unused": (
        "{count:colonne de votre fichier ne nous sert pas|colonnes de votre fichier ne nous servent pas} : {headers}.",
        "{count:column of your file is|columns of your file are} of no use to us: {headers}."),
    "header_near": (
        "Des en-têtes sont écrits autrement que convenu, et reconnus : {pairs:pairs}.",
        "Headers are written otherwise than agreed, and recognised: {pairs:pairs}."),
    "lines_before_header": (
        "Ce qui précède les en-têtes a été laissé de côté : {titles}.",
        "What stands above the headers was left aside: {titles}."),
    "total_at_foot": (
        "La ligne {line}, au pied, est un total ou une marque de fin, et a été laissée de côté : « {text} ».",
        "Line {line}, at the foot, is a total or an end mark, and was left aside: “{text}”."),
    "end_mark_at_foot": (
        "Le fichier se termine par un Ctrl-Z, que nous laissons de côté.",
        "The file ends with a Ctrl-Z, which we leave aside."),
    "signs_recognised": (
        "Les textes sont écrits avec d’autres guillemets que d’ordinaire, que nous avons reconnus.",
        "Texts are written with other quotes than usual, which we recognised."),
    "companions_left_aside": (
        "De l’archive zip, « {read} » est lu ; le reste est laissé de côté : {files}.",
        "Of the zip archive, “{read}” is read; the rest is left aside: {files}."),
    "workbook_seen_in_part": (
        "D’un classeur .{kind}, nous ne voyons que les valeurs : ni les lignes masquées ou barrées, ni les cases "
        "fusionnées, ni les liens. Un .xlsx nous en dit plus.",
        "Of an .{kind} workbook we see the values only: neither rows hidden or struck out, nor merged cells, nor "
        "links. An .xlsx tells us more."),
    "list_as_object": (
        "Un objet numéroté tient lieu de liste, et a été lu comme elle. En PHP, array_values() avant json_encode() "
        "donne une liste.",
        "An object keyed by numbers stands for a list, and was read as one. In PHP, array_values() before "
        "json_encode() gives a list."),
}  # fmt: skip
