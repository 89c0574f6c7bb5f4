"""Why a number is as it is, in one sentence made of evidence: events, lists and holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from include.inventory.instants import written

Number = dict[str, Any]
Event = dict[str, Any]

DAY = timedelta(days=1)
# What events of these causes leave as it was: the status and who holds the number.
ASIDE = ("edit", "move")


@dataclass(frozen=True)
class Stay:
    """A time in which an SBC node listed a number; its end is None where it still does.

    ``rests_until`` is when the days of cooling that its end begins are over, or those from
    ``held_until`` on, the end of the last hold in which the number may have been there unseen; None
    where no release is waited for.
    """

    connection: str
    node: str
    aor: str
    active: bool
    online_from: datetime
    online_to: datetime | None
    rests_until: datetime | None = None
    held_until: datetime | None = None

    @property
    def place(self) -> str:
        """The SBC node, or the connection where its lists name none."""
        return self.node or self.connection


@dataclass(frozen=True)
class Source:
    """A connection that could list a number: when it was read last, and what of it is held.

    ``held_node`` is None for the whole connection, and ``held_since`` where nothing is held.
    """

    connection: str
    read_at: datetime | None
    held_node: str | None
    held_since: datetime | None
    clears: str | None
    reason: str | None


@dataclass(frozen=True)
class Evidence:
    """Where a number has been listed, the newest stay first, and what its sources are worth."""

    stays: Sequence[Stay]
    sources: Sequence[Source]

    @property
    def online(self) -> list[Stay]:
        """The stays that go on; active registrations first."""
        open_now = [stay for stay in self.stays if stay.online_to is None]
        return sorted(open_now, key=lambda stay: not stay.active)

    @property
    def held(self) -> list[Source]:
        """What is distrusted near the number: its removal and its release wait for that."""
        return [source for source in self.sources if source.held_since is not None]


def why(number: Number, evidence: Evidence, now: datetime) -> str:
    """One sentence on a number as `numbers.show` returns it, and the evidence for it."""
    say = _SAYS.get(number["status"], _deleted)
    return f"{say(number, evidence, now)}."


def entered(number: Number) -> Event | None:
    """The event by which a number came into its state; None where the history has none."""
    for event in reversed(number["history"]):
        if event["cause"] not in ASIDE:
            return event if event["to"]["status"] == number["status"] else None
    return None


def _deleted(number: Number, evidence: Evidence, _now: datetime) -> str:
    history = number["history"]
    last = history[-1] if history else None
    if last is not None and last["cause"] == "move":
        to = (last["detail"] or {}).get("to_hierarchy", "another node")
        return f"Moved to {to} on {_at(last['as_of'])} by {_by(last)}"
    told = "Deleted" if last is None else f"Deleted on {_at(last['as_of'])} by {_by(last)}"
    if last is not None and last["from"]["status"]:
        told += f"; it was {last['from']['status']}"
    return told + _although(evidence, "yet")


def _available(number: Number, evidence: Evidence, _now: datetime) -> str:
    event = entered(number)
    told = "Available"
    if event is not None:
        told += f" since {_at(event['as_of'])}{_freed(number, event, evidence)}"
    if not evidence.stays:
        told += "; no list has ever had it"
    told += _although(evidence, "but")
    return told + ("; the next sync takes it as Used" if _active(evidence) else "")


def _freed(number: Number, event: Event, evidence: Evidence) -> str:
    """How a number became Available, to be read behind when it did."""
    by, cause = _by(event), event["cause"]
    if cause == "release":
        return f": released after cooling{_days_of(number, event)}"
    if cause == "free":
        return f", when {_stopped(evidence, event)}: its cooling lasts 0 days"
    told = {
        "import": f": imported by {by}",
        "add": f": added by {by}",
        "reservation over": ": its reservation was over",
        "unreserve": f", when {by} ended its reservation",
        "end cooling": f", when {by} ended its cooling",
        "unassign": f", when {by} unassigned it: numbers do not cool at its node",
    }
    return told.get(cause, f": {cause} by {by}") + _because(event)


def _days_of(number: Number, released: Event) -> str:
    """How long a number cooled before it was released, where the history says so."""
    until = (released["detail"] or {}).get("from_release_date")
    begun = None
    for event in number["history"]:
        if event is released:
            break
        if event["to"]["status"] == "Cooling" and event["from"]["status"] != "Cooling":
            begun = event["as_of"]
    if until is None or begun is None:
        return ""
    return f" {_days(datetime.fromisoformat(until) - begun)}"


def _used(number: Number, evidence: Evidence, now: datetime) -> str:
    if number["vendor"] == "AudioCodes":
        return _used_by_device(number, evidence, now)
    event = entered(number)
    holder = " / ".join(filter(None, (number["vendor"], number["usage"], number.get("subscriber"))))
    told = f"{number['status']} by {holder}"
    if event is not None:
        told += f" since {_at(event['as_of'])}: {_done(event)} by {_by(event)}{_because(event)}"
    conflict = _active(evidence)
    return told + (f"; a conflict, for {_lists(conflict)}" if conflict else "")


def _used_by_device(number: Number, evidence: Evidence, _now: datetime) -> str:
    online = evidence.online
    if online:
        quiet = "" if online[0].active else ", although that registration is not active"
        return f"Used by AudioCodes: {_lists(online)}{quiet}"
    event = entered(number)
    if not evidence.stays:
        since = "" if event is None else f" since {_at(event['as_of'])}: {_done(event)}"
        return f"Used by AudioCodes{since}; no list has had it yet"
    last = evidence.stays[0]
    told = f"Used by AudioCodes, although {last.place} stopped listing {last.aor} on "
    told += _at(last.online_to)
    mine = [one for one in evidence.held if one.connection == last.connection]
    exact = [one for one in mine if one.held_node in (None, last.node)]
    if exact:
        return f"{told}; its removal is withheld because {_distrusted(exact[0])}"
    return f"{told}; it cools once enough lists in a row lack it"


def _reserved(number: Number, evidence: Evidence, now: datetime) -> str:
    event = entered(number)
    told = "Reserved"
    if event is not None:
        told += f" since {_at(event['as_of'])} by {_by(event)}{_because(event)}"
    if number["reservation_notes"]:
        told += f" ({number['reservation_notes']})"
    return told + "; " + _ending(number, evidence, now, until="reserved until")


def _cooling(number: Number, evidence: Evidence, now: datetime) -> str:
    event = entered(number)
    told = "Cooling"
    if event is not None:
        told += f" since {_at(event['as_of'])}, {_cooled(event, evidence)}"
    return told + "; " + _ending(number, evidence, now, until="released on")


def _cooled(event: Event, evidence: Evidence) -> str:
    """How a number began to cool, to be read behind when it did."""
    if event["plan"] is not None:
        approved = (event["detail"] or {}).get("approved_because")
        told = f"when {_stopped(evidence, event)}"
        return told + (f", which {_by(event)} approved: {approved}" if approved else "")
    ways = {
        "import": f"imported so by {_by(event)}",
        "unassign": f"when {_by(event)} unassigned it",
        "cool": f"when {_by(event)} let it cool",
    }
    return ways.get(event["cause"], f"{event['cause']} by {_by(event)}") + _because(event)


def _ending(number: Number, evidence: Evidence, now: datetime, *, until: str) -> str:
    """When a number is released, and what could keep it, or does."""
    due = number["release_date"]
    if due is None:
        return "until somebody ends it"
    longer = _rests_longer(evidence, due)
    ready = longer.rests_until if longer and longer.rests_until else due
    kept = _kept(evidence, ready, now)
    again = _rests_as(longer) if longer else ""
    if ready <= now:
        late = f"it was to be released on {_at(ready)}{again}"
        return f"{late}, but {kept}" if kept else f"{late}: the next run of release_numbers does so"
    told = f"{until} {_at(ready)}"
    if kept:
        return f"{told}{again}, but not while {kept}"
    return f"{told} if still absent then{again}" if evidence.stays else told


def _rests_as(stay: Stay) -> str:
    """Why a stay lets a number rest until after its release date."""
    if stay.held_until is not None:
        return f", as a hold of where it could have been ended on {_at(stay.held_until)}"
    return f", as {stay.place} listed it until {_at(stay.online_to)}"


def _rests_longer(evidence: Evidence, due: datetime) -> Stay | None:
    """The stay whose end a number rests from until after its release date; None without one."""
    rests = [(one.rests_until, one) for one in evidence.stays if one.rests_until is not None]
    until, stay = max(rests, key=lambda rest: rest[0], default=(due, None))
    return stay if until > due else None


def _kept(evidence: Evidence, due: datetime, now: datetime) -> str | None:
    """What keeps a number that a device ever had from being released, as far as one can see."""
    if not evidence.stays:
        return None
    if evidence.online:
        return _lists(evidence.online)
    if evidence.held:
        return _distrusted(evidence.held[0])
    for source in evidence.sources:
        if due <= now and (source.read_at is None or source.read_at < due):
            read = "has not been read" if source.read_at is None else "was last read on "
            return f"{source.connection} {read}{_at(source.read_at) if source.read_at else ''}"
    return None


def _distrusted(source: Source) -> str:
    scope = source.held_node or source.connection
    since = _at(source.held_since)
    told = f"the list of {scope} is distrusted since {since}"
    if source.reason is not None:
        told += f": {source.reason}"
    return told + (f"; what ends that is {source.clears}" if source.clears else "")


def _active(evidence: Evidence) -> list[Stay]:
    """The stays that go on, and whose registration is active."""
    return [stay for stay in evidence.online if stay.active]


def _although(evidence: Evidence, word: str) -> str:
    """That it is listed all the same; nothing where it is not."""
    return f"; {word} {_lists(evidence.online)}" if evidence.online else ""


def _lists(online: Sequence[Stay]) -> str:
    """Who lists a number as what since when, the first of them in full."""
    first = online[0]
    others = f" (and {len(online) - 1} more)" if len(online) > 1 else ""
    return f"{first.place} lists it as {first.aor} since {_at(first.online_from)}{others}"


def _stopped(evidence: Evidence, event: Event) -> str:
    """Which list lacked a number first, before an event that is owed to that."""
    ended = [stay for stay in evidence.stays if stay.online_to and stay.online_to <= event["as_of"]]
    if not ended:
        return str((event["detail"] or {}).get("reason") or "no list had it")
    last = max(ended, key=lambda stay: stay.online_to or stay.online_from)
    told = f"{last.place} stopped listing {last.aor}"
    late = last.online_to != event["as_of"]
    return f"{told} (on {_at(last.online_to)})" if late else told


def _done(event: Event) -> str:
    """What an event's cause did to the number, as a participle."""
    done = {"assign": "assigned", "import": "imported", "mark utility": "marked"}
    return done.get(event["cause"], str(event["cause"]))


def _because(event: Event) -> str:
    reason = (event["detail"] or {}).get("reason")
    return f" ({reason})" if reason else ""


def _by(event: Event) -> str:
    """Who it was: a user's name without the way that it came, or the DAG."""
    return str(event["actor"]).removeprefix("api:").removeprefix("terminal:")


def _days(length: timedelta) -> str:
    count = round(length / DAY, 1)
    return "1 day" if count == 1 else f"{count:g} days"


def _at(when: datetime | None) -> str:
    return "an unknown time" if when is None else written(when)


_SAYS: dict[str | None, Callable[[Number, Evidence, datetime], str]] = {
    "Available": _available,
    "Used": _used,
    "Used-Utility": _used,
    "Reserved": _reserved,
    "Cooling": _cooling,
}
