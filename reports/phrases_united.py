"""What is said of lines that are one offer together, each as (French, English)."""

from __future__ import annotations

from reports.phrases import Pair

UNITED: dict[str, Pair] = {
    "check_united": (", soit {count}", ", which make {count}"),
    "check_united_more": (
        "{shown} groupes de lignes montrés sur {total}. Tous : --report DOSSIER, ou --json.",
        "{shown} of {total} groups of lines shown. All: --report FOLDER, or --json.",
    ),
    "united": ("Lignes réunies en une seule offre", "Lines united into one offer"),
    "united_note": (
        "À la référence près, ces lignes sont les mêmes, ou presque : même lieu, mêmes semaines, mêmes textes. "
        "Pour un élève, c’est une seule offre.",
        "But for the reference, these lines are the same, or nearly: same place, same weeks, same texts. "
        "To a pupil, they are one offer.",
    ),
    "united_sum_seats": ("Leurs places sont additionnées.", "Their seats are added up."),
    "united_keep_first": (
        "Les places des autres lignes ne sont pas comptées.",
        "The seats of the other lines are not counted.",
    ),
    "united_remedy": (
        "Plus simple : une seule ligne, avec le nombre de places dans {column}. "
        "Si ce sont des offres différentes, dites-le dans l’intitulé, la description, l’adresse ou les semaines.",
        "Simpler: a single line, with the number of seats in {column}. "
        "If they are different offers, say so in the title, the description, the address or the weeks.",
    ),
    "seats_column": ("la colonne « {column} »", "the column “{column}”"),
    "seats_column_missing": ("une colonne de places, à convenir avec nous", "a column of seats, to be agreed with us"),
    "seats_own": ("Places", "Seats"),
    "united_lines": ("Lignes {lines}", "Lines {lines}"),
    "united_sentence": ("{lines} : une seule offre, {seats}.", "{lines}: one offer, {seats}."),
    "united_sentence_first": (
        "{lines} : une seule offre, {seats} (les places des autres lignes ne sont pas comptées).",
        "{lines}: one offer, {seats} (the seats of the other lines are not counted).",
    ),
    "and": (" et ", " and "),
    "caption_united": ("Chaque rangée est une seule offre", "Each row is one offer"),
    "th_united_lines": ("Lignes", "Lines"),
    "th_references": ("Références", "References"),
    "th_united": ("En ligne", "Online"),
    "united_effect": ("Une seule offre, {seats}", "One offer, {seats}"),
    "offers_made": (
        "{lines} font {offers} : voyez « Lignes réunies en une seule offre ».",
        "{lines} make {offers}: see “Lines united into one offer”.",
    ),
    "united_shown": (
        "Les {shown} premiers groupes sont montrés, sur {total}. Toutes les lignes sont dans le",
        "The first {shown} of {total} groups are shown. All the lines are in the",
    ),
    "status_united": ("réunie", "united"),
    "sheet_united": ("Lignes réunies", "United lines"),
    "sheet_united_first": ("offre de la ligne", "offer of line"),
    "sheet_seats": ("places de la ligne", "seats of the line"),
    "sheet_seats_in_all": ("places de l’offre", "seats of the offer"),
    "sheet_united_part": (
        "Les {shown} premières lignes sur {total} ; toutes sont dans le fichier CSV.",
        "The first {shown} of {total} lines; all are in the CSV file.",
    ),
}  # fmt: skip
