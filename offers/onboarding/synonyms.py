"""What partners call our columns, in French and in English: likeliest first, folded (no case, accents, punctuation).

Gathered from the feeds of partners, from applicant tracking systems' exports, and from spreadsheets kept by hand.
"""

from __future__ import annotations

import re

from offers.text import fold_word

_SAID = {
    "reference": """reference, ref, ref offre, reference offre, reference apec, numero offre, n offre, no offre,
        id offre, offer id, job id, jobid, identifiant, identifiant offre, reference number, ref number, identifier,
        code offre, numero, id, guid, uuid, requisition id, requisition number, job reference, reference id,
        reference annonce, ref annonce, reference de l offre, offer reference, external id, external reference,
        reference externe, annonce id, id annonce, numero annonce, num offre, code annonce, ad id, advert id,
        vacancy id, posting id, job number, job req id, req id, shortcode, short code, partner job id, offre id,
        job code, position id, id externe, reference interne, n de l offre, numero de l offre, slug""",
    "title": """title, titre, intitule, intitule du poste, intitule du stage, intitule offre, titre offre,
        titre du stage, job title, nom du stage, libelle du poste, nom du poste, poste, stage, position, libelle,
        objet, name, text, title a, offer title, posting title, job opening name, job name, intitule de l offre,
        intitule annonce, titre annonce, titre de l annonce, titre de l offre, titre du poste, intitule emploi,
        position title, headline, appellation, libelle offre, appellation libelle, vacancy title, job""",
    "description": """description, missions, mission, description de la mission, description du stage, texte offre,
        descriptif, description du poste, job description, presentation du stage, contenu, detail, details,
        activites, texte, presentation, content, mission description, description plain, body, description1, job ad,
        annonce, programme, offer description, description offre, description de l offre, texte annonce,
        description annonce, descriptif du poste, descriptif offre, texte de l offre, description html,
        short description str, full description, missions principales, descriptif de la mission, mission principale,
        description du stage propose, job ad text, encoded, snippet, summary, resume, external description""",
    "employer_name": """employer name, employeur, company name, nom entreprise, nom de l entreprise, entreprise,
        company, company title, etablissement, nom etablissement, raison sociale, societe, enseigne, magasin,
        organisation name, organisation, organization, site d accueil, structure, structure d accueil, employer,
        author, publisher, entity, entite, service libelle, service nom, agence, filiale, site, service, brand,
        hiring organization name, hiring organization, company display name, nom employeur, nom de l employeur,
        nom societe, nom de la societe, nom de la structure, nom structure, entreprise nom, workplace name,
        brand name, subcompany, legal entity, organisme, nom organisme, nom de l organisme,
        organisme de rattachement, etablissement d accueil, nom de l etablissement, recruteur nom""",
    "employer_description": """employer description, company description, description entreprise,
        description de l entreprise, presentation entreprise, presentation de l entreprise,
        presentation de l employeur, a propos, entity description, contexte, organisation description,
        qui sommes nous, about, about us, description employeur, dc publisher""",
    "employer_website": """employer website, site web, site internet, company website, website,
        site de l entreprise, web, site""",
    "siret": "siret, numero siret, n siret, no siret, siret etablissement, code siret, company siret",
    "is_public": "employeur public, is public, public, secteur public, statut public",
    "sector": """secteur, sector, secteur d activite, secteur activite, industry, job family, filiere, domaine,
        domaine d activite, rayon, metier, company sector, famille, famille de metier, job function, activite,
        category, categorie, libelle secteur, industry label, naf libelle, secteur entreprise,
        secteur de l entreprise, domaine metier, famille metier, function, industrie""",
    "street": """rue, street, adresse, address, adress, voie, adresse 1, adresse ligne 1, street address,
        numero et rue, n et rue, adresse du stage, adresse postale, lieu du stage, adresse du lieu, address line 1,
        line1, address street, adresse complete, adresse etablissement, adresse de l etablissement,
        adresse de l entreprise, adresse entreprise, adresse lieu, address1, address 1, numero voie, voie adresse,
        location address, adresse rue""",
    "postal_code": """code postal, postal code, postalcode, cp, zip, zip code, zipcode, postcode, code commune,
        code insee, insee, cog lieu, cog, lieu cp, codepostal, address postal code, code postal lieu,
        zip postal code, cp lieu, code postal ville, location postal code, code postal du lieu,
        code postal entreprise, cp ville, job zip""",
    "city": """ville, city, commune, town, localite, location city, coverage, libelle lieu, job location,
        nom commune, ville du stage, locality, lieu, location, municipality, localisation, localisation du poste,
        locations name, address locality, address city, ville lieu, lieu ville, ville poste, ville du poste,
        ville offre, ville de l offre, job city, town city, nom ville, nom de la ville, lieu de travail,
        lieu d exercice, office city, primary location, location locality, commune du lieu, location name,
        location display name, work location, office, affectation""",
    "latitude": "latitude, lat, geo lat, gps lat, y",
    "longitude": "longitude, lon, lng, long, geo lon, gps lon, x",
    "seats": """places, nombre de places, nb places, nombre de stagiaires, nb stagiaires, seats, nombre postes,
        nombre de postes, nb postes, capacite, capacite d accueil, nombre d eleves, nb eleves, max candidates,
        openings, number of openings, effectif, number of positions, number of vacancies, vacancies,
        nombre de postes a pourvoir, nb de postes, opening count, total job openings, headcount, nombre de stages,
        nb places disponibles, nombre de places disponibles""",
    "grades": "niveau, niveau scolaire, classe, grade, grades, niveaux, niveau de l eleve",
    "weeks": """semaines, semaine, weeks, week, periode, periode de stage, dates du stage, dates de stage,
        semaine de stage, periodes""",
    "daily_hours": "horaires, horaire, hours, daily hours, heures, horaires du stage",
    "lunch_break": "pause dejeuner, dejeuner, pause, lunch break, lunch, repas",
    "handicap_accessible": """accessible, acces pmr, pmr, accessibilite, accessible pmr, handicap,
        handicap accessible, acces handicape""",
    "qpv": "qpv, quartier prioritaire",
    "permalink": """permalink, lien, url, url de l offre, lien offre, lien de l offre, link, direct url, offer url,
        url offre, absolute url, hosted url, careers url, job url, redirection, adresse web, page, permalien,
        url annonce, lien annonce, lien de l annonce, lien vers l offre, detail url, redirect url, canonical url,
        public url, web url, offre url, job posting url, landing page, shortlink, apply url, application url,
        url de candidature, url candidature, lien de candidature""",
    "contact_name": """contact, contact name, nom du contact, referent, nom du referent, tuteur, nom du tuteur,
        recruiter, recruteur, responsable, full name, interlocuteur, maitre de stage""",
    "contact_email": """courriel, email, e mail, mail, contact email, courriel du contact, mail contact,
        email contact, adresse mail, adresse email""",
    "contact_phone": """telephone, tel, phone, contact phone, telephone du contact, phone number, n tel,
        numero de telephone""",
    "published_on": """date de publication, publie le, published on, published at, publication date,
        date publication, date parution, date de parution, mise en ligne, date de mise en ligne, pub date,
        creation date, date de creation, first published, first activated at, activated at, released date,
        posted on, created at, start publication date, publication debut, date debut publication, date, posted date,
        date posted, published date, released on, posted at, posting date, post date, date creation,
        publication start date, date de debut de publication, publication creation, publiee le,
        date publication offre, date mise en ligne, created on, created""",
    "expires_on": """date de fin, expires on, fin de validite, echeance, expire le, expiration date,
        date d expiration, date limite, date de fin de publication, valid until, fin de publication, closing date,
        date de cloture, valable jusqu au, publication fin, end publication date, date fin publication,
        date de fin de validite, expires at, expiry date, date limite de candidature, application deadline,
        deadline, close at, close date, publication end date, valid through, publication expiration, expire at,
        expiration""",
}
SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(" ".join(phrase.split()) for phrase in said.split(",")) for name, said in _SAID.items()
}

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
ALONE: frozenset[str] = frozenset(
    {
        "date", "job", "office", "created", "summary", "resume", "snippet", "expiration", "slug", "affectation",
        "function", "encoded", "apply url", "application url", "deadline", "appellation", "organisme", "headline",
        "vacancies",
    }
)  # fmt: skip
"""Phrases that say something only where nothing else stands beside them: « Date de début » is the placement's."""
_AREAS = frozenset(
    {
        "region", "regions", "country", "countries", "pays", "departement", "state", "etat", "county", "province",
        "continent", "nation", "iso", "academie",
    }
)  # fmt: skip
_OF_ITS_PARENT = frozenset({"name", "libelle", "text"})
"""Phrases that name what they stand in, and an offer's title only where that is an offer."""
_OFFERS = frozenset({
    "", "job", "jobs", "offer", "offers", "offre", "offres", "position", "poste", "stage", "vacancy", "attributes",
    "job ad",
})  # fmt: skip
_PLACES = ("street", "postal_code", "city")

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MARKS = frozenset({"id", "code", "clientcode", "client code", "label", "href", "datetime", "url", "type", "lang"})
"""Attributes that mark an element for machines, and are not what it says."""


def outside(name: str, header: str) -> bool:
    """Whether a header says itself that it is no place of an offer: a region's, a country's."""
    return name in _PLACES and bool(_AREAS & set(fold_word(_CAMEL.sub(" ", header)).split()))


def named(name: str, header: str) -> tuple[int, str]:
    """How well a header is called for a column, up to 100, and by which synonym."""
    best, by = 0, ""
    if outside(name, header) or (name == "sector" and header.lower().endswith(("_code", ".code", " code"))):
        return best, by
    parent = fold_word(_CAMEL.sub(" ", header.rpartition(".")[0].rpartition(".")[2]))
    for rank, phrase in enumerate(SYNONYMS[name]):
        met = 0 if phrase in _OF_ITS_PARENT and parent not in _OFFERS else matches(phrase, header)
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
