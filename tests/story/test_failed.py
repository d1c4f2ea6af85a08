"""A fault of Quai's own in one drop costs that drop its turn, and no other: entered, told, tried again, set aside.

The faults are the tests' own, raised inside the real story by a cleaner, a reader, the database's side or a connector.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.house import night_rows
from offers.cleaning import neat as writing
from offers.errors import CannotKeep, Unforeseen, WarehouseUnreachable
from offers.model import NOT_TAKEN, TAKEN, Counts, Decision, Delivery, Drop, Landed, VerdictKind
from operations.alerts import make
from operations.matters import matters
from operations.quarantine import release
from operations.replay import of_delivery, rehearse, replay
from operations.rows import as_row, exit_status
from testing.yard import SLUG, Yard, offer, offers

POISON = "R666"


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """From now on a cleaner raises this on drops that hold the poisoned reference."""
    sound = writing.neat

    def arm(fault: BaseException) -> None:
        def neat(values: Any, *rest: Any, **more: Any) -> Any:
            if POISON in values.to_list():
                raise fault
            return sound(values, *rest, **more)

        monkeypatch.setattr(writing, "neat", neat)

    return arm


def poison(count: int = 3) -> list[dict[str, str]]:
    return [*offers(count), offer(POISON)]


def verdicts(deliveries: list[Delivery]) -> list[str]:
    return [delivery.verdict.value for delivery in deliveries]


def told(yard: Yard) -> list[tuple[str, str]]:
    return [(matter.kind, matter.command) for matter in matters(yard.dock, {SLUG: yard.feed})]


@pytest.mark.standing(2)
@pytest.mark.parametrize(
    "fault",
    [
        OverflowError("date value out of range"),
        pytest.param(ValueError("4300 digits"), marks=pytest.mark.nightly),
        pytest.param(RecursionError(), marks=pytest.mark.nightly),
        MemoryError(),
        pytest.param(KeyError("x"), marks=pytest.mark.nightly),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_drop_that_breaks_us_is_entered_with_its_cause_and_the_next_is_read(yard, poisoned, fault):
    poisoned(fault)
    yard.leave(poison(), "a.csv")
    yard.leave(offers(4), "b.csv")
    failed, taken = yard.run()
    assert (failed.verdict, failed.counts, taken.verdict) == (VerdictKind.FAILED, Counts(), VerdictKind.ACCEPTED)
    (found,) = failed.findings
    assert found.seen.startswith(f"{type(fault).__name__} at offers/cleaning/batch.py:")
    assert "nothing withdrawn" in found.sentence
    assert str(fault) in found.sentence
    assert exit_status(as_row(failed)) == 3
    assert yard.dock.store.ledger.delivery(failed.id or 0) == failed
    assert len(yard.standing()) == 4


def test_what_the_cause_quotes_is_cut_and_shows_no_address(yard, poisoned, caplog):
    poisoned(ValueError("anne.dupont@exemple.fr \udc80\x00 " + "x" * 900 + "\n[parameters: 06 12 34 56 78]"))
    (found,) = yard.take(poison()).findings
    assert "dupont" not in found.sentence + caplog.text
    assert "06 12" not in found.sentence + caplog.text
    assert len(found.sentence) < 600


def test_its_sender_reads_in_french_that_the_fault_is_ours_and_has_nothing_to_do(yard, poisoned):
    poisoned(OverflowError("secret of the house"))
    delivery = yard.take(poison())
    page = Path(delivery.report or "").read_text(encoding="utf-8")
    for said in ("panne chez nous", "rien n’a été retiré", "Vous n’avez rien à faire", "nous sommes prévenus"):
        assert said in page
    assert "OverflowError" not in page
    assert "secret of the house" not in page
    assert '"verdict": "failed"' in (yard.inbox / "outbox" / "offres.csv.ack.json").read_text(encoding="utf-8")


def test_it_waits_for_the_next_runs_and_is_set_aside_after_its_tries(yard, poisoned):
    poisoned(OverflowError())
    path = yard.leave(poison())
    for _ in range(2):
        assert verdicts(yard.run()) == ["failed"]
        assert path.exists()
    (last,) = yard.run()
    assert not path.exists()
    assert (yard.inbox / "rejected" / "offres.csv").exists()
    assert "set aside after 3 tries" in last.findings[0].sentence
    assert yard.run() == []


def test_a_drop_that_ended_its_reader_is_unreadable_told_in_french_and_tried_as_often(yard, monkeypatch):
    monkeypatch.setattr("connectors.formats.TABLE_HERE", 10)
    path = yard.leave(offers(3))
    greedy = yard.feed.limits.model_copy(update={"memory": 1000, "tries": 2})
    (first,) = yard.run(limits=greedy)
    assert (first.verdict, first.counts, path.exists()) == (VerdictKind.UNREADABLE, Counts(), True)
    assert "more than 1 000 bytes of memory" in first.findings[0].sentence
    (back,) = (yard.inbox / "outbox").glob("*.html")
    assert "Lire ce fichier a demandé plus de mémoire ou de temps" in back.read_text()
    assert verdicts(yard.run(limits=greedy)) == ["unreadable"]
    assert not path.exists()
    assert verdicts(yard.run()) == []


def test_the_feed_says_how_often(yard: Yard, poisoned: Callable[[BaseException], None]) -> None:
    poisoned(OverflowError())
    path = yard.leave(poison())
    once = yard.feed.limits.model_copy(update={"tries": 1})
    assert verdicts(yard.run(limits=once)) == ["failed"]
    assert not path.exists()


def test_the_same_bytes_after_a_fault_that_passed_are_taken_and_never_called_unchanged(yard, poisoned, monkeypatch):
    poisoned(MemoryError())
    yard.leave(poison())
    assert verdicts(yard.run()) == ["failed"]
    monkeypatch.undo()
    assert verdicts(yard.run()) == ["accepted"]
    assert POISON in yard.standing()


def test_one_that_a_later_full_drop_overtook_is_not_tried_again(yard, poisoned, monkeypatch):
    poisoned(MemoryError())
    older = yard.leave(poison(), "a.csv")
    yard.leave(offers(4), "b.csv")
    assert verdicts(yard.run()) == ["failed", "accepted"]
    monkeypatch.undo()
    assert not older.exists()
    assert yard.run() == []
    assert POISON not in yard.standing()


def test_one_of_a_feed_that_only_adds_waits_whatever_came_later(yard, poisoned):
    poisoned(MemoryError())
    older = yard.leave(poison(), "a.csv")
    yard.leave(offers(4), "b.csv")
    assert verdicts(yard.run(scope="incremental")) == ["failed", "accepted"]
    assert older.exists()


def test_people_are_told_at_once_with_the_command_and_until_it_is_mended(yard, poisoned, monkeypatch):
    poisoned(OverflowError())
    yard.leave(poison())
    (first,) = yard.run()
    assert told(yard) == [("failed", f"quai replay {first.id}")]
    assert f"1. [failed] {SLUG}, offres.csv: a fault of Quai's own" in make(yard.dock, sending=False)["body"]
    assert night_rows(yard.dock)[0]["verdict"] == "failed"
    monkeypatch.undo()
    yard.run()
    assert "failed" in dict(told(yard))  # of last night: whoever must mend it is told
    yard.at = yard.at.replace(day=yard.at.day + 2)
    assert "failed" not in dict(told(yard))


def test_a_drop_that_broke_us_is_told_once_and_not_as_late_too_until_nothing_comes_at_all(yard, poisoned):
    promised = yard.feed.model_copy(update={"schedule": "0 4 * * *", "grace": timedelta(hours=2)})
    yard.take(offers(3))
    poisoned(OverflowError())
    yard.at += timedelta(days=1)
    yard.leave(poison())
    yard.run()
    for hours, kinds in ((3, ["failed"]), (48, ["failed", "late"])):
        yard.at += timedelta(hours=hours)
        assert [matter.kind for matter in matters(yard.dock, {SLUG: promised})] == kinds


def test_a_replay_takes_it_once_the_fault_is_mended_and_is_rehearsed_without_a_traceback(yard, poisoned, monkeypatch):
    poisoned(OverflowError())
    failed = yard.take(poison())
    plan = of_delivery(yard.dock, failed.id or 0)
    assert [row["after"]["verdict"] for row in rehearse(yard.dock, plan)] == ["failed"]
    (again,) = replay(yard.dock, plan)
    assert (again["verdict"], exit_status(again)) == ("failed", 3)
    monkeypatch.undo()
    assert [row["after"]["created"] for row in rehearse(yard.dock, plan)] == [4]
    assert [row["verdict"] for row in replay(yard.dock, plan)] == ["accepted"]
    assert verdicts(yard.run()) == ["unchanged"]  # the file that still lay in the inbox


def test_a_drop_that_a_replay_took_later_came_in_time(yard, poisoned, monkeypatch):
    tuesdays = yard.feed.model_copy(update={"schedule": "0 4 * * 2", "grace": timedelta(hours=2)})
    yard.take(offers(3))  # on a Monday
    poisoned(OverflowError())
    yard.at += timedelta(days=1)
    failed = yard.take(poison())
    monkeypatch.undo()
    replay(yard.dock, of_delivery(yard.dock, failed.id or 0))
    yard.at += timedelta(days=2)
    assert [*matters(yard.dock, {SLUG: tuesdays})] == []


@pytest.mark.standing(10)
def test_a_release_that_breaks_us_leaves_the_drop_waiting(yard, poisoned, monkeypatch):
    held = yard.take([offer(POISON)])
    assert held.verdict is VerdictKind.QUARANTINED
    poisoned(OverflowError())
    decision = Decision(held.id or 0, "anne", "confirmed", yard.at)
    assert release(yard.dock, decision).verdict is VerdictKind.FAILED
    monkeypatch.undo()
    assert release(yard.dock, decision).verdict is VerdictKind.ACCEPTED


@pytest.mark.parametrize("fault", [WarehouseUnreachable("gone"), CannotKeep("full"), KeyboardInterrupt()])
def test_what_was_foreseen_ends_the_run_as_ever(yard, poisoned, fault):
    poisoned(fault)
    path = yard.leave(poison())
    with pytest.raises(type(fault)):
        yard.run()
    assert path.exists()
    assert yard.dock.store.ledger.deliveries() == []


@pytest.mark.standing(3)
def test_a_fault_inside_the_transaction_leaves_nothing_of_it(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.store.golden.settle", _raise(ZeroDivisionError))
    assert yard.take(offers(5)).verdict is VerdictKind.FAILED
    monkeypatch.undo()
    assert len(yard.standing()) == 3
    assert verdicts(yard.run()) == ["accepted"]


@pytest.mark.parametrize("where", ["story.ingest.hand_back", "connectors.folder.put_into"])
def test_a_return_that_cannot_be_written_undoes_nothing_is_told_and_the_next_file_is_read(yard, monkeypatch, where):
    monkeypatch.setattr(where, _raise(UnicodeError))
    yard.leave(offers(3), "a.csv")
    yard.leave(offers(4), "b.csv")
    first, second = yard.run()
    assert verdicts([first, second]) == ["accepted", "accepted"]
    assert len(yard.standing()) == 4
    (entry,) = [one for one in yard.dock.store.ledger.deliveries() if one.id == first.id]
    assert [found.check for found in entry.findings] == ["return_not_written"]
    assert (entry.report, exit_status(as_row(entry))) == (None, 1)
    assert told(yard) == [("failed", f"quai replay {second.id}")]
    assert not list(yard.inbox.glob("*.csv"))
    monkeypatch.undo()
    (row,) = replay(yard.dock, of_delivery(yard.dock, second.id or 0))
    assert Path(row["report"]).exists()


def test_links_in_place_of_outbox_and_archive_are_told_and_cost_no_file_its_turn(yard: Yard, tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    for name in ("outbox", "archive"):
        (yard.inbox / name).symlink_to(elsewhere)
    for number in (1, 2):
        yard.leave(offers(3 + number), f"{number}.csv")
    deliveries = yard.run()
    assert [(one.drop, one.verdict.value, one.report) for one in deliveries] == [
        ("1.csv", "accepted", None),
        ("2.csv", "accepted", None),
    ]
    for one in deliveries:
        (found,) = [finding for finding in one.findings if finding.check == "return_not_written"]
        assert "outbox leads through a link" in found.sentence
    assert not list(elsewhere.iterdir())


def test_a_drop_that_breaks_us_before_it_is_kept_has_failed_and_the_next_is_read(yard, monkeypatch):
    from warehouse.landing import Landing

    sound = Landing.keep

    def keep(landing: Landing, drop: Drop) -> Landed:
        return _raise(ValueError)() if drop.name == "a.csv" else sound(landing, drop)

    monkeypatch.setattr(Landing, "keep", keep)
    path = yard.leave(offers(3), "a.csv")
    once = yard.feed.limits.model_copy(update={"tries": 1})
    yard.leave(offers(4), "b.csv")
    failed, taken = yard.run(limits=once)
    assert verdicts([failed, taken]) == ["failed", "accepted"]
    assert (failed.counts, exit_status(as_row(failed))) == (Counts(), 3)
    assert "its bytes could not be kept" in failed.findings[0].sentence
    assert told(yard) == [("failed", f"quai ingest {SLUG}")]
    assert (path.exists(), (yard.inbox / "rejected" / "a.csv").exists()) == (False, True)
    monkeypatch.undo()
    yard.leave(offers(3), "a.csv")
    assert verdicts(yard.run(scope="incremental")) == ["accepted"]


def test_a_drop_that_cannot_be_cleared_away_stands_as_decided_is_told_as_failed_and_the_next_is_read(yard, monkeypatch):
    from connectors.folder import FolderConnector

    sound = FolderConnector.settle

    def settle(connector: FolderConnector, drop: Drop, outcome: VerdictKind) -> None:
        (_raise(KeyError) if drop.name == "a.csv" else sound)(connector, drop, outcome)

    monkeypatch.setattr(FolderConnector, "settle", settle)
    path = yard.leave(offers(3), "a.csv")
    yard.leave(offers(4), "b.csv")
    first, broken, second = yard.run()
    assert verdicts([first, broken, second]) == ["accepted", "failed", "accepted"]
    assert f"decided as delivery {first.id} stands" in broken.findings[0].sentence
    assert (exit_status(as_row(broken)), broken.counts) == (3, Counts())
    assert yard.dock.store.ledger.delivery(broken.id or 0) == broken
    assert len(yard.standing()) == 4
    assert told(yard) == [("failed", f"quai ingest {SLUG}")]
    monkeypatch.undo()
    assert path.exists()


@pytest.mark.parametrize("where", ["warehouse.landing.Landing.keep", "connectors.folder.FolderConnector.settle"])
def test_the_disk_that_fails_while_a_drop_is_kept_or_cleared_ends_the_run(yard, monkeypatch, where):
    monkeypatch.setattr(where, _raise(CannotKeep))
    yard.leave(offers(3))
    with pytest.raises(CannotKeep):
        yard.run()


def test_a_fault_outside_any_drop_is_a_failure_with_a_name_and_a_place(yard, monkeypatch):
    monkeypatch.setattr("connectors.folder.FolderConnector.collect", _raise(KeyError))
    with pytest.raises(Unforeseen, match=r"KeyError: 'ours', at connectors/source.py:\d+"):
        yard.run()
    assert told(yard) == [("failed", f"quai ingest {SLUG}")]


def test_every_verdict_is_one_or_the_other() -> None:
    assert {*TAKEN, *NOT_TAKEN} == set(VerdictKind)
    assert not {*TAKEN} & {*NOT_TAKEN}


def _raise(kind: type[Exception]) -> Callable[..., Any]:
    def broken(*_: Any, **__: Any) -> Any:
        raise kind("ours")

    return broken
