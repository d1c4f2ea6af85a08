"""`quai offers`, `quai offer` and `quai replay --all`, as people and other programs use them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from testing.commands import quai, told
from testing.place import take
from testing.yard import SLUG, offers


def test_an_offer_is_hidden_listed_looked_at_and_lifted_and_a_changed_rule_is_told_of_its_feed(place):
    take(place, offers(2))
    _, life = told(place, "offer", f"{SLUG}:R001")
    number = str(life["offer"])
    (record,) = life["records"]
    assert (record["feed"], record["reference"], record["delivery"], record["line"]) == (SLUG, "R001", 1, 2)
    status, out, _ = quai(place, "offers", "hide", number, "--reason", "false offer", "--by", "anne")
    assert (status, out) == (0, f"Offer {number} is hidden. To put it back:  quai offers lift {number}\n")
    _, out, _ = quai(place, "offer", number)
    assert ", open, hidden\n" in out
    assert "hidden    by anne: « false offer »" in out
    assert f"{SLUG}:R001  stands (delivery 1, offres.csv, line 2)" in out
    _, said = told(place, "offers", "list")
    hidden = datetime.fromisoformat(said["offers"][0]["hidden_at"])
    assert (said["offers"][0]["hidden_at"][10], hidden.utcoffset()) == ("T", timedelta(0))
    status, out, _ = quai(place, "offers", "list", "--hidden")
    at = hidden.astimezone(ZoneInfo("Europe/Paris"))
    assert (status, f"hidden {at:%Y-%m-%d %H:%M} (Paris) by anne: « false offer »" in out) == (0, True)
    assert quai(place, "offers", "list", "--lifted")[1] == "No offer was put back.\n"
    _, checks = told(place, "doctor")
    assert [check["state"] for check in checks["checks"] if check["part"] == "hidden offers"] == ["sound"]
    status, said = told(place, "offers", "lift", number, "--reason", "corrected")
    assert (status, said["lifted"]) == (0, [int(number)])
    assert quai(place, "offers", "lift", number)[0] == 2
    assert quai(place, "replay", "--all")[0] == 2
    assert quai(place, "replay", "--all", "--dry-run")[:2] == (
        0,
        f"{SLUG}  delivery 1, offres.csv: nothing would change\n"
        "Nothing was loaded. A feed is run again with:  quai replay DELIVERY\n",
    )
    toml = Path(place["QUAI_PARTNERS"]) / "ateliers.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace(
            "[feeds.offres.mapping]", '[feeds.offres.constants]\nseats = "2"\n[feeds.offres.mapping]'
        ),
        encoding="utf-8",
    )
    status, out, _ = quai(place, "replay", "--all", "--dry-run")
    assert (status, "0 created, 2 updated, 0 withdrawn, +0 rejected, +0 repaired" in out) == (1, True)
