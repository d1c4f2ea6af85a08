"""The canonical record: one entry per column, with its kind, limits, meaning in French and English, and an example.

Source of the limits: the national platform's own model, the communiqué of 30 November 2023, and the Labour Code for
minors. Cleaning brings each value to the canonical text of its kind; rules then check that text; types come last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is, and so its canonical text after cleaning."""

    REFERENCE = "reference"  # text, kept as sent but for outer white space
    LINE = "line"  # one line of plain text
    PROSE = "prose"  # plain text with paragraphs and lists
    URL = "url"
    SIRET = "siret"  # 14 digits
    YES_NO = "yes_no"  # true or false
    SECTOR = "sector"  # s1 to s51
    POSTAL_CODE = "postal_code"  # 5 digits
    CITY = "city"  # official spelling of the commune
    DECIMAL = "decimal"  # decimal point, no exponent
    INTEGER = "integer"
    GRADES = "grades"  # words in school order, one space between: seconde
    WEEKS = "weeks"  # ISO weeks in order, one space between: 2026-W25 2026-W26
    HOURS = "hours"  # mon=09:00-17:00 tue=... in the order of the week, one space between
    EMAIL = "email"
    PHONE = "phone"  # E.164: +33140506070
    DATE = "date"  # 2026-06-15
    CODE = "code"  # derived by us, never sent


@dataclass(frozen=True)
class Column:
    """One column of a record. `least` and `most` bound the length of text (characters) or the value of a number."""

    name: str
    kind: Kind
    fr: str
    en: str
    meaning_fr: str
    meaning_en: str
    example: str
    required: bool = False
    least: int | None = None
    most: int | None = None
    default: str | None = None
    personal: bool = False
    derived: bool = False
    platform: str | None = None


def _c(
    name: str, kind: Kind, fr: str, en: str, example: str, meaning_fr: str, meaning_en: str, **more: object
) -> Column:
    return Column(name, kind, fr, en, meaning_fr, meaning_en, example, **more)  # type: ignore[arg-type]  # a table below


COLUMNS: tuple[Column, ...] = (
    _c("reference", Kind.REFERENCE, "Référence", "Reference", "STG-2026-0001",
       "Votre identifiant de l'offre, unique dans votre fichier et stable d'un envoi à l'autre.",
       "The partner's own identifier of the offer, unique in the feed and stable from one drop to the next.",
       required=True, least=1, most=60, platform="remote_id"),
    _c("title", Kind.LINE, "Intitulé", "Title", "Découverte des métiers de l'atelier",
       "Le titre de l'offre, tel que l'élève le lira.", "The title of the offer, as the pupil will read it.",
       required=True, least=3, most=150, platform="title"),
    _c("description", Kind.PROSE, "Description", "Description", "Tu suivras l'équipe de l'atelier pendant deux semaines.",
       "Ce que l'élève fera et découvrira. Au-delà de 1 500 caractères, le texte est coupé à la fin d'une phrase.",
       "What the pupil will do and discover. Beyond 1,500 characters it is shortened at the end of a sentence.",
       required=True, least=10, most=1500, platform="description"),
    _c("employer_name", Kind.LINE, "Employeur", "Employer", "Ateliers Rivoire",
       "Le nom de l'établissement ou de l'enseigne qui accueille l'élève.",
       "The site or brand that welcomes the pupil.", required=True, least=1, most=150, platform="employer_name"),
    _c("employer_description", Kind.PROSE, "Présentation de l'employeur", "Employer's description",
       "Une PME de mécanique de 80 personnes.", "Une ou deux phrases sur l'employeur.", "A sentence or two on the employer.",
       most=275, platform="employer_description"),
    _c("employer_website", Kind.URL, "Site web", "Website", "https://www.ateliers-rivoire.example",
       "Le site de l'employeur.", "The employer's website.", most=560, platform="employer_website"),
    _c("siret", Kind.SIRET, "SIRET", "SIRET", "73282932000074",
       "Les 14 chiffres de l'établissement qui accueille l'élève.", "The 14 digits of the site that welcomes the pupil."),
    _c("is_public", Kind.YES_NO, "Employeur public", "Public employer", "non",
       "L'employeur est-il public ?", "Is the employer a public body?", default="false", platform="is_public"),
    _c("sector", Kind.SECTOR, "Secteur", "Sector", "Mécanique",
       "Un des 51 secteurs de la plateforme, par son nom ou son code, ou un code NAF.",
       "One of the platform's 51 sectors, by name or code, or a NAF code.", required=True, platform="sector_uuid"),
    _c("street", Kind.LINE, "Rue", "Street", "12 rue des Forges",
       "Numéro et rue du lieu du stage.", "Number and street of the placement.",
       required=True, least=1, most=200, platform="street"),
    _c("postal_code", Kind.POSTAL_CODE, "Code postal", "Postal code", "75011",
       "Le code postal du lieu du stage, cinq chiffres.", "The postal code of the placement, five digits.",
       required=True, platform="zipcode"),
    _c("city", Kind.CITY, "Commune", "Town", "Paris",
       "La commune du lieu du stage, qui doit être de ce code postal.",
       "The commune of the placement, one of that postal code's.", required=True, least=1, most=50, platform="city"),
    _c("latitude", Kind.DECIMAL, "Latitude", "Latitude", "48.8534",
       "Degrés WGS 84 ; latitude et longitude vont ensemble.", "WGS 84 degrees; latitude and longitude go together.",
       platform="coordinates"),
    _c("longitude", Kind.DECIMAL, "Longitude", "Longitude", "2.3788",
       "Degrés WGS 84 ; latitude et longitude vont ensemble.", "WGS 84 degrees; latitude and longitude go together.",
       platform="coordinates"),
    _c("seats", Kind.INTEGER, "Places", "Seats", "2",
       "Le nombre d'élèves que vous pouvez accueillir.", "How many pupils can be welcomed: seats, not offers.",
       least=1, most=6000, default="1", platform="max_candidates"),
    _c("grades", Kind.GRADES, "Niveau", "Grade", "seconde",
       "La classe des élèves ; « seconde » si la colonne est vide.", "The pupils' grade; seconde when empty.",
       default="seconde", platform="grades"),
    _c("weeks", Kind.WEEKS, "Semaines", "Weeks", "semaine 1 et 2",
       "Les semaines du stage ; les deux si la colonne est vide.", "The weeks of the placement; both when empty.",
       default="both", platform="weeks"),
    _c("daily_hours", Kind.HOURS, "Horaires", "Hours", "lundi au vendredi 9h-12h et 13h30-17h",
       "Les horaires par jour : 7 h par jour au plus, entre 6 h et 20 h.",
       "Start and end per weekday: at most 7 h a day, between 6:00 and 20:00.", platform="daily_hours"),
    _c("lunch_break", Kind.LINE, "Pause déjeuner", "Lunch break", "De 12 h à 13 h, cantine",
       "Comment se passe la pause déjeuner.", "How the lunch break goes.", most=250, platform="lunch_break"),
    _c("handicap_accessible", Kind.YES_NO, "Accessible", "Accessible", "oui",
       "Le lieu est-il accessible aux personnes handicapées ?", "Is the site accessible to disabled people?",
       default="false", platform="handicap_accessible"),
    _c("qpv", Kind.YES_NO, "Quartier prioritaire", "Priority district", "non",
       "Le lieu est-il dans un quartier prioritaire de la ville ?", "Is the site in a priority district (QPV)?",
       default="false", platform="qpv"),
    _c("permalink", Kind.URL, "Lien", "Link", "https://www.ateliers-rivoire.example/stages/0001",
       "L'adresse de l'offre chez vous.", "The address of the offer on the partner's side.", most=200, platform="permalink"),
    _c("contact_name", Kind.LINE, "Contact", "Contact", "Camille Exemple",
       "La personne à joindre ; jamais publiée.", "The person to reach; never published.", most=150, personal=True),
    _c("contact_email", Kind.EMAIL, "Courriel du contact", "Contact's e-mail", "stages@ateliers-rivoire.example",
       "Le courriel de cette personne ; jamais publié.", "That person's e-mail; never published.", most=254, personal=True),
    _c("contact_phone", Kind.PHONE, "Téléphone du contact", "Contact's phone", "01 40 50 60 70",
       "Le téléphone de cette personne ; jamais publié.", "That person's phone number; never published.", personal=True),
    _c("published_on", Kind.DATE, "Date de publication", "Published on", "2026-03-02",
       "La date de publication de l'offre.", "The day the offer was published.", platform="published_at"),
    _c("expires_on", Kind.DATE, "Date de fin", "Expires on", "2026-06-05",
       "Le dernier jour où l'offre est valable.", "The last day on which the offer holds."),
    _c("insee_code", Kind.CODE, "Code INSEE", "INSEE code", "75111",
       "Déduit du code postal et de la commune.", "Derived from postal code and town.", derived=True),
    _c("department", Kind.CODE, "Département", "Département", "75",
       "Déduit du code INSEE.", "Derived from the INSEE code.", derived=True, platform="department"),
    _c("academy", Kind.CODE, "Académie", "Académie", "Académie de Paris",
       "Déduite du département.", "Derived from the département.", derived=True, platform="academy"),
    _c("description_full", Kind.PROSE, "Description entière", "Full description", "",
       "Le texte entier, quand la description a été coupée.", "The whole text, where the description was shortened.",
       derived=True),
    _c("organisation", Kind.CODE, "Organisation", "Organisation", "La Poste",
       "L'organisation engagée dont l'employeur fait partie, déduite du SIRET ou du nom.",
       "The organisation that pledged and that the employer belongs to, derived from SIRET or name.", derived=True),
)  # fmt: skip

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
NAMES: tuple[str, ...] = tuple(BY_NAME)
SENT: tuple[str, ...] = tuple(c.name for c in COLUMNS if not c.derived)
REQUIRED: tuple[str, ...] = tuple(c.name for c in COLUMNS if c.required)
DECISIVE: tuple[str, ...] = ("seats", "grades", "weeks")
"""Optional columns whose default would change what is offered: a cell of theirs that cannot be read costs its line."""
PLACE: tuple[str, ...] = ("street", "postal_code", "city", "latitude", "longitude")
"""What says where an offer is: it comes from one place, whole."""
PERSONAL: tuple[str, ...] = tuple(c.name for c in COLUMNS if c.personal)
