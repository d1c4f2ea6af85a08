"""What a finding on the drop as a whole means to the person who made it, as (French, English), by its check.

`{0}`, `{1}` are the figures of the finding's `seen`, in order, `{q0}`, `{q1}` what it and `expected` quote, `{listed}`
what `seen` lists after its colon, `{day}` the day in it, `{columns}` the partner's headers of the columns in it. Every
finding that warns or stops is here, or in OURS.
"""

from __future__ import annotations

import re

from offers.wording import Pair

OURS = frozenset(
    {
        "failed", "bytes_not_kept", "inbox_not_cleared", "return_not_written", "required_column_not_mapped",
        "encoding_doubtful",
    }
)  # fmt: skip
"""What only we can mend, in our code or in the feed's TOML: nothing that the partner should read."""

LOOKS: tuple[Pair, ...] = (
    ("une page web, souvent une page d’erreur", "an HTML page"),
    ("un document XML", "an XML document"),
    ("un document JSON", "a JSON document"),
    ("un document PDF", "a PDF document"),
    ("un classeur protégé par un mot de passe : enregistrez-le sans", "a workbook protected by a password"),
    ("un document Word (.doc)", "a Word document (.doc)"),
    ("un document Word (.docx)", "a Word document (.docx)"),
    ("une présentation PowerPoint (.ppt)", "a PowerPoint presentation (.ppt)"),
    ("une présentation PowerPoint (.pptx)", "a PowerPoint presentation (.pptx)"),
    ("un message d’Outlook (.msg)", "an Outlook message (.msg)"),
    ("un document d’Apple (.numbers, .pages) : exportez-le en .xlsx", "an Apple document (.numbers, .pages)"),
    ("un classeur binaire (.xlsb) : enregistrez-le en .xlsx", "a binary workbook (.xlsb)"),
    ("un texte ou dessin OpenDocument (.odt, .odp)", "an OpenDocument text or drawing (.odt, .odp)"),
    ("un ancien document Office", "an old Office document"),
    ("une archive zip ou un classeur Office", "a zip archive or an Office workbook"),
    ("une archive zip vide", "an empty zip archive"),
    ("une archive gzip", "a gzip archive"),
    ("une archive bzip2", "a bzip2 archive"),
    ("une archive xz", "an xz archive"),
    ("une archive zstandard", "a zstandard archive"),
    ("une archive 7z", "a 7z archive"),
    ("une archive RAR", "a RAR archive"),
    ("une archive tar", "a tar archive"),
    ("un fichier Parquet", "a Parquet file"),
    ("une base SQLite", "an SQLite database"),
    ("un programme", "a program"),
    ("une image PNG", "a PNG picture"),
    ("une image JPEG", "a JPEG picture"),
    ("une image GIF", "a GIF picture"),
    ("un document RTF", "an RTF document"),
)
"""What bytes that cannot be read look like."""

_XML = r"broken XML at line (\d{1,9}), column (\d{1,9}) "
CAUSES: tuple[tuple[re.Pattern[str], Pair], ...] = (
    (re.compile(_XML + r"\((?:no element found|unclosed token|unclosed CDATA section)"), (
        "Le XML s’arrête avant sa fin, à la ligne {0} : l’export ou l’envoi a été coupé.",
        "The XML stops before its end, at line {0}: the export or the upload was cut off.")),
    (re.compile(_XML + r"\(mismatched tag"), (
        "À la ligne {0}, une balise se ferme alors qu’une autre est encore ouverte.",
        "At line {0}, a tag closes while another is still open.")),
    (re.compile(_XML), (
        "Le XML n’est pas bien formé à la ligne {0}, colonne {1} : écrivez-le avec une bibliothèque XML.",
        "The XML is not well formed at line {0}, column {1}: write it with an XML library.")),
    (re.compile(r"a DOCTYPE or entity declaration"), (
        "Il contient un <!DOCTYPE> ou des <!ENTITY>, que nous ne lisons pas : envoyez-le sans eux.",
        "It holds a <!DOCTYPE> or <!ENTITY>, which we do not read: send it without them.")),
    (re.compile(r"broken JSON at line (\d{1,9}), column (\d{1,9}) "), (
        "Le JSON s’arrête ou n’est plus du JSON à la ligne {0}, colonne {1}.",
        "The JSON stops, or is no more JSON, at line {0}, column {1}.")),
)  # fmt: skip
"""Why a document cannot be read, by what our own sentence says of it."""

FINDINGS: dict[str, Pair] = {
    "unreadable": (
        "Ce n’est pas un fichier {expected} que nous puissions lire.{looks}",
        "This is no {expected} file that we could read.{looks}"),
    "drop_is_empty": ("Le fichier ne contient aucune offre.", "The file holds no offer."),
    "reader_ended": (
        "Lire ce fichier a demandé plus de mémoire ou de temps que n’en demande une liste d’offres. Vérifiez qu’il "
        "n’a ni colonnes, ni lignes, ni textes en trop, et renvoyez-le.",
        "Reading this file took more memory or time than a list of offers does. Check that it has no columns, lines "
        "or texts too many, and send it again."),
    "nothing_usable": (
        "Aucune ligne n’a pu être prise : {0} sur {1} sont à corriger. Une colonne a peut-être changé de nom ou de "
        "sens.",
        "No line could be taken: {0} of {1} are to be corrected. A column may have changed its name or meaning."),
    "withdraws_too_much": (
        "Il y manque {0} des {1} offres que vous avez en ligne. Le fichier est sans doute incomplet.",
        "It lacks {0} of the {1} offers you have online. The file is probably cut off."),
    "closes_too_much": (
        "{0} des {1} offres que vous avez en ligne portent une date de fin passée. Vérifiez cette colonne.",
        "{0} of the {1} offers you have online bear an end date that is past. Check that column."),
    "nothing_kept": (
        "Toutes les lignes ont été laissées de côté : {0} sur {1}. Le mot qui dit à qui s’adresse l’offre a peut-être "
        "changé.",
        "Every line was set aside: {0} of {1}. The word that tells whom the offer is for may have changed."),
    "updates_too_much": (
        "{0} des {1} offres que vous avez en ligne changeraient d’un coup. Une colonne a peut-être été décalée.",
        "{0} of the {1} offers you have online would change at once. A column may have been shifted."),
    "changes_too_much": (
        "{0} des {1} offres que vous avez en ligne seraient retirées ou changées d’un coup. Le fichier est peut-être "
        "incomplet.",
        "{0} of the {1} offers you have online would be withdrawn or change at once. The file may be cut off."),
    "holds_too_little": (
        "Il contient bien moins d’offres que d’habitude : {0}. Le fichier est sans doute incomplet.",
        "It holds far fewer offers than usual: {0}. The file is probably cut off."),
    "rejects_more": (
        "Bien plus de lignes que d’habitude sont à corriger : {0} sur {1}. Une colonne a peut-être changé de nom ou "
        "de sens.",
        "Far more lines than usual are to be corrected: {0} of {1}. A column may have changed its name or meaning."),
    "ignores_less": (
        "Bien moins de lignes que d’habitude sont laissées de côté : {0} sur {1}. Le mot qui dit à qui s’adresse "
        "l’offre a peut-être changé, et des offres qui ne sont pas pour les élèves seraient publiées.",
        "Far fewer lines than usual are set aside: {0} of {1}. The word that tells whom the offer is for may have "
        "changed, and offers not meant for pupils would be published."),
    "references_all_new": (
        "Presque aucune référence n’est connue, alors que vous les repreniez d’un envoi à l’autre. Vos identifiants "
        "ont-ils changé ?",
        "Hardly any reference is known, though you used to keep them from one file to the next. Did your identifiers "
        "change?"),
    "reference_moved": (
        "La colonne {expected} ne contient plus les références de vos offres en ligne ; la colonne « {q0} » les "
        "contient. Vos identifiants ont-ils changé de place ?",
        "The column {expected} no longer holds the references of your offers online; the column “{q0}” does. Did "
        "your identifiers move?"),
    "filter_word_new": (
        "La colonne « {q1} », qui dit à qui s’adresse l’offre, contient un mot que nous n’y avons jamais vu : "
        "« {q0} », {0} fois. Dites-nous si ces offres sont pour les élèves.",
        "The column “{q1}”, which tells whom the offer is for, holds a word we never saw there: “{q0}”, {0} times. "
        "Tell us whether these offers are meant for pupils."),
    "header_renamed": (
        "La colonne {expected} n’est plus là, et {seen} semble la remplacer. Reprenez l’ancien nom, ou dites-nous que "
        "le nouveau est le bon.",
        "The column {expected} is gone, and {seen} seems to take its place. Take the old name again, or tell us that "
        "the new one is meant."),
    "lookup_word_new": (
        "Des lignes sont refusées pour des mots que nous n’avions jamais vus : {seen}. Corrigez-les, ou dites-nous ce "
        "qu’ils désignent.",
        "Lines are refused for words that we never saw: {seen}. Correct them, or tell us what they mean."),
    "date_format_changed": (
        "Les dates sont écrites autrement que dans vos envois précédents, dans : {columns}. Vérifiez que le jour et "
        "le mois n’ont pas changé de place ; le plus sûr est d’écrire 2026-06-15.",
        "Dates are written otherwise than in your files before, in: {columns}. Check that day and month did not "
        "change places; 2026-06-15 is the safest way to write them."),
    "date_order_contradicted": (
        "Colonne « {q0} » : {0} dates sur {1} ne se lisent qu’en inversant le jour et le mois, comme « {q1} ». Le "
        "plus sûr est d’écrire 2026-06-15 ; sinon, dites-nous dans quel ordre vous les écrivez.",
        "Column “{q0}”: {0} of {1} dates can only be read with day and month the other way round, such as “{q1}”. "
        "2026-06-15 is the safest way to write them; or tell us the order in which you write them."),
    "references_fold_together": (
        "{0} lignes sur {1} portent la référence d’une autre ligne, comme « {q0} », alors qu’elles décrivent d’autres "
        "offres : nous n’en garderions qu’une. Un tableur a peut-être arrondi les références ; donnez à chaque offre "
        "la sienne.",
        "{0} of {1} lines bear the reference of another line, such as “{q0}”, and describe other offers: only one "
        "would be kept. A spreadsheet may have rounded the references; give each offer its own."),
    "references_rewritten": (
        "Toutes vos références sont écrites autrement que d’habitude : {seen}, et non {expected}. Prises ainsi, vos "
        "offres en ligne seraient retirées et recréées. Si vous avez ouvert le fichier dans Excel, mettez la colonne "
        "au format Texte et refaites l’export ; si vos références ont vraiment changé, dites-le-nous.",
        "All your references are written otherwise than usual: {seen}, not {expected}. Taken so, your offers online "
        "would be withdrawn and made anew. If you opened the file in Excel, set the column to the Text format and "
        "export again; if your references really changed, tell us."),
    "references_recycled": (
        "Des références désignent une autre offre qu’avant ({listed}) : l’ancienne offre est close, une nouvelle est "
        "ouverte. Donnez à chaque nouvelle offre une référence qui n’a jamais servi.",
        "References mean another offer than before ({listed}): the old offer is closed and a new one opened. Give "
        "each new offer a reference that was never used."),
    "control_total_differs": (
        "La fin de votre fichier annonce {1} lignes, et nous en avons lu {0}. Il est sans doute incomplet : "
        "renvoyez-le.",
        "The end of your file announces {1} lines, and we read {0}. It is probably cut off: send it again."),
    "rows_within_a_cell": (
        "Une case contient des lignes entières de votre fichier, dont celle de l’offre « {q0} » (offres concernées : "
        "{0}). Un guillemet est ouvert avant elles et n’est fermé qu’après : doublez les guillemets dans les textes, "
        "et renvoyez le fichier.",
        "A cell holds whole rows of your file, among them that of the offer “{q0}” (offers concerned: {0}). A quote "
        "opens before them and closes only after: double the quotes within texts, and send the file again."),
    "rows_all_short": (
        "Chaque ligne a {0} cases alors qu’il y a {1} en-têtes : les dernières colonnes sont lues comme vides. "
        "Vérifiez que l’export n’en oublie pas.",
        "Each row has {0} cells and there are {1} headers: the last columns are read as empty. Check that your "
        "export leaves none out."),
    "character_lost": (
        "Des caractères ont été perdus à l’export, remplacés par « � » ou par « ? », à : {listed}. Exportez en UTF-8, "
        "sans couper un texte au milieu d’un caractère.",
        "Characters were lost in the export and replaced by “�” or “?”, at: {listed}. Export in UTF-8, and cut no "
        "text within a character."),
    "bytes_of_another_encoding": (
        "Des octets ne sont pas écrits dans l’encodage du reste du fichier ({expected}), à : {listed}. Leurs lignes "
        "sont refusées. Écrivez tout le fichier dans un seul encodage, de préférence en UTF-8.",
        "Bytes are not of the encoding of the rest of the file ({expected}), at: {listed}. Their lines are refused. "
        "Write the whole file in one encoding, UTF-8 if you can."),
    "cut_off": (
        "Le fichier s’arrête au milieu d’une lettre : il est coupé. Renvoyez-le entier.",
        "The file ends within a letter: it is cut off. Send it whole."),
    "encoding_guessed": (
        "Le fichier ne dit pas, ou pas justement, dans quel encodage il est écrit ; nous l’avons lu comme {seen}. "
        "Vérifiez les accents de vos offres, et exportez en UTF-8 si vous le pouvez.",
        "The file does not say, or not rightly, in which encoding it is written; we read it as {seen}. Check the "
        "accents of your offers, and export in UTF-8 if you can."),
    "site_is_closed": (
        "Le SIRET de certaines lignes est celui d’un établissement fermé, selon le répertoire national : {listed}. "
        "Donnez celui de l’établissement qui accueille l’élève.",
        "The SIRET of some lines is that of a site that is closed, says the national register: {listed}. Give that "
        "of the site that welcomes the pupil."),
    "withdraws_more": (
        "Il y manque {0} des {1} offres que vous avez en ligne, bien plus que d’habitude : une fois pris, ce fichier "
        "les retire. Si ce n’est pas voulu, renvoyez-le complet : elles reviendront.",
        "It lacks {0} of the {1} offers you have online, far more than usual: once taken, this file withdraws them. "
        "If you do not mean it, send it whole: they come back."),
    "creates_more": (
        "Bien plus d’offres nouvelles que d’habitude : {0}, pour {1} déjà en ligne. Vérifiez qu’elles sont destinées "
        "aux élèves et qu’aucune n’est en double.",
        "Far more new offers than usual: {0}, beside {1} online. Check that they are meant for pupils, and that none "
        "is doubled."),
    "holds_too_much": (
        "Il contient bien plus d’offres que d’habitude : {0}. Vérifiez qu’elles n’y sont pas deux fois.",
        "It holds far more offers than usual: {0}. Check that they are not in it twice."),
    "repeats_more": (
        "Bien plus de lignes que d’habitude reprennent une référence : {0} sur {1}. Vérifiez que le fichier n’a pas "
        "été écrit deux fois ; gardez une ligne par offre.",
        "Far more lines than usual repeat a reference: {0} of {1}. Check that the file was not written twice; keep "
        "one line per offer."),
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
        "Le nombre de places par offre a beaucoup changé : {0} places pour {1} offres. Vérifiez la colonne des places.",
        "The seats per offer changed a lot: {0} seats in {1} offers. Check the column of seats."),
    "seats_drifted": (
        "Le nombre de places par offre a changé peu à peu en trente jours. Vérifiez la colonne des places.",
        "The seats per offer changed little by little in thirty days. Check the column of seats."),
    "eroded": (
        "Il contient {0} offres, quand un envoi des trente derniers jours en contenait {1} encore valables. Vérifiez "
        "que votre export n’en perd pas quelques-unes à chaque fois.",
        "It holds {0} offers, where a file of the last thirty days held {1} that are not over yet. Check that your "
        "export does not lose a few each time."),
    "rewritten": (
        "En trente jours, l’équivalent de {0} % de vos offres en ligne a changé de contenu. Vérifiez que ces "
        "changements sont voulus.",
        "In thirty days, the equivalent of {0} % of your offers online changed their content. Check that these "
        "changes are meant."),
    "newest_went_back": (
        "Votre offre la plus récente est datée du {day}, avant celles de vos envois précédents. Est-ce un ancien "
        "fichier, ou le jour et le mois ont-ils changé de place ?",
        "Your newest offer is dated {day}, before those of your earlier files. Is this an old file, or did day and "
        "month change places?"),
    "drop_seen_before": (
        "Ce fichier est exactement celui d’un envoi plus ancien (livraison {0}), et d’autres sont venus depuis. Si ce "
        "n’est pas voulu, envoyez le plus récent.",
        "This is exactly the file of an earlier delivery ({0}), and others came since. If you do not mean it, send "
        "the newest."),
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
        "This is exactly last school year’s file, and offers in it do not say their year. Send this year’s, or tell "
        "us that these offers still hold."),
    "older_than_last": (
        "Ce fichier est plus ancien que le dernier que nous avons pris. Envoyez le plus récent, ou dites-nous que "
        "celui-ci le remplace.",
        "This file is older than the last one that we took. Send the newest, or tell us that this one replaces it."),
    "fewer_than_announced": (
        "{0} offres sont arrivées, moins que le nombre annoncé. Aucune offre n’a été retirée pour autant.",
        "{0} offers came, fewer than announced. No offer was withdrawn on that account."),
    "came_in_part": (
        "Tout n’est pas arrivé. Ce qui est venu a été pris ; aucune offre n’a été retirée pour autant.",
        "Not all came. What came was taken; no offer was withdrawn on that account."),
    "sheets_left_aside": (
        "Des feuilles de votre classeur n’ont pas été lues : {sheets}. Si l’une contient des offres, affichez-la et "
        "donnez-lui les mêmes en-têtes que les autres.",
        "Sheets of your workbook were not read: {sheets}. If one holds offers, show it and give it the headers of "
        "the others."),
    "rows_hidden": (
        "{0} lignes sont masquées dans votre classeur et ont été lues comme les autres (lignes {listed}). Supprimez "
        "celles que vous ne vouliez pas envoyer.",
        "{0} rows are hidden in your workbook and were read as all others (lines {listed}). Delete those that you "
        "did not mean to send."),
    "rows_struck_out": (
        "{0} lignes sont barrées dans votre classeur et ont été lues comme les autres (lignes {listed}). Supprimez "
        "celles que vous ne vouliez pas envoyer.",
        "{0} rows are struck out in your workbook and were read as all others (lines {listed}). Delete those that "
        "you did not mean to send."),
    "formulas_not_computed": (
        "{0} cellules contiennent une formule qui n’a jamais été calculée (lignes {listed}). Ouvrez le classeur dans "
        "Excel et enregistrez-le, ou remplacez les formules par leurs valeurs.",
        "{0} cells hold a formula that was never computed (lines {listed}). Open the workbook in Excel and save it, "
        "or put values in place of the formulas."),
    "header_missing": (
        "Une colonne attendue n’est pas dans le fichier, ou y est vide partout : {expected}. Remettez-la, avec ce nom.",
        "A column that was expected is not in the file, or empty throughout: {expected}. Put it back, under that "
        "name."),
    "filter_header_missing": (
        "La colonne qui dit à qui s’adresse l’offre n’est pas dans le fichier, ou y est vide partout : {expected}. "
        "Remettez-la, avec ce nom.",
        "The column that tells whom the offer is for is not in the file, or empty throughout: {expected}. Put it "
        "back, under that name."),
    "header_duplicate": (
        "Deux colonnes portent le même nom : la seconde est lue comme « {seen} ». Donnez-leur des noms différents.",
        "Two columns bear one name: the second is read as “{seen}”. Give them different names."),
    "header_empty": (
        "Une colonne remplie n’a pas d’en-tête : elle est lue comme « {seen} ». Donnez-lui un nom.",
        "A column with values has no header: it is read as “{seen}”. Give it a name."),
    "contact_in_public_text": (
        "Colonne « {q0} » : {0} textes destinés aux élèves contiennent un courriel ou un téléphone (lignes {listed}). "
        "Retirez-les.",
        "Column “{q0}”: {0} texts meant for pupils hold an e-mail address or a phone number (lines {listed}). Take "
        "them out."),
    "street_in_another_town": (
        "Colonne « {q0} » : {0} rues nomment une autre commune que celle de l’offre (lignes {listed}). Vérifiez "
        "laquelle est la bonne.",
        "Column “{q0}”: {0} streets name another town than the offer’s (lines {listed}). Check which of them is "
        "right."),
    "pattern_without_match": (
        "Colonne « {q0} » : des valeurs n’ont pas la forme convenue et sont restées vides, {0} sur {1}. Corrigez-les.",
        "Column “{q0}”: values are not in the agreed form and were left empty, {0} of {1}. Correct them."),
    "several_values": (
        "Champ « {q0} » : des offres y ont plusieurs valeurs (enregistrements {listed}). Donnez-en une seule, ou "
        "dites-nous comment les lire.",
        "Field “{q0}”: offers have several values in it (records {listed}). Give one, or tell us how to read them."),
    "several_places": (
        "Des offres ont plusieurs lieux (enregistrements {listed}) : un seul est publié pour chacune (autres lieux, "
        "laissés de côté : {1}). Envoyez une offre par lieu, ou demandez-nous d’en faire une offre chacun.",
        "Offers have several places (records {listed}): one of each is published ({1} more are left out). Send an "
        "offer for each place, or ask us to make one of each."),
    "xml_not_well_formed": (
        "Votre XML n’est pas bien formé : il contient des signes interdits ({listed}). Nous les avons compris cette "
        "fois. Écrivez « &amp; » pour « & », « &lt; » pour « < », et le caractère lui-même au lieu de « &nbsp; » ou "
        "de « &eacute; ».",
        "Your XML is not well formed: it holds signs that XML forbids ({listed}). We understood them this time. "
        "Write &amp; for &, &lt; for <, and the character itself in place of &nbsp; or &eacute;."),
    "xml_junk_after": (
        "Après la fin du document XML se trouve encore du texte : « {q0} ». Nous l’avons laissé de côté, et les "
        "offres sont toutes lues. N’écrivez rien après la dernière balise.",
        "After the end of the XML document stands more text: “{q0}”. We left it aside, and all offers are read. "
        "Write nothing after the last tag."),
    "json_junk_after": (
        "Après la fin du document JSON se trouve encore du texte : « {q0} ». Nous l’avons laissé de côté, et les "
        "offres sont toutes lues. N’écrivez rien après le dernier crochet.",
        "After the end of the JSON document stands more text: “{q0}”. We left it aside, and all offers are read. "
        "Write nothing after the last bracket."),
    "references_repeated": (
        "{0} lignes reprennent une référence déjà utilisée : voyez « Références en double ».",
        "{0} lines repeat a reference: see “Repeated references”."),
}  # fmt: skip
