"""`quai export` and `quai psql`, as people and other programs use them."""

from __future__ import annotations

import csv

from testing.commands import quai, told
from testing.place import take
from testing.yard import offers


def test_offers_are_exported_whole_and_then_by_what_changed(place, tmp_path):
    file = tmp_path / "offers.csv"
    take(place, offers(2))
    status, said = told(place, "export", str(file))
    assert (status, said["rows"], said["format"], said["file"]) == (0, 2, "csv", str(file))
    assert {row["reference"] for row in csv.DictReader(file.open(newline=""))} == {"R001", "R002"}
    status, out, _ = quai(place, "export", str(file), "--since", said["next_since"])
    assert (status, out.startswith(f"{file}: 2 offers changed since ")) == (0, True)
    assert f"\nNext time:  quai export FILE --since {said['next_since']}\n" in out
    assert {row["change"] for row in csv.DictReader(file.open(newline=""))} == {"opened"}
    assert told(place, "export", str(file), "--since", "2100-01-01")[1]["rows"] == 0
    for wrong in (("--since", "yesterday"), ()):
        status, out, err = quai(place, "export", str(tmp_path / ("x.csv" if wrong else "x.txt")), *wrong)
        assert (status, out) == (2, "")
        assert "is no instant" in err or ".csv or .parquet" in err


def test_psql_opens_this_places_database_ends_as_it_ends_and_looks_as_a_reader_does(place):
    assert quai(place, "psql", "--", "-Atc", "select count(*) from records") == (0, "0\n", "")
    assert (
        quai(place, "psql", "--reader", "--", "-Atc", "select name from sectors where code = 's1'")[1]
        == "Agroéquipement\n"
    )
    status, out, err = quai(place, "psql", "--reader", "--", "-Atc", "select contact_email from records")
    assert (status, out) == (1, "")
    assert "permission denied for table records" in err


def test_migrate_says_that_all_is_up_to_date(place):
    assert quai(place, "migrate")[:2] == (0, "The database is up to date.\n")
