"""Conseil départemental de l'Orme, invented: gzipped XML of all that it offers, of which some is meant for seconde."""

from __future__ import annotations

import gzip
import random
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from samples.invented import FIRST_NAMES, LAST_NAMES, SEED, STREETS, Dates, siret
from samples.manifest import Planted

NAME = "accueil-2de.xml.gz"
OFFERS = 300
OTHERS = ("apprentissage", "troisieme", "bts", "service-civique")
TOWNS = (
    ("61000", "Alençon"), ("61100", "Flers"), ("61200", "Argentan"), ("61300", "L'Aigle"), ("61500", "Sées"),
    ("61400", "Mortagne-au-Perche"), ("61600", "La Ferté Macé"), ("61700", "Domfront en Poiraie"),
)  # fmt: skip
SERVICES = (
    (
        "CULT",
        "Archives départementales",
        "Découverte des archives",
        "Tu verras comment on restaure et conserve un parchemin.",
    ),
    (
        "LECT",
        "Médiathèque",
        "Découverte de la lecture publique",
        "Tu prépareras une sélection de romans pour les collèges.",
    ),
    (
        "ROUT",
        "Direction des routes",
        "Découverte de l'entretien des routes",
        "Tu suivras une équipe sur un chantier signalé.",
    ),
    (
        "NUME",
        "Direction du numérique",
        "Découverte du numérique public",
        "Tu verras comment on protège les données des habitants.",
    ),
    (
        "SOLI",
        "Maison des solidarités",
        "Découverte de l'action sociale",
        "Tu découvriras, avec discrétion, l'accueil du public.",
    ),
    (
        "CUIS",
        "Restaurant administratif",
        "Découverte de la cuisine collective",
        "Tu aideras à préparer et à servir deux cents repas.",
    ),
)
CLOSINGS = (
    "Un agent te guidera chaque jour.",
    "Tu repartiras avec un carnet de découverte.",
    "Le repas de midi est offert.",
)


def build(stage: str, today: date) -> tuple[str, bytes, list[Planted]]:
    """The document: its name, its bytes, and what becomes of the odd records. It has the stage `first` alone."""
    dates = Dates.at(today)
    rng = random.Random(SEED + 2)
    planted: list[Planted] = []
    records = []
    for number in range(1, OFFERS + 1):
        audience = rng.choice(OTHERS) if number % 9 == 0 else "seconde"
        html = number % 2 == 0
        if audience != "seconde":
            planted.append(Planted(number, "ignored", (), audience))
        elif html:
            planted.append(Planted(number, "repaired", ("description",), "HTML in CDATA"))
        records.append(_record(number, audience, html, dates, rng))
    opening = '<?xml version="1.0" encoding="UTF-8"?>\n<accueil collectivite="Conseil départemental de l’Orme">\n'
    document = f"{opening}{''.join(records)}</accueil>\n"
    # No time stamp in the envelope: the same drop must come twice.
    return NAME, gzip.compress(document.encode(), mtime=0), planted


def _record(number: int, audience: str, html: bool, dates: Dates, rng: random.Random) -> str:
    code, service, title, task = SERVICES[number % len(SERVICES)]
    postal_code, town = TOWNS[number % len(TOWNS)]
    closing = rng.choice(CLOSINGS)
    text = (
        f"<p>{task}</p><ul><li>Observer</li><li>Participer</li></ul><p>{closing}</p>" if html else f"{task} {closing}"
    )
    weeks = "".join(f"<semaine>{week}</semaine>" for week in ((1, 2), (1,), (2,))[number % 3])
    person = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return f"""  <offre id="ORM-{number:04d}" public={quoteattr(audience)}>
    <intitule>{escape(title)}</intitule>
    <presentation><![CDATA[{text}]]></presentation>
    <service code="{code}"><libelle>{escape(service)}</libelle><siret>{siret(300, number % 6 + 1)}</siret></service>
    <lieu>
      <adresse>
        <voie>{rng.randint(1, 90)} {escape(STREETS[number % len(STREETS)])}</voie>
        <codePostal>{postal_code}</codePostal><commune>{escape(town)}</commune>
      </adresse>
      <accessible>{rng.choice(("oui", "non"))}</accessible>
    </lieu>
    <accueil><places>{rng.randint(1, 3)}</places>{weeks}</accueil>
    <publication debut="{dates.published(number).isoformat()}" fin="{dates.expires.isoformat()}"/>
    <referent><nom>{escape(person)}</nom><courriel>accueil@orme.example</courriel></referent>
  </offre>
"""
