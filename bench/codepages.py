"""How often a French file that does not say its encoding is read rightly: by code page, and by lines with an accent.

    make bench-codepages

Each file is a table drawn with a fixed seed: a hundred lines in plain ASCII, but for 1, 2, 3 or 5 that hold other
letters. Told is the share of files whose text comes back letter for letter. Ends with 1 where Windows-1252 or UTF-8 is
not always read.
"""

from __future__ import annotations

import random
import sys

from bench import kit
from connectors.formats.encoding import decode
from offers.errors import Unreadable

PAGES = ("utf-8", "cp1252", "iso-8859-15", "cp850", "mac_roman")
LINES = (1, 2, 3, 5)
SURE = ("utf-8", "cp1252")
TITLES = (
    "Découverte des métiers de l’atelier", "Accueil à la réception", "Vie d’un bureau d’études",
    "DÉCOUVERTE DES MÉTIERS", "ÉQUIPE SÉCURITÉ", "STAGE D'ÉTÉ À LA FERME", "Élève en pâtisserie", "Forêt",
    "Main-d’œuvre et manœuvres", "Chef d’œuvre", "Œuvres sociales", "À la rencontre des salariés", "Être hôte",
    "Île de la Cité", "Maçonnerie", "Contrôle qualité", "Maître d’hôtel", "Aérospatial", "Là où naît la donnée",
    "Hôpital de jour", "Boîte à idées", "Bûcheronnage", "Noël au théâtre", "Naïveté et création", "Ça bouge au lycée",
    "Théâtre national", "Régie son et lumière", "Bibliothèque", "Boulangère", "Crêperie", "Pêche en mer", "Goûter",
)  # fmt: skip
TEXTS = (
    "Tu découvriras l’équipe et ses outils.", "Tu suivras la journée d’une infirmière.", "Rendez-vous à l’accueil",
    "Le site est près de la gare…", "« Bienvenue » à tous", "Budget de 100 € par élève", "Tu seras reçu par un tuteur",
    "Prévoir des chaussures de sécurité", "Visite guidée – atelier", "Deux semaines dans l’établissement", "C’est où ?",
    "Salle n° 12", "Un métier de cœur", "Stage déjà complet", "Voilà une belle expérience", "Température de 20 °C",
    "Sur place, la cantine est à 4,50 €", "Atelier de 200 m²", "Présentation de l’entreprise", "Être à l’heure",
    "Les élèves dîneront sur place", "Coût pris en charge", "Équipe de nuit exclue", "Sérieux et curiosité demandés",
)  # fmt: skip
TOWNS = (
    "Orléans", "Nîmes", "Béziers", "Besançon", "Évry", "Mâcon", "Angoulême", "Saint-Étienne", "Lyon", "Paris", "Alès",
)  # fmt: skip
PLAIN = {"’": "'", "«": '"', "»": '"', "…": "...", "–": "-", "œ": "oe", "Œ": "OE", "€": "euros", "²": "2"}


def file(pick: random.Random, accented: int, page: str) -> str:
    """A table in which so many lines hold letters outside ASCII, all of them letters of the page."""
    rows = [f"P-{at};Atelier {at};Tu suivras toute la vie du service;Lyon" for at in range(100)]
    for at in pick.sample(range(100), accented):
        rows[at] = f"P-{at};{_accented(pick, page)}"
    return "\n".join(["id;title;description;city", *rows, ""])


def _accented(pick: random.Random, page: str) -> str:
    """As software of that page writes it: a sign that it lacks is put in ASCII."""
    lacks = {ord(sign): plain for sign, plain in PLAIN.items() if not sign.encode(page, "ignore")}
    while True:
        parts = [pick.choice(TITLES), pick.choice(TEXTS), pick.choice(TOWNS)]
        for at in pick.sample(range(3), pick.randint(0, 2)):
            parts[at] = ("Atelier bois", "Tu suivras le service", "Lyon")[at]
        line = ";".join(parts).translate(lacks)
        if not line.isascii():
            return line


def share(page: str, lines: int, files: int, seed: int) -> float:
    """How many of these files are read letter for letter."""
    pick = random.Random(f"{seed}{page}{lines}")
    return sum(read_rightly(file(pick, lines, page), page) for _ in range(files)) / files


def read_rightly(text: str, page: str) -> bool:
    try:
        return decode(text.encode(page), "offres.csv", None).utf8.decode() == text
    except Unreadable:
        return False


def main() -> int:
    options = kit.parser(__doc__, files=1000, seed=14).parse_args()
    print(f"{options.files:,} files for each figure; lines with accents: " + "  ".join(f"{one:>6}" for one in LINES))
    sound = True
    for page in PAGES:
        shares = [share(page, lines, options.files, options.seed) for lines in LINES]
        sound &= page not in SURE or min(shares) == 1
        print(f"{page:<48}" + "  ".join(f"{one:6.1%}" for one in shares))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
