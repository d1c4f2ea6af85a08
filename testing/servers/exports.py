"""Systems that put the whole list into one file: XML, RSS, JSON-LD, each as its kind of export looks."""

from __future__ import annotations

from collections.abc import Callable

from testing.servers.http import Asked, Reply
from testing.servers.invented import CODE, EMPLOYER, LATITUDE, LONGITUDE, PEOPLE, STREET, TOWN, Case, contract, text
from testing.servers.systems import HERE, SECTOR, jobposting

NAME, MAIL, PHONE = PEOPLE
COUNT = 12


def cdata(**values: str) -> str:
    return "".join(f"<{tag}><![CDATA[{value}]]></{tag}>" for tag, value in values.items())


def document(root: str, record: Callable[[int], str], head: str = "") -> Reply:
    body = "".join(map(record, range(COUNT)))
    said = f'<?xml version="1.0" encoding="utf-8"?>\n<{root}>{head}{body}</{root}>'
    return Reply(body=said.encode(), headers={"Content-Type": "application/xml"})


def talentsoft_xml(asked: Asked) -> Reply:
    def one(n: int) -> str:
        return f"""<offer><id>{n}</id><reference>2026-{n}</reference><creationDate>20260301</creationDate>
        <entityDescription>Une PME de mécanique.</entityDescription>
        <entity id="1" clientcode="RIV">{EMPLOYER}</entity>
        <entityAdress><adress>{STREET}</adress><postalcode>{CODE}</postalcode><city>{TOWN}</city></entityAdress>
        <directUrl>https://acme.example/offre/{n}</directUrl>
        <mainSupervisor><FullName>{NAME}</FullName><Email>{MAIL}</Email><PhoneNumber>{PHONE}</PhoneNumber>
        </mainSupervisor><jobDescription><title>Stage {n}</title><description>{text(n)[3:-4]}</description>
        <missionDescription>Accueil à neuf heures.</missionDescription>
        <contract id="1" clientcode="C">{contract(n)}</contract><jobfamily id="1" clientcode="F">USINAGE</jobfamily>
        <location><jobLocation>{TOWN}</jobLocation></location></jobDescription></offer>"""

    return document("offers", one)


def hellowork(asked: Asked) -> Reply:
    def one(n: int) -> str:
        fields = cdata(
            job_id=f"{n}",
            title=f"Stage {n}",
            url=f"https://www.hellowork.com/fr-fr/emplois/{n}.html?utm_source=x",
            description=text(n),
            profile="Aucun diplôme.",
            address=f"{EMPLOYER},{STREET},{CODE}",
            city=TOWN.upper(),
            geoloc=f"{LATITUDE},{LONGITUDE}",
            postal_code=CODE,
            publication_date="2026-03-01 23:21:39",
            contract=contract(n),
            sector="Serv_entreprise",
            company_title=EMPLOYER,
            siret="73282932000074",
            naf_code="25.12Z",
            recruiter=f"{NAME} {MAIL} {PHONE}",
        )
        return f"<job>{fields}<benefits /></job>"

    return document("root", one)


def indeed(asked: Asked) -> Reply:
    def one(n: int) -> str:
        fields = cdata(
            title=f"Stage {n}",
            date="Sun, 01 Mar 2026 9:49:39 GMT",
            referencenumber=f"RIV-{n}",
            requisitionid=f"{n}",
            url=f"https://acme.example/jobs/{n}",
            company=EMPLOYER,
            sourcename=EMPLOYER,
            city=TOWN,
            state="Bretagne",
            country="FR",
            postalcode=CODE,
            streetaddress=STREET,
            email=MAIL,
            contact=f"{NAME} {PHONE}",
            description=text(n),
            jobtype=contract(n),
            category="Usinage",
        )
        return f"<job>{fields}</job>"

    return document("source", one, cdata(publisher="ATS", publisherurl="https://ats.example"))


def successfactors(asked: Asked) -> Reply:
    assert (asked.path, asked.query) == ("/feeds/", {"locale": "fr_FR"})

    def one(n: int) -> str:
        link = f"https://acme.example/job/Rennes-Stage-{n}/{1_397_790_900 + n}/?feedId=null&amp;utm_source=J2WRSS"
        region = "" if n % 2 else "Bretagne, "
        return f"""<item><title><![CDATA[Stage {n} (H/F) ({TOWN}, {region}FR, {CODE})]]></title>
        <description><![CDATA[{text(n)}]]></description><pubDate>Sun, 01 Mar 2026 7:00:00 GMT</pubDate>
        <author>{MAIL} ({NAME}, {PHONE})</author><link>{link}</link><guid>{link}</guid></item>"""

    items = "".join(map(one, range(COUNT)))
    return Reply(body=f"<rss version='2.0'><channel><title>Acme</title>{items}</channel></rss>".encode())


def json_ld(asked: Asked) -> Reply:
    company = {"@type": "Organization", "name": EMPLOYER}
    return Reply(json={"@context": "https://schema.org", "@graph": [*map(jobposting, range(COUNT)), company]})


USINAGE = '[feeds.offres.lookups.sector]\n"Usinage" = "s37"\n'


def hidden(answer: Callable[[Asked], Reply], more: str = "", **values: str) -> Case:
    """A system whose file stands at a secret address."""
    return Case(
        answer,
        "/h4rdly-guessable/export",
        'address = "ADDRESS"',
        COUNT,
        more=more,
        secret=True,
        values={**HERE, **values},
    )


EXPORTS = {
    "talentsoft-xml": hidden(talentsoft_xml, USINAGE, sector="s37"),
    "hellowork": hidden(hellowork, sector="s30", latitude=LATITUDE, siret="73282932000074"),
    "indeed-xml": hidden(indeed, USINAGE, sector="s37"),
    "successfactors-rss": Case(
        successfactors,
        "/feeds/?locale=fr_FR",
        'host = "acme.example"',
        COUNT,
        more=f'[feeds.offres.constants]\nemployer_name = "{EMPLOYER}"\nstreet = "{STREET}"\n{SECTOR}',
        values=HERE,
    ),
    "jobposting": hidden(
        json_ld, f"[feeds.offres.constants]\n{SECTOR}", expires_on="2026-06-01", latitude=LATITUDE, seats="2"
    ),
}
