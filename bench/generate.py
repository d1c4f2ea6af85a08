"""A large, realistic drop: 200 000 offers, some 150 MB, quoted newlines, 5 % with HTML, 1 % with a wrong SIRET.

Invented from the ground up with a fixed seed; only the communes are real.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from bench.kit import HOME
from config.tables import load

HEADER = (
    "identifiant", "titre", "description", "enseigne", "présentation", "site", "siret", "public", "secteur", "rue",
    "code postal", "ville", "places", "semaines", "lien", "courriel", "publiée le", "fin",
)  # fmt: skip
TRADES = {
    "s10": ("chantier", "conducteur de travaux", "maçonnerie", "bureau d'études"),
    "s12": ("magasin", "vente", "rayon frais", "caisse", "drive"),
    "s26": ("cuisine", "salle", "réception", "pâtisserie"),
    "s31": ("support informatique", "développement web", "réseaux"),
    "s34": ("entrepôt", "quai de chargement", "exploitation transport"),
    "s43": ("accueil des patients", "laboratoire", "pharmacie"),
    "s37": ("atelier", "usinage", "maintenance des machines"),
}
SENTENCES = (
    "Tu découvriras le quotidien de l'équipe et les métiers qui la composent.",
    "Accompagné par un tuteur, tu participeras aux tâches simples de la journée.",
    "Une visite du site est prévue le premier jour, avec les consignes de sécurité.",
    "Tu rencontreras des collaborateurs de chaque service et pourras leur poser tes questions.",
    "À la fin de la première semaine, un point sera fait avec toi sur ce que tu as vu.",
    "Aucune connaissance particulière n'est attendue : seulement de la curiosité et de la ponctualité.",
    "Les horaires sont ceux de l'établissement, dans le respect de la durée légale pour les mineurs.",
    "Le site est accessible en transports en commun ; la restauration se fait sur place.",
    "Tu présenteras, le dernier jour, un métier que tu as choisi parmi ceux que tu as observés.",
    "L'équipe compte une dizaine de personnes, de l'apprenti au responsable.",
)


def luhn(body: str) -> str:
    """The 14-digit number that starts with these 13 and passes Luhn."""
    doubled = [int(digit) * (1 + (place % 2 == 0)) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 * (value > 9) for value in doubled) % 10)


def rows(count: int, seed: int) -> list[tuple[str, ...]]:
    """`count` rows under HEADER."""
    pick = random.Random(seed)
    places = load().places.communes.dropna(subset="postal_codes")
    codes = places["postal_codes"].str.split().str[0]
    communes = list(zip(codes.tolist(), places["name"].tolist(), strict=True))
    return [_row(number, pick, communes) for number in range(count)]


def _row(number: int, pick: random.Random, communes: list[tuple[str, str]]) -> tuple[str, ...]:
    sector = pick.choice(list(TRADES))
    trade = pick.choice(TRADES[sector])
    postal_code, city = pick.choice(communes)
    siret = luhn(f"{pick.randrange(10**8, 10**9)}{pick.randrange(1, 400):05d}"[:13].ljust(13, "0"))
    if number % 100 == 17:
        siret = siret[:-1] + str((int(siret[-1]) + 1) % 10)
    body = "\n".join(pick.sample(SENTENCES, k=pick.randint(4, 8)))
    if number % 20 == 3:
        body = "<p>" + body.replace("\n", "</p><p>") + "</p><ul><li>Observer &amp; comprendre</li></ul>"
    brand = number % 300
    site = f"https://www.enseigne-{brand}.example"
    return (
        f"B-{number:07d}", f"Découverte : {trade} à {city} ({number % 997})", f"Au {trade}.\n{body}",
        f"Enseigne {brand}",
        "Une entreprise de la région qui accueille volontiers les élèves.", site, siret, "non", sector,
        f"{number % 190 + 1} rue de la République", postal_code, city, str(pick.randint(1, 5)),
        pick.choice(("les deux", "semaine 1", "semaine 2")), f"{site}/s/{number}", f"accueil{brand}@enseigne.example",
        "2026-03-02", "",
    )  # fmt: skip


def drop(count: int, *, backwards: bool = False, edited: bool = False) -> Path:
    """These offers as a UTF-8 CSV with semicolons, made once. `backwards`: other bytes, nothing changed; `edited`: one
    title in a hundred is another."""
    path = HOME / f"offres-{count}{'-again' if backwards else ''}{'-edited' if edited else ''}.csv"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        made = rows(count, seed=1)
        if edited:
            made = [(row[0], f"{row[1]} !", *row[2:]) if at % 100 == 5 else row for at, row in enumerate(made)]
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=";")
            writer.writerow(HEADER)
            writer.writerows(reversed(made) if backwards else made)
    return path
