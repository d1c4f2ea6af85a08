"""What a pupil can discover in a shop of Bellerive, shelf by shelf."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """What a pupil can discover in a shop."""

    shelf: str
    titles: tuple[str, ...]
    tasks: tuple[str, ...]


JOBS = (
    Job(
        "Boulangerie",
        ("Découverte du métier de boulanger", "Dans les coulisses de la boulangerie"),
        (
            "Tu verras comment on pétrit, façonne et cuit le pain du jour.",
            "Tu aideras à garnir la vitrine et à accueillir les clients.",
        ),
    ),
    Job(
        "Boucherie",
        ("Découverte du rayon boucherie", "Le métier de boucher en grande surface"),
        (
            "Tu suivras le boucher de la réception des viandes à la mise en rayon.",
            "Tu découvriras les règles d'hygiène et la chaîne du froid.",
        ),
    ),
    Job(
        "Poissonnerie",
        ("Découverte du rayon poissonnerie", "De la criée à l'étal"),
        (
            "Tu apprendras à reconnaître les poissons de saison.",
            "Tu aideras à dresser l'étal de glace avant l'ouverture.",
        ),
    ),
    Job(
        "Fruits et légumes",
        ("Découverte du rayon fruits et légumes", "Primeur pendant deux semaines"),
        (
            "Tu contrôleras la fraîcheur des produits avec le chef de rayon.",
            "Tu verras d'où viennent les fruits et comment on fixe leur prix.",
        ),
    ),
    Job(
        "Caisse et accueil",
        ("Accueillir et servir les clients", "Découverte de l'accueil et de la caisse"),
        (
            "Tu observeras l'accueil des clients et la tenue d'une caisse.",
            "Tu aideras à répondre aux questions les plus courantes.",
        ),
    ),
    Job(
        "Drive",
        ("Préparer les commandes du drive", "Découverte de la logistique du drive"),
        (
            "Tu suivras une commande de l'écran au coffre du client.",
            "Tu verras comment on organise les tournées de préparation.",
        ),
    ),
    Job(
        "Communication",
        ("Faire connaître son magasin", "Découverte de la communication locale"),
        (
            "Tu prépareras avec nous une affiche et une page pour les réseaux sociaux.",
            "Tu découvriras comment naît une opération commerciale.",
        ),
    ),
    Job(
        "Ressources humaines",
        ("Découverte des ressources humaines", "Recruter et former une équipe"),
        (
            "Tu verras comment on établit un planning et comment on recrute.",
            "Tu assisteras à l'accueil d'un nouveau salarié.",
        ),
    ),
    Job(
        "Maintenance",
        ("Découverte de la maintenance", "Garder un magasin en marche"),
        (
            "Tu suivras le technicien qui entretient les chambres froides.",
            "Tu apprendras à lire un plan et à remplir une fiche d'intervention.",
        ),
    ),
)
