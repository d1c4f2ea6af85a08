"""What partners call our columns, in French and in English: likeliest first, folded (no case, accents, punctuation).

Gathered from the feeds of partners, from applicant tracking systems' exports, and from spreadsheets kept by hand.
"""

from __future__ import annotations

import re

from offers.text import fold_word

SYNONYMS: dict[str, tuple[str, ...]] = {
    "reference": (
        "reference", "ref", "ref offre", "reference offre", "reference apec", "numero offre", "n offre", "no offre",
        "id offre", "offer id", "job id", "jobid", "identifiant", "identifiant offre", "reference number",
        "ref number", "requisition id", "requisition number", "identifier", "code offre", "numero", "id", "guid",
        "uuid",
    ),
    "title": (
        "title", "titre", "intitule", "intitule du poste", "intitule du stage", "intitule offre", "titre offre",
        "titre du stage", "job title", "nom du stage", "libelle du poste", "nom du poste", "poste", "stage",
        "position", "libelle", "objet", "name", "text", "title a",
    ),
    "description": (
        "description", "missions", "mission", "description de la mission", "description du stage", "texte offre",
        "descriptif", "description du poste", "job description", "presentation du stage", "contenu", "detail",
        "details", "activites", "texte", "presentation", "content", "mission description", "description plain",
        "body", "description1", "job ad", "annonce", "programme",
    ),
    "employer_name": (
        "employer name", "employeur", "company name", "nom entreprise", "nom de l entreprise", "entreprise",
        "company", "company title", "etablissement", "nom etablissement", "raison sociale", "societe", "enseigne",
        "magasin", "organisation name", "organisation", "organization", "site d accueil", "structure",
        "structure d accueil", "employer", "author", "publisher", "entity", "entite", "service libelle",
        "service nom", "agence", "filiale", "site", "service", "brand",
    ),
    "employer_description": (
        "employer description", "company description", "description entreprise", "description de l entreprise",
        "presentation entreprise", "presentation de l entreprise", "presentation de l employeur", "a propos",
        "entity description", "contexte", "organisation description", "qui sommes nous", "about", "about us",
        "description employeur", "dc publisher",
    ),
    "employer_website": (
        "employer website", "site web", "site internet", "company website", "website", "site de l entreprise",
        "web", "site",
    ),
    "siret": ("siret", "numero siret", "n siret", "no siret", "siret etablissement", "code siret", "company siret"),
    "is_public": ("employeur public", "is public", "public", "secteur public", "statut public"),
    "sector": (
        "secteur", "sector", "secteur d activite", "secteur activite", "industry", "job family", "filiere",
        "domaine", "domaine d activite", "rayon", "metier", "company sector", "famille", "famille de metier",
        "job function", "activite", "category", "categorie", "libelle secteur", "industry label", "department",
        "team",
    ),
    "street": (
        "rue", "street", "adresse", "address", "adress", "voie", "adresse 1", "adresse ligne 1", "street address",
        "numero et rue", "n et rue", "adresse du stage", "adresse postale", "lieu du stage", "adresse du lieu",
        "address line 1", "line1",
    ),
    "postal_code": (
        "code postal", "postal code", "postalcode", "cp", "zip", "zip code", "zipcode", "postcode", "code commune",
        "code insee", "insee", "cog lieu", "cog", "lieu cp", "codepostal",
    ),
    "city": (
        "ville", "city", "commune", "town", "localite", "location city", "coverage", "libelle lieu", "job location",
        "nom commune", "ville du stage", "locality", "lieu", "location", "municipality", "localisation",
        "localisation du poste", "locations name",
    ),
    "latitude": ("latitude", "lat", "geo lat", "gps lat", "y"),
    "longitude": ("longitude", "lon", "lng", "long", "geo lon", "gps lon", "x"),
    "seats": (
        "places", "nombre de places", "nb places", "nombre de stagiaires", "nb stagiaires", "seats",
        "nombre postes", "nombre de postes", "nb postes", "capacite", "capacite d accueil", "nombre d eleves",
        "nb eleves", "max candidates", "openings", "number of openings", "effectif",
    ),
    "grades": ("niveau", "niveau scolaire", "classe", "grade", "grades", "niveaux", "niveau de l eleve"),
    "weeks": (
        "semaines", "semaine", "weeks", "week", "periode", "periode de stage", "dates du stage", "dates de stage",
        "semaine de stage", "periodes",
    ),
    "daily_hours": ("horaires", "horaire", "hours", "daily hours", "heures", "horaires du stage"),
    "lunch_break": ("pause dejeuner", "dejeuner", "pause", "lunch break", "lunch", "repas"),
    "handicap_accessible": (
        "accessible", "acces pmr", "pmr", "accessibilite", "accessible pmr", "handicap", "handicap accessible",
        "acces handicape",
    ),
    "qpv": ("qpv", "quartier prioritaire"),
    "permalink": (
        "permalink", "lien", "url", "url de l offre", "lien offre", "lien de l offre", "link", "direct url",
        "offer url", "url offre", "absolute url", "hosted url", "careers url", "job url", "redirection",
        "adresse web", "page", "permalien",
    ),
    "contact_name": (
        "contact", "contact name", "nom du contact", "referent", "nom du referent", "tuteur", "nom du tuteur",
        "recruiter", "recruteur", "responsable", "full name", "interlocuteur", "maitre de stage",
    ),
    "contact_email": (
        "courriel", "email", "e mail", "mail", "contact email", "courriel du contact", "mail contact",
        "email contact", "adresse mail", "adresse email",
    ),
    "contact_phone": (
        "telephone", "tel", "phone", "contact phone", "telephone du contact", "phone number", "n tel",
        "numero de telephone",
    ),
    "published_on": (
        "date de publication", "publie le", "published on", "published at", "publication date", "date publication",
        "date parution", "date de parution", "mise en ligne", "date de mise en ligne", "pub date", "creation date",
        "date de creation", "first published", "first activated at", "activated at", "released date", "posted on",
        "created at", "start publication date", "publication debut", "date debut publication", "date",
    ),
    "expires_on": (
        "date de fin", "expires on", "fin de validite", "echeance", "expire le", "expiration date",
        "date d expiration", "date limite", "date de fin de publication", "valid until", "fin de publication",
        "closing date", "date de cloture", "valable jusqu au", "publication fin", "end publication date",
    ),
}  # fmt: skip

CONTRACT: tuple[str, ...] = (
    "type de contrat", "contrat", "contract type", "contract", "type contrat", "type d offre", "type offre",
    "type of employment", "employment type", "nature du contrat", "commitment", "nature", "type",
)  # fmt: skip
"""What partners call the column that tells a placement from a job."""

NAF: tuple[str, ...] = ("naf", "code naf", "naf code", "naf secteur", "ape", "code ape", "ape code", "naf sector")

UNWANTED: frozenset[str] = frozenset(
    {"logo", "image", "modification", "updated", "maj", "jour", "tracking", "hreflang"}
)
"""Words of a header that make it another thing: the company's logo, the day of the last change."""

HELD = 78
"""The most that `matches` gives to a header that only holds the phrase."""
ALONE: frozenset[str] = frozenset({"date"})
"""Phrases that say something only where nothing else stands beside them: « Date de début » is the placement's."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MARKS = frozenset({"id", "code", "clientcode", "client code", "label", "href", "datetime", "url", "type", "lang"})
"""Attributes that mark an element for machines, and are not what it says."""


def named(name: str, header: str) -> tuple[int, str]:
    """How well a header is called for a column, up to 100, and by which synonym."""
    best, by = 0, ""
    for rank, phrase in enumerate(SYNONYMS[name]):
        met = matches(phrase, header)
        score = met - min(rank, 20) if met > HELD or phrase not in ALONE else 0
        if score > best:
            best, by = score, phrase
    return best, f"called « {by} »" if by else ""


def matches(phrase: str, header: str) -> int:
    """100: the header's last part is the phrase; less where it only holds it, or where its whole path does."""
    parts = [fold_word(_CAMEL.sub(" ", part)) for part in header.split(".")]
    words = " ".join(parts).split()
    if UNWANTED & set(words):
        return 0
    last, depth = parts[-1], len(parts) - 1
    penalty = 3 * depth + (40 if "@" in header and depth and last in _MARKS else 0)
    if last == phrase or last.replace(" ", "") == phrase.replace(" ", ""):
        return 100 - penalty
    if " ".join(words) == phrase:
        return 92 - penalty
    for text, full in ((last, HELD), (" ".join(words), 66)):
        if f" {phrase} " in f" {text} ":
            return full - 5 * (len(text.split()) - len(phrase.split())) - penalty
    return 0
