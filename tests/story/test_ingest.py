"""The main job: one drop in, every line accounted for."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import pytest

from offers.feed import Limits
from offers.model import Counts, VerdictKind
from operations.ingest import handed_in, ingest
from testing.yard import Yard, offer, offers, table

ACCEPTED, QUARANTINED = VerdictKind.ACCEPTED, VerdictKind.QUARANTINED
UNCHANGED, UNREADABLE = VerdictKind.UNCHANGED, VerdictKind.UNREADABLE


def test_a_first_drop_creates_every_sound_line(yard: Yard) -> None:
    delivery = yard.take(offers(5))
    assert delivery.verdict is ACCEPTED
    assert delivery.counts == Counts(read=5, created=5, repaired=delivery.counts.repaired)
    assert len(yard.standing()) == 5


def test_nothing_that_a_run_leaves_is_for_others_and_a_partner_s_group_may_fetch_its_returns(yard: Yard) -> None:
    before = set(yard.home.rglob("*"))
    outbox = yard.inbox / "outbox"
    outbox.mkdir()
    outbox.chmod(0o2750)  # as deploy/sftp makes it
    yard.take([*offers(3), offer("R004", CP="7500")])
    made = {path: S_IMODE(path.stat().st_mode) for path in yard.home.rglob("*") if path not in before}
    moved = {path for path in made if path.parent.name == "archive"}  # with the mode that the partner gave it
    assert {mode & 0o027 for path, mode in made.items() if path not in moved} == {0}
    assert {oct(made[path]) for path in outbox.iterdir()} == {"0o640"}
    assert len(list((yard.home / "landing").rglob("*"))) == 6


@pytest.mark.standing(5)
def test_the_same_offers_in_other_bytes_change_nothing(yard: Yard) -> None:
    delivery = yard.take(list(reversed(offers(5))))
    assert delivery.verdict is ACCEPTED
    assert (delivery.counts.unchanged, delivery.counts.created, delivery.counts.updated) == (5, 0, 0)


def test_the_same_bytes_again_are_a_delivery_unchanged(yard: Yard) -> None:
    yard.take([*offers(4), offer("R009", CP="7500")])
    yard.leave([*offers(4), offer("R009", CP="7500")], "autre-nom.csv")
    (delivery,) = yard.run()
    assert delivery.verdict is UNCHANGED
    assert (delivery.counts.read, delivery.counts.unchanged, delivery.counts.rejected) == (5, 4, 1)
    told = (yard.inbox / "outbox" / "autre-nom.csv.retour.csv").read_text(encoding="utf-8-sig")
    assert "7500" in told


def test_a_partner_who_sends_a_then_b_then_a_again_is_taken_at_her_word(yard: Yard) -> None:
    first, second = offers(5), [offer("R001", Ville="Lyon 3e"), *offers(5)[1:]]
    changed = [offer("R001", Adresse="14 rue des Forges"), *offers(5)[1:]]
    assert second != first
    yard.take(first)
    yard.take(changed)
    assert yard.take(first).counts.updated == 1


@pytest.mark.standing(3)
def test_a_corrected_mapping_examines_the_same_bytes_anew(yard: Yard) -> None:
    again = yard.take(offers(3), constants={"seats": "2"})
    assert (again.verdict, again.counts.updated) == (ACCEPTED, 3)


def test_only_the_corrected_line_changes(yard: Yard) -> None:
    yard.take([*offers(4), offer("R005", CP="7500")])
    delivery = yard.take([*offers(4), offer("R005")])
    assert (delivery.counts.created, delivery.counts.unchanged, delivery.counts.rejected) == (1, 4, 0)


@pytest.mark.standing(10)
def test_a_truncated_drop_withdraws_nothing(yard: Yard) -> None:
    delivery = yard.take(offers(4))
    assert delivery.verdict is QUARANTINED
    assert delivery.counts.withdrawn == 0
    assert any("6 of the 10" in finding.sentence for finding in delivery.findings)
    assert len(yard.standing()) == 10


@pytest.mark.standing(10)
def test_offers_that_ended_are_withdrawn(yard: Yard) -> None:
    delivery = yard.take(offers(8))
    assert (delivery.verdict, delivery.counts.withdrawn) == (ACCEPTED, 2)
    assert len(yard.standing()) == 8


PARTIAL = {"fewer than announced": {"announced": 10}, "not all could be fetched": {"complete": False}}


@pytest.mark.standing(10)
@pytest.mark.parametrize("kind", PARTIAL)
def test_what_an_incomplete_drop_spared_is_withdrawn_when_the_same_bytes_come_complete(yard: Yard, kind: str) -> None:
    eight = handed_in(yard.feed, yard.leave(offers(8)))
    partial, whole, again = (
        ingest(yard.feed, yard.dock, drops=(replace(eight, **said),))[0] for said in (PARTIAL[kind], {}, {})
    )
    assert (partial.verdict, partial.counts.withdrawn) == (ACCEPTED, 0)
    assert (whole.verdict, whole.counts.unchanged, whole.counts.withdrawn) == (ACCEPTED, 8, 2)
    assert again.verdict is UNCHANGED
    assert len(yard.standing()) == 8


def test_what_a_server_says_of_the_encoding_reaches_the_reader(yard: Yard) -> None:
    drop = handed_in(yard.feed, yard.leave(table(offers(5)).decode("utf-8-sig").encode("cp850")))
    guessed, told = (ingest(yard.feed, yard.dock, drops=(replace(drop, encoding=said),))[0] for said in (None, "cp850"))
    assert "encoding_guessed" in [one.check for one in guessed.findings]
    assert told.verdict is UNCHANGED  # the same bytes, read as they were
    assert yard.dock.landing.encoding(told.sha256) == "cp850"
    other = yard.feed.model_copy(update={"title": "Another"})
    again = ingest(other, yard.dock, drops=(drop,))[0]
    assert (again.verdict, again.counts.unchanged) == (ACCEPTED, 5)
    assert "encoding_guessed" not in [one.check for one in again.findings]


@pytest.mark.standing(10)
def test_an_offer_that_returns_is_created_again(yard: Yard) -> None:
    yard.take(offers(9))
    delivery = yard.take(offers(10))
    assert (delivery.counts.created, delivery.counts.unchanged) == (1, 9)
    assert len(yard.standing()) == 10


@pytest.mark.standing(3)
def test_a_line_that_is_now_refused_leaves_what_stood(yard: Yard) -> None:
    delivery = yard.take([*offers(2), offer("R003", CP="7500")])
    assert (delivery.counts.rejected, delivery.counts.withdrawn) == (1, 0)
    assert yard.standing() == {"R001", "R002", "R003"}


def test_an_incremental_feed_withdraws_nothing(yard: Yard) -> None:
    yard.take(offers(10), scope="incremental")
    delivery = yard.take([offer("R011")], scope="incremental")
    assert (delivery.verdict, delivery.counts.created, delivery.counts.withdrawn) == (ACCEPTED, 1, 0)
    assert len(yard.standing()) == 11


def test_the_last_line_of_a_repeated_reference_wins_and_the_others_are_told(yard: Yard) -> None:
    delivery = yard.take([*offers(3), offer("R002", Adresse="1 place Neuve")])
    assert (delivery.counts.repeated, delivery.counts.created) == (1, 3)
    repeated = yard.dock.store.ledger.repeated(delivery.id or 0)
    assert repeated.to_dict("records") == [{"line": 3, "reference": "R002", "kept_line": 5}]


def test_a_filtered_line_is_ignored_by_reason(yard: Yard) -> None:
    delivery = yard.take([*offers(3), offer("R004", Type="CDI")])
    assert (delivery.counts.ignored, delivery.counts.created) == (1, 3)
    assert yard.dock.store.ledger.ignored(delivery.id or 0).to_dict("records") == [
        {"line": 5, "reason": "not_a_placement"}
    ]


@pytest.mark.standing(10)
def test_a_withdrawn_share_that_the_feed_allows_is_accepted(yard: Yard) -> None:
    delivery = yard.take(offers(4), limits=Limits(withdrawn_share=0.7))
    assert (delivery.verdict, delivery.counts.withdrawn) == (ACCEPTED, 6)


BAD_DROPS = {
    "empty file": (b"", UNREADABLE),
    "header only": (table([]), QUARANTINED),
    "cut within a letter": (table(offers(5)) + "R6;é".encode()[:-1], QUARANTINED),
    "gzip of nothing": (gzip.compress(b""), UNREADABLE),
    "html instead": (b"<!DOCTYPE html><html><body>503</body></html>", UNREADABLE),
    "another feed's file": (b"a;b\n1;2\n3;4\n", QUARANTINED),
    "all lines refused": (table(offers(4, CP="7500")), QUARANTINED),
    "zip bomb": (gzip.compress(b"0" * 60_000_000), UNREADABLE),
}


@pytest.mark.parametrize("kind", BAD_DROPS)
def test_a_bad_drop_changes_nothing_and_says_why(yard: Yard, kind: str) -> None:
    """One clear sentence, the bytes kept, what stands untouched."""
    content, verdict = BAD_DROPS[kind]
    yard.take(offers(5))
    delivery = yard.take(content)
    assert delivery.verdict is verdict
    assert delivery.findings
    assert all(len(finding.sentence) > 40 for finding in delivery.findings)
    assert len(yard.standing()) == 5
    assert Path(yard.dock.landing.fetch(delivery.sha256)).read_bytes() == content
    assert (yard.inbox / "rejected" / "offres.csv").exists()
    assert (yard.inbox / "outbox" / "offres.csv.retour.html").exists()


def test_a_drop_over_its_limits_is_unreadable(yard: Yard) -> None:
    delivery = yard.take(offers(5), limits=Limits(rows=4))
    assert delivery.verdict is UNREADABLE
    assert "limits.rows" in delivery.findings[0].sentence


def test_the_ledger_wins_when_the_move_fails(yard: Yard) -> None:
    (yard.inbox / "archive").write_text("a file where a folder should be")
    yard.leave(offers(3))
    with pytest.raises(Exception, match="archive"):
        yard.run()
    assert len(yard.standing()) == 3
    (yard.inbox / "archive").unlink()
    (again,) = yard.run()
    assert again.verdict is UNCHANGED


def test_every_line_is_explained_by_exactly_one_count(yard: Yard) -> None:
    rows = [
        *offers(6),
        offer("R002"),
        offer("R008", Type="CDI"),
        offer("R009", Secteur="Dragons"),
        offer("R010", CP=""),
    ]
    delivery = yard.take(rows)
    store, number = yard.dock.store, delivery.id or 0
    told = [
        *store.ledger.rejections(number)["line"].unique(),
        *store.ledger.ignored(number)["line"],
        *store.ledger.repeated(number)["line"],
    ]
    assert len(told) == len(set(told)) == delivery.counts.rejected + delivery.counts.ignored + delivery.counts.repeated
    assert delivery.counts.read == len(rows)


def test_the_drops_of_a_run_are_taken_oldest_first_and_each_is_a_delivery(yard: Yard) -> None:
    import os

    for place, name in enumerate(("b.csv", "a.csv")):
        path = yard.leave(offers(3 + place), name)
        os.utime(path, (1_700_000_000 + place, 1_700_000_000 + place))
    assert [delivery.drop for delivery in yard.run()] == ["b.csv", "a.csv"]
