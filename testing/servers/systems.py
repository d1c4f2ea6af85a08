"""Systems with an API, each answering in its documented shape, with its paging and its credentials."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from testing.servers.feeds import SECRETS
from testing.servers.http import Asked, Reply
from testing.servers.invented import (
    CODE,
    EMPLOYER,
    LATITUDE,
    LONGITUDE,
    PEOPLE,
    STREET,
    TOWN,
    Case,
    contract,
    is_job,
    text,
)

NAME, MAIL, PHONE = PEOPLE
PERSON = {"firstname": "Camille", "lastname": "Recruteuse", "name": NAME, "email": MAIL, "phone": PHONE}


def digitalrecruiters(asked: Asked) -> Reply:
    if asked.path != "/export/job-ads/h4rdly-guessable":
        return Reply(403)
    address = {
        "parts": {"street": STREET, "zip": CODE, "city": TOWN, "county": "Ille-et-Vilaine", "country": "France"},
        "formatted": f"{STREET}, {CODE} {TOWN}, France",
        "position": {"lon": LONGITUDE, "lat": LATITUDE},
    }
    ads = [
        {
            "locale": "fr_FR",
            "reference": f"RIVOIRE{n}",
            "published_at": "2026-03-01T10:18:17+00:00",
            "contract_type": contract(n),
            "contract_duration": {"min": None, "max": None},
            "title": f"Stage {n}",
            "description": text(n),
            "profile": "<p>Aucun diplôme.</p>",
            "skills": ["Écoute", "Curiosité"],
            "apply_url": f"https://acme.example/fr/annonce/{n}-stage#declareStep1",
            "address": address,
            "entity": {
                "public_name": "Siège",
                "address": {"parts": {"street": "1 place Ailleurs"}},
                "manager": PERSON,
            },
            "referent_recruiter": PERSON,
            "brand": {"name": EMPLOYER, "description": "Une PME de mécanique."},
        }
        for n in range(12)
    ]
    return Reply(json={"count": len(ads), "version": "1", "fetched_at": "2026-03-02T04:00:00+00:00", "ads": ads})


def token(asked: Asked, scope: str, value: str) -> Reply:
    """The answer of a token's address to the client that the secrets name."""
    form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    wanted = {"grant_type": "client_credentials", "scope": scope}
    wanted |= {"client_id": SECRETS["CLIENT"], "client_secret": SECRETS["PASSWORD"]}
    if asked.method != "POST" or form != wanted:
        return Reply(400, json={"error": "invalid_client"})
    return Reply(json={"access_token": value, "token_type": "Bearer", "expires_in": 1499})


class Talentsoft:
    """The front office: `links` with `rel = next` until the end, a detail for each offer."""

    COUNT = 230

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/api/token":
            return token(asked, "MetaEngine", "front-token")
        if asked.headers.get("Authorization") != "Bearer front-token":
            return Reply(401)
        base = f"http://{asked.headers['Host']}/api/V2"
        if asked.path == "/api/V2/offers/getoffer":
            return Reply(json=self.detail(int(asked.query["reference"].partition("-")[2])))
        assert (asked.path, asked.query["count"]) == ("/api/V2/offersummaries", "100")
        start = int(asked.query.get("start", "1"))
        numbers = range(start - 1, min(start + 99, self.COUNT))
        more = start + 100 <= self.COUNT
        links = [{"rel": "next", "href": f"{base}/offersummaries?count=100&start={start + 100}"}] if more else []
        paging = {"start": start, "count": len(numbers), "total": self.COUNT, "resultsPerPage": 100, "hasMore": more}
        data = [self.summary(n, base) for n in numbers]
        return Reply(json={"data": data, "_pagination": {**paging, "links": links}})

    def summary(self, n: int, base: str) -> dict[str, Any]:
        return {
            "reference": f"2026-{n}",
            "title": f"Stage {n}",
            "modificationDate": "2026-03-01T09:42:16.9",
            "contractType": {"code": 1, "label": contract(n), "type": "contractType"},
            "organisationName": EMPLOYER,
            "organisationDescription": "Une PME de mécanique.",
            "geographicalLocation": [],
            "startPublicationDate": "2026-03-01T09:42:16.853",
            "offerUrl": f"https://acme.example/offre?reference={n}",
            "_links": [{"href": f"{base}/offers/getoffer?reference=2026-{n}", "rel": "detail"}],
        }

    def detail(self, n: int) -> dict[str, Any]:
        return {
            "description1": "…",
            "description1Formatted": text(n),
            "description2Formatted": "<p>Aucun diplôme.</p>",
            "location": f"{STREET}, {CODE} {TOWN}",
            "geolocation": {"latitude": float(LATITUDE), "longitude": float(LONGITUDE)},
            "organisation": {"name": EMPLOYER, "phoneNumber": PHONE},
            "numberOfVacancies": 2,
            "endPublicationDate": "2026-06-01T00:00:00",
            "mainSupervisor": PERSON,
            "operationalManager": PERSON,
            "usersInChargeOf": [NAME],
        }


class FranceTravail:
    """Search by département and range; a token that is refused after a few calls; 204 where there is nothing."""

    OFFERS = (("35", 320), ("2A", 3), ("974", 7))

    def __init__(self) -> None:
        self.tokens = self.calls = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/connexion/oauth2/access_token":
            assert asked.query == {"realm": "/partenaire"}
            self.tokens, self.calls = self.tokens + 1, 0
            return token(asked, "api_offresdemploiv2 o2dsoffre", f"bearer-{self.tokens}")
        self.calls += 1
        if asked.headers.get("Authorization") != f"Bearer bearer-{self.tokens}" or self.calls > 60:
            return Reply(401)
        assert asked.query["motsCles"] == "seconde"
        start, last = map(int, asked.query["range"].split("-"))
        if last - start > 149 or start > 3000:
            return Reply(400, json={"message": "La plage de résultats demandée est trop importante."})
        numbers = self.numbers(asked.query["departement"])
        if not numbers:
            return Reply(204)
        held = numbers[start : last + 1]
        said = {"Content-Range": f"offres {start}-{start + len(held) - 1}/{len(numbers)}"}
        return Reply(206 if len(numbers) > len(held) else 200, json={"resultats": list(map(offer, held))}, headers=said)

    def numbers(self, department: str) -> list[int]:
        before = 0
        for one, count in self.OFFERS:
            if one == department:
                return list(range(before, before + count))
            before += count
        return []


def offer(n: int) -> dict[str, Any]:
    return {
        "id": f"{n:03d}XYZ",
        "intitule": f"Stage {n}",
        "description": text(n),
        "dateCreation": "2026-03-01T09:00:00.000Z",
        "dateActualisation": "2026-03-02T09:00:00.000Z",
        "lieuTravail": {"libelle": f"35 - {TOWN}", "latitude": 48.1113, "longitude": -1.68, "codePostal": CODE},
        "entreprise": {"nom": EMPLOYER, "siret": "73282932000074"},
        "typeContrat": "CDD",
        "natureContrat": "Contrat travail",
        "nombrePostes": 1,
        "codeNAF": "25.12Z",
        "secteurActivite": "25",
        "contact": {"nom": f"ACME - {NAME}", "courriel": MAIL, "telephone": PHONE, "coordonnees1": f"Tél. {PHONE}"},
        "agence": {"courriel": MAIL},
        "origineOffre": {"origine": "1", "urlOrigine": f"https://offres.example/recherche/detail/{n}"},
    }


def jobposting(n: int) -> dict[str, Any]:
    """A schema.org JobPosting in JSON-LD."""
    place: dict[str, Any] = {
        "streetAddress": STREET,
        "postalCode": CODE,
        "addressLocality": TOWN,
        "addressCountry": "FR",
    }
    return {
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "name": EMPLOYER, "value": f"RIV-{n}"},
        "title": f"Stage {n}",
        "description": text(n),
        "datePosted": "2026-03-01",
        "validThrough": "2026-06-01T23:59:59+02:00",
        "employmentType": "FULL_TIME" if is_job(n) else ["INTERN", "OTHER"],
        "hiringOrganization": {
            "@type": "Organization",
            "name": EMPLOYER,
            "sameAs": "https://acme.example",
            "email": MAIL,
            "telephone": PHONE,
        },
        "jobLocation": [
            {
                "@type": "Place",
                "address": {"@type": "PostalAddress", **place},
                "geo": {"latitude": 48.1113, "longitude": -1.68},
            },
            {"@type": "Place", "address": {**place, "addressLocality": "Vannes", "postalCode": "56000"}},
        ],
        "totalJobOpenings": 2,
        "url": f"https://acme.example/jobs/{n}",
        "applicationContact": {"@type": "ContactPoint", "name": NAME, "email": MAIL, "telephone": PHONE},
    }


def json_feed(asked: Asked) -> Reply:
    page = int(asked.query.get("page", "1"))
    first = 20 * page - 20
    items: list[dict[str, Any]] = [
        {
            "id": f"a24ec4e5-{n}",
            "title": f"Stage {n}",
            "url": f"https://acme.example/jobs/{n}",
            "content_html": text(n),
            "date_published": "2026-03-01T10:00:00+01:00",
            "authors": [{"name": NAME}],
            "_jobposting": {"@context": "http://schema.org/", **jobposting(n)},
        }
        for n in range(first, min(first + 20, 50))
    ]
    feed: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": "Acme", "items": items}
    if first + 20 < 50:
        feed["next_url"] = f"http://{asked.headers['Host']}/jobs.json?page={page + 1}"
    return Reply(json=feed)


SECTOR = 'sector = "s37"\n'
HERE = {
    "employer_name": EMPLOYER,
    "street": STREET,
    "postal_code": CODE,
    "city": TOWN,
    "department": "35",
    "published_on": "2026-03-01",
}
SYSTEMS = {
    "digitalrecruiters": Case(
        digitalrecruiters,
        "/export/job-ads/h4rdly-guessable",
        'address = "ADDRESS"',
        12,
        12,
        f"[feeds.offres.constants]\n{SECTOR}",
        secret=True,
        values={**HERE, "latitude": "48.1113", "employer_description": "Une PME de mécanique."},
    ),
    "talentsoft-front": Case(
        Talentsoft(),
        "/api/V2/offersummaries",
        'host = "acme.example", client = "CLIENT", secret = "PASSWORD"',
        230,
        230,
        f'[feeds.offres.source.auth]\ntoken_url = "{{base}}/api/token"\n'
        f'[feeds.offres.constants]\n{SECTOR}street = "{STREET}"\n',
        values={**HERE, "seats": "2", "expires_on": "2026-06-01", "latitude": "48.1113"},
    ),
    "francetravail": Case(
        FranceTravail(),
        "/partenaire/offresdemploi/v2/offres/search",
        'keywords = "seconde", client = "CLIENT", secret = "PASSWORD"',
        330,
        330,
        f'[feeds.offres.source.auth]\ntoken_url = "{{base}}/connexion/oauth2/access_token?realm=%2Fpartenaire"\n'
        f'[feeds.offres.constants]\nstreet = "{STREET}"\n',
        values={**HERE, "sector": "s30", "siret": "73282932000074"},
    ),
    "jobposting-feed": Case(
        json_feed,
        "/jobs.json",
        'host = "acme.example"',
        50,
        None,
        f"[feeds.offres.constants]\n{SECTOR}",
        values={**HERE, "seats": "2", "expires_on": "2026-06-01", "employer_website": "https://acme.example"},
    ),
}
