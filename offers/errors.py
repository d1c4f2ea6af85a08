"""What can break. Bad data is a value (a rejection, a finding); broken plumbing is one of these.

    QuaiError
      FeedMisconfigured      a person must correct a TOML file or a setting
      CannotCollect          the drop could not be fetched
        Unreachable            worth retrying: time-outs, resets, 5xx, a server that is down
        Refused                credentials, rights, host key: retrying will not help
          LedAway                a link in place of a folder of the inbox, which is not followed
      Unreadable             the drop is not what the feed says it is; its bytes are kept
        ReaderEnded            who read it took more memory or time than the feed grants, or broke off
      Busy                   another run of the same feed is under way
      WarehouseUnreachable   the database does not answer, or broke off: worth retrying
      Declined               what was asked would do harm or comes too late, as things stand; nothing was changed
      CannotTell             an alert could not be sent; it is tried again with the next
      CannotKeep             the landing cannot keep a drop's bytes: disk, rights, or a damaged copy
      Unforeseen             a fault of Quai's own outside any one drop; of one drop, it is the verdict `failed`
      Overtaken              another run entered a delivery of the feed since this one looked: it looks again

Each message says where, what was seen, what was expected and what to do, in English; no message holds a secret.
"""

from offers.text import discreet, one_line, visible


class QuaiError(Exception):
    """The root: `except QuaiError` catches all that Quai itself raises. It is told on one line, whatever it quotes."""

    def __str__(self) -> str:
        """The message."""
        return one_line(discreet(super().__str__()))


class FeedMisconfigured(QuaiError):
    """A person must correct a TOML file or a setting; the message names the file, the key and what is allowed, a line
    for each fault."""

    def __str__(self) -> str:
        """The message, in its own lines."""
        return visible(discreet(Exception.__str__(self)))


class CannotCollect(QuaiError):
    """The drop could not be fetched from where the partner leaves it."""


class Unreachable(CannotCollect):
    """The source did not answer, or broke off: worth retrying."""


class Refused(CannotCollect):
    """The source answered no (credentials, rights, host key): retrying will not help."""


class LedAway(Refused):
    """A link lies in place of a folder beside an inbox's files. It is not followed, and costs no drop its turn."""


class Unreadable(QuaiError):
    """The drop is not what the feed says it is. The delivery is `unreadable`; the bytes are kept.

    `fields`: what its finding has beside the message: what the bytes look like (`looks`), or why they cannot be read
    (`cause`) and where (`line`, `column`).
    """

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.fields = fields


class ReaderEnded(Unreadable):
    """The process that read the drop was ended, for its memory or its time, or broke off. It harmed nothing else."""


class Busy(QuaiError):
    """Another run of this feed holds its lock; two runs of one feed never overlap."""


class WarehouseUnreachable(QuaiError):
    """The database does not answer, refuses us or broke off; nothing of the transaction remains. Worth retrying."""


class CannotKeep(QuaiError):
    """The landing cannot keep or find a drop's bytes: a full disk, missing rights, a copy that is not its checksum."""


class Overtaken(QuaiError):
    """Another delivery of the feed was entered since what stands was read. Nothing was written; look again."""


class Declined(QuaiError):
    """What was asked would do harm or comes too late, as things stand. Nothing was changed; the message says why."""


class CannotTell(QuaiError):
    """An alert could not be sent. The message says which of the addresses, never the address itself."""


class Unforeseen(QuaiError):
    """A fault of Quai's own that nobody foresaw, and that is no single drop's. The message says where in the code."""
