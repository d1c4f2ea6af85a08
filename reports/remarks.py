"""What a finding on the drop as a whole means to the person who made it, as (French, English), by its check.

`{0}`, `{1}` are the figures of the finding's `seen`, in order; a finding that is not here is shown in its own words.
"""

from __future__ import annotations

from reports.phrases import Pair

FINDINGS: dict[str, Pair] = {
    "drop_is_empty": ("Le fichier ne contient aucune offre.", "The file holds no offer."),
    "reader_ended": (
        "Lire ce fichier a demandé plus de mémoire ou de temps que n’en demande une liste d’offres. Vérifiez qu’il n’a "
        "ni colonnes, ni lignes, ni textes en trop, et renvoyez-le.",
        "Reading this file took more memory or time than a list of offers does. Check that it has no columns, lines or "
        "texts too many, and send it again.",
    ),
    "nothing_usable": (
        "Aucune ligne n’a pu être prise : {0} sur {1} sont à corriger. "
        "Une colonne a peut-être changé de nom ou de sens.",
        "No line could be taken: {0} of {1} are to be corrected. A column may have changed its name or meaning.",
    ),
    "withdraws_too_much": (
        "Il y manque {0} des {1} offres que vous avez en ligne. Le fichier est sans doute incomplet.",
        "It lacks {0} of the {1} offers you have online. The file is probably cut off.",
    ),
    "closes_too_much": (
        "{0} des {1} offres que vous avez en ligne portent une date de fin passée. Vérifiez cette colonne.",
        "{0} of the {1} offers you have online bear an end date that is past. Check that column.",
    ),
    "nothing_kept": (
        "Toutes les lignes ont été laissées de côté : {0} sur {1}. Le mot qui dit à qui s’adresse l’offre a "
        "peut-être changé.",
        "Every line was set aside: {0} of {1}. The word that tells whom the offer is for may have changed.",
    ),
    "updates_too_much": (
        "{0} des {1} offres que vous avez en ligne changeraient d’un coup. Une colonne a peut-être été "
        "décalée.",
        "{0} of the {1} offers you have online would change at once. A column may have been shifted.",
    ),
    "changes_too_much": (
        "{0} des {1} offres que vous avez en ligne seraient retirées ou changées d’un coup. Le fichier est "
        "peut-être incomplet.",
        "{0} of the {1} offers you have online would be withdrawn or change at once. The file may be cut "
        "off.",
    ),
    "holds_too_little": (
        "Il contient bien moins d’offres que d’habitude : {0}. Le fichier est sans doute incomplet.",
        "It holds far fewer offers than usual: {0}. The file is probably cut off.",
    ),
    "rejects_more": (
        "Bien plus de lignes que d’habitude sont à corriger : {0} sur {1}. Une colonne a peut-être changé de "
        "nom ou de sens.",
        "Far more lines than usual are to be corrected: {0} of {1}. A column may have changed its name or "
        "meaning.",
    ),
    "ignores_less": (
        "Bien moins de lignes que d’habitude sont laissées de côté : {0} sur {1}. Le mot qui dit à qui "
        "s’adresse l’offre a peut-être changé, et des offres qui ne sont pas pour les élèves seraient "
        "publiées.",
        "Far fewer lines than usual are set aside: {0} of {1}. The word that tells whom the offer is for may "
        "have changed, and offers not meant for pupils would be published.",
    ),
    "references_all_new": (
        "Presque aucune référence n’est connue, alors que vous les repreniez d’un envoi à l’autre. Vos "
        "identifiants ont-ils changé ?",
        "Hardly any reference is known, though you used to keep them from one file to the next. Did your "
        "identifiers change?",
    ),
    "reference_moved": (
        "La colonne {expected} ne contient plus les références de vos offres en ligne ; une autre colonne "
        "les contient. Vos identifiants ont-ils changé de place ?",
        "The column {expected} no longer holds the references of your offers online; another column does. "
        "Did your identifiers move?",
    ),
    "filter_word_new": (
        "La colonne qui dit à qui s’adresse l’offre contient un mot que nous n’y avons jamais vu. Dites-nous "
        "si ces offres sont pour les élèves.",
        "The column that tells whom the offer is for holds a word we never saw there. Tell us whether these "
        "offers are meant for pupils.",
    ),
    "new_school_year": (
        "Ce fichier est exactement celui de l’année scolaire passée, et des offres n’y disent pas leur année. Envoyez "
        "celui de cette année, ou dites-nous que ces offres tiennent toujours.",
        "This is exactly last school year’s file, and offers in it do not say their year. Send this year’s, or tell us "
        "that these offers still hold.",
    ),
    "older_than_last": (
        "Ce fichier est plus ancien que le dernier que nous avons pris. Envoyez le plus récent, ou dites-nous que "
        "celui-ci le remplace.",
        "This file is older than the last one that we took. Send the newest, or tell us that this one replaces it.",
    ),
    "fewer_than_announced": (
        "{0} offres sont arrivées, moins que le nombre annoncé. Aucune offre n’a été retirée pour autant.",
        "{0} offers came, fewer than announced. No offer was withdrawn on that account.",
    ),
    "came_in_part": (
        "Tout n’est pas arrivé. Ce qui est venu a été pris ; aucune offre n’a été retirée pour autant.",
        "Not all came. What came was taken; no offer was withdrawn on that account.",
    ),
    "header_missing": (
        "Une colonne attendue n’est pas dans le fichier : {expected}. Remettez-la, avec ce nom.",
        "A column that was expected is not in the file: {expected}. Put it back, under that name.",
    ),
    "filter_header_missing": (
        "La colonne qui dit à qui s’adresse l’offre n’est pas dans le fichier : {expected}. Remettez-la, avec ce nom.",
        "The column that tells whom the offer is for is not in the file: {expected}. Put it back, under that name.",
    ),
    "header_duplicate": (
        "Deux colonnes portent le même nom : la seconde est lue comme « {seen} ». Donnez-leur des noms différents.",
        "Two columns bear one name: the second is read as “{seen}”. Give them different names.",
    ),
    "header_empty": (
        "Une colonne remplie n’a pas d’en-tête : elle est lue comme « {seen} ». Donnez-lui un nom.",
        "A column with values has no header: it is read as “{seen}”. Give it a name.",
    ),
    "contact_in_public_text": (
        "Nombre de textes destinés aux élèves qui contiennent un courriel ou un téléphone : {0}. Retirez-les.",
        "Number of texts meant for pupils that hold an e-mail address or a phone number: {0}. Take them out.",
    ),
    "pattern_without_match": (
        "Des valeurs n’ont pas la forme convenue et sont restées vides : {0} sur {1}.",
        "Values are not in the agreed form and were left empty: {0} of {1}.",
    ),
    "references_repeated": (
        "{0} lignes reprennent une référence déjà utilisée : voyez « Références en double ».",
        "{0} lines repeat a reference: see “Repeated references”.",
    ),
}  # fmt: skip
