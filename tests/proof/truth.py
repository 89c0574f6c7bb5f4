"""What is really so, kept apart from the model: the safety that everything exists for.

The script knows which phone is registered where, which lists told it, and which were faulty. From
that alone it says when the pipeline has freed a number that it must not:

A number that a phone is registered with at an SBC of a connection, since an instant, may become
Available only where one of these is so.

1. *Unread*: no list of the connection for that instant or a later one has been delivered; or none
   of any connection has ever told the number: then it only ends a reservation, or the cooling of a
   subscriber's number, on its date.
2. *Hidden unnoticeably*: lists since then lack it, and the newest of them is no gross fault. Where
   one of them has told it, those after the last that did have lacked it for the whole cooling
   period, and both ends of that period are lists without a gross fault.
3. *Decided*: a person approved what vanished there (or its removal, or the purge of the
   connection) after the last list that told it. Such decisions are counted.

A *gross* fault is one that can be noticed: a list of nothing from a connection that has listed
somebody, or one without a whole SBC, of whose phones one was told there before, has not left since,
and was taken into the inventory. A fault that hides a few phones of many, or repeats an older list,
cannot be noticed by anybody: it only counts as evidence of absence once it lasts.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Told:
    """A delivered list: what it says, what was so, and what was made of it."""

    as_of: datetime
    says: dict[str, str]  # the SBC of each number
    fault: str  # '', or what was done to it
    dark: frozenset[str]  # SBCs that it hides


@dataclass
class Truth:
    """Who is registered where, and since when; what was told of it, and what was decided."""

    where: dict[str, dict[str, tuple[str, datetime]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    told: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    taken: set[tuple[str, datetime]] = field(default_factory=set)  # lists whose plan was applied
    decided: dict[tuple[str, str | None], datetime] = field(default_factory=dict)
    excuses: list[str] = field(default_factory=list)  # why what is registered may be freed
    unmanned: frozenset[str] = frozenset()  # numbers that people leave alone

    def registers(self, number: str, connection: str, sbc: str, at: datetime) -> None:
        """A phone registers; where it was registered at the connection before, it has moved."""
        before = self.where[number].get(connection)
        if before is None or before[0] != sbc:
            self.where[number][connection] = sbc, at

    def leaves(self, number: str, connection: str) -> None:
        self.where[number].pop(connection, None)

    def registered(self, connection: str) -> dict[str, str]:
        """The SBC of every number that is registered at a connection."""
        return {
            number: places[connection][0]
            for number, places in self.where.items()
            if connection in places
        }

    def live(self, number: str) -> bool:
        return bool(self.where.get(number))

    def deliver(self, connection: str, told: Told) -> None:
        if all(one.as_of != told.as_of for one in self.told[connection]):
            self.told[connection].append(told)
            self.told[connection].sort(key=lambda one: one.as_of)

    def decide(self, connection: str, sbc: str | None, numbers: set[str], at: datetime) -> int:
        """A person accepts what vanished; how many of the numbers are in truth registered."""
        self.decided[connection, sbc] = at
        for number in numbers:
            self.decided["", number] = at
        return sum(map(self.live, numbers))

    def wronged(self, number: str, at: datetime, days: timedelta) -> str | None:
        """Why a number must not have been freed at an instant; None where it may."""
        if not any(number in one.says for told in self.told.values() for one in told):
            self.excuses += ["never told"] * self.live(number)
            return None
        for connection, (sbc, since) in self.where.get(number, {}).items():
            why = self._wronged(number, connection, sbc, since, at, days)
            if why is not None:
                return f"{number} is registered at {connection} {sbc} since {since}: {why}"
        return None

    def _wronged(  # noqa: PLR0911 - a return for each case
        self,
        number: str,
        connection: str,
        sbc: str,
        since: datetime,
        at: datetime,
        days: timedelta,
    ) -> str | None:
        lists = [one for one in self.told[connection] if since <= one.as_of <= at]
        telling = [one for one in lists if number in one.says]
        last = telling[-1].as_of if telling else None
        keys = ((connection, sbc), (connection, None), ("", number))
        decided = max((self.decided[key] for key in keys if key in self.decided), default=None)
        if not lists:
            self.excuses.append("not read since")
            return None
        if decided is not None and (last is None or decided > last):
            self.excuses.append("decided by a person")
            return None
        hiding = [one for one in lists if last is None or one.as_of > last]
        if not hiding:
            return f"the newest list tells it ({last})"
        if self.gross(connection, sbc, hiding[-1]):
            return f"the newest list hides it by a gross fault ({hiding[-1].as_of})"
        self.excuses.append("hidden unnoticeably")
        if last is None:
            return None
        subtle = [one.as_of for one in hiding if not self.gross(connection, sbc, one)]
        if subtle[-1] - subtle[0] < days:
            return f"told at {last}, and hidden for less than {days} since {subtle[0]}"
        return None

    def gross(self, connection: str, sbc: str, told: Told) -> bool:
        """Whether what a list hides of an SBC can be noticed."""
        before = [one for one in self.told[connection] if one.as_of < told.as_of]
        if told.fault == "empty" and any(one.says for one in before):
            return True
        if sbc not in told.dark or sbc in told.says.values():
            return False
        return any(self._witness(number, connection, sbc, before) for number in self.unmanned)

    def _witness(self, number: str, connection: str, sbc: str, before: list[Told]) -> bool:
        """A number that was told at an SBC and taken, and that has not left it since."""
        telling = [one for one in before if number in one.says]
        where = self.where.get(number, {}).get(connection)
        if not telling or where is None:
            return False
        last = telling[-1]
        return (
            where[0] == sbc == last.says[number]
            and where[1] <= last.as_of
            and (connection, last.as_of) in self.taken
        )
