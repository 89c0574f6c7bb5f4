"""What the model knows: numbers, lists, stays, plans and holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
NEVER, STILL = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
State = tuple[str, str | None, str | None]

DEVICE = ("Used", "Device", "AudioCodes")
AVAILABLE = ("Available", None, None)
DEFAULTS = {
    "audiocodes_cooling_duration": 2,
    "number_inventory_cooling_enabled": 0,
    "number_inventory_cooling_duration_days": 30,
    "pull_sync_delete_threshold_audiocodes": 10,
    "pull_sync_delete_threshold_audiocodes_percent": 10,
    "pull_sync_delete_threshold_audiocodes_overall": 50,
    "pull_sync_delete_threshold_audiocodes_overall_percent": 5,
    "audiocodes_consecutive_misses": 1,
    "audiocodes_list_max_age_hours": 24,
}
REMOVALS = ("cool", "free")


class Refused(Exception):
    """A rule forbids it; nothing was changed."""


@dataclass(frozen=True)
class Number:
    """The one row of a number."""

    node: str
    state: State = AVAILABLE
    until: datetime | None = None

    @property
    def status(self) -> str:
        return self.state[0]


@dataclass
class Listing:
    """One list: (number, SBC, active); a purge is a list of nothing."""

    as_of: datetime
    users: frozenset[tuple[str, str, bool]]
    rules: str = ""  # by which it was read
    purge: bool = False
    judged: bool = False

    def count(self, sbc: str | None = None) -> int:
        """How many numbers it has, of one SBC or of each."""
        return len({user[:2] for user in self.users if sbc in (None, user[1])})


@dataclass(frozen=True)
class Stay:
    """A time in which a number was listed: until the list that first lacked it, or still."""

    connection: str
    sbc: str
    active: bool
    until: datetime | None


@dataclass
class Connection:
    node: str
    lists: list[Listing] = field(default_factory=list)
    purged: datetime | None = None

    @property
    def newest(self) -> Listing | None:
        return self.lists[-1] if self.lists else None

    @property
    def read(self) -> datetime:
        return self.lists[-1].as_of if self.lists else NEVER

    @property
    def heard(self) -> datetime:
        """Up to when its lists say who is not there: one that never had anybody does not."""
        return self.read if any(listing.users for listing in self.lists) else NEVER

    def absent(self, instant: datetime) -> datetime:
        """From when on what a list lacked is absent: the first list since that was judged."""
        judged = (listing.as_of for listing in self.since(instant) if listing.judged)
        return next(judged, instant)

    @property
    def unjudged(self) -> bool:
        return bool(self.lists) and not self.lists[-1].judged and self.purged is None

    def since(self, instant: datetime) -> list[Listing]:
        return [listing for listing in self.lists if listing.as_of >= instant]


@dataclass
class Change:
    kind: str
    number: str
    sbc: str | None
    before: State | None
    until: datetime | None = None
    status: str = "open"


@dataclass
class Plan:
    connection: str
    as_of: datetime
    listing: Listing | None
    changes: list[Change] = field(default_factory=list)
    status: str = "open"
    applied: bool = False
    removals: int = 0
    removed: int = 0
    verdicts: dict[str | None, tuple[str, int]] = field(default_factory=dict)
    decision: tuple[str, datetime] | None = None
    accepted: datetime | None = None  # the list that its approval was carried out on
    decided: bool = False  # it carries out an approval
    known: int = 0  # of a purge: how many lists there were when it was proposed

    def removing(self, *statuses: str) -> set[str]:
        return {c.number for c in self.changes if c.kind in REMOVALS and c.status in statuses}


@dataclass
class Hold:
    connection: str
    sbc: str | None
    rule: str
    since: datetime
    plan: Plan
    until: datetime | None = None


def related(one: str, other: str) -> bool:
    """One hierarchy node is the other, above it or below it."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
