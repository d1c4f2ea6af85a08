"""What every connector promises, as tests: subclass ConnectorContract and give a `rig` fixture."""

from __future__ import annotations

import logging
from typing import Protocol

import pytest

from connectors.source import Connector
from offers.errors import CannotCollect, Refused, Unreachable
from offers.model import Drop, VerdictKind

FIRST, SECOND = b"reference;titre\n1;Accueil\n", b"reference;titre\n1;Accueil\n2;Atelier\n"


class Rig(Protocol):
    """A partner's side that a test can arrange and look at; folders as {path inside: bytes}."""

    secrets: tuple[str, ...]

    def open(self) -> Connector: ...
    def leave(self, name: str, content: bytes) -> None: ...
    def inbox(self) -> dict[str, bytes]: ...
    def archive(self) -> dict[str, bytes]: ...
    def outbox(self) -> dict[str, bytes]: ...
    def unreachable(self) -> Connector: ...
    def refusing(self) -> Connector: ...
    def attempts(self) -> int | None:
        """How often the source was asked by `unreachable()` or `refusing()`; None where asking costs nothing."""
        ...


class ConnectorContract:
    """The promises. A source that cannot be cleared (a download, an API) overrides what does not hold for it."""

    def test_it_yields_drops_that_can_be_read_byte_for_byte(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        drops = list(rig.open().collect())
        assert [type(drop) for drop in drops] == [Drop]
        (drop,) = drops
        assert (drop.name, drop.size, drop.path.read_bytes()) == ("offres.csv", len(FIRST), FIRST)
        assert drop.arrived_at.tzinfo is not None
        assert drop.origin

    def test_a_source_with_nothing_new_yields_nothing(self, rig: Rig) -> None:
        assert list(rig.open().collect()) == []

    def test_collecting_moves_nothing_and_the_same_drop_is_offered_again(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        list(rig.open().collect())
        assert rig.inbox() == {"offres.csv": FIRST}
        assert [drop.name for drop in rig.open().collect()] == ["offres.csv"]

    @pytest.mark.parametrize("outcome", list(VerdictKind))
    def test_a_settled_drop_has_left_the_inbox_whole(self, rig: Rig, outcome: VerdictKind) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        (drop,) = connector.collect()
        connector.settle(drop, outcome)
        assert rig.inbox() == {}
        assert list(rig.archive().values()) == [FIRST]

    def test_settling_never_overwrites(self, rig: Rig) -> None:
        for content in (FIRST, SECOND, FIRST):
            rig.leave("offres.csv", content)
            connector = rig.open()
            (drop,) = connector.collect()
            connector.settle(drop, VerdictKind.ACCEPTED)
        assert sorted(rig.archive().values()) == sorted([FIRST, SECOND, FIRST])

    def test_a_drop_replaced_after_it_was_read_stays_for_the_next_run(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        (drop,) = connector.collect()
        rig.leave("offres.csv", SECOND)
        connector.settle(drop, VerdictKind.ACCEPTED)
        assert rig.inbox() == {"offres.csv": SECOND}

    def test_what_is_put_appears_under_its_name_alone_and_replaces_the_older(self, rig: Rig) -> None:
        connector = rig.open()
        connector.put("offres.retour.csv", FIRST)
        where = connector.put("offres.retour.csv", SECOND)
        assert where.endswith("offres.retour.csv")
        assert rig.outbox() == {"offres.retour.csv": SECOND}

    def test_a_name_cannot_lead_out_of_the_outbox(self, rig: Rig) -> None:
        rig.open().put("../../offres.csv", FIRST)
        assert rig.outbox() == {"offres.csv": FIRST}

    def test_unreachable_is_retried_and_then_said(self, rig: Rig) -> None:
        with pytest.raises(Unreachable):
            list(rig.unreachable().collect())
        assert rig.attempts() in (None, 3)

    def test_refused_is_not_retried(self, rig: Rig) -> None:
        with pytest.raises(Refused):
            list(rig.refusing().collect())
        assert rig.attempts() in (None, 1)

    def test_it_is_silent_about_secrets(self, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        rig.leave("offres.csv", FIRST)
        said = []
        for connector in (rig.open(), rig.refusing(), rig.unreachable()):
            said.append(repr(connector) + repr(vars(connector)))
            try:
                said += [repr(drop) for drop in connector.collect()]
            except CannotCollect as fault:
                said.append(f"{fault!r} {fault.__cause__!r} {fault.__context__!r}")
        everything = "\n".join([*said, caplog.text])
        assert not [secret for secret in rig.secrets if secret in everything]
