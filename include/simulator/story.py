"""The story of a week: who comes and goes, the inventory it starts from, what must follow.

There are eight daily readings, days 0 to 7, and numbers cool for two days. Removals stay below
the guard's thresholds, but for day 5, when one whole SBC goes dark:

day 1  some phones leave for good: Cooling, and Available on day 3
day 2  some leave and are back on day 3: Cooling, then Used again
       some leave and are back on day 6: Cooling, Available on day 4, Used again on day 6
day 3  some leave for good: due on day 5, and those of the SBC then dark on day 6
       some move to another SBC of their site: no change
day 4  new ones arrive, half of them on numbers that have no row yet
       a group is Not-Active for a day: no change
day 5  every phone of SBC-NYC-2 vanishes: held, so none cools, and none of its site is released
day 6  they are back
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import numpy as np

from include.simulator import expectation
from include.simulator.pages import records
from include.simulator.population import SITES, Population
from include.simulator.script import Event, Script, registered

USERS = 2_000
FEWEST_USERS = 1_000
DAYS = 8
COOLING = timedelta(days=2)
CUSTOMER = "sys.hcs.acme"
HIERARCHIES = {
    "LON": f"{CUSTOMER}.london",
    "PAR": f"{CUSTOMER}.paris",
    "NYC": f"{CUSTOMER}.newyork",
}
DARK = "SBC-NYC-2"
SHARES = (22, 20, 20, 20, 15, 3)  # the dark node is under the 5 % that would hold everything
SPARE = 200
ONE_WITHOUT_ROW_IN = 20

Row = dict[str, str]


def population(users: int = USERS) -> Population:
    """Return the story's users: six SBCs on three sites, a few extensions, three no numbers."""
    if users < FEWEST_USERS:
        raise ValueError(f"the story needs {FEWEST_USERS} users or more, not {users}")
    return Population(
        seed=7,
        users=users,
        nodes=len(SHARES),
        sites=SITES[: len(HIERARCHIES)],
        shares=SHARES,
        one_extension_in=25,
        one_name_in=users // 3,
    )


def first_reading(day: date) -> datetime:
    """Return the instant of the reading of day 0: 02:00 UTC."""
    return datetime.combine(day, time(2), UTC)


def readings(first: datetime) -> list[datetime]:
    """Return the instants of the daily readings, of which `first` is day 0's."""
    return [first + timedelta(days=day) for day in range(DAYS)]


def rules() -> dict[str, list[dict[str, str]]]:
    """Return which SBC belongs to which hierarchy node, as a connection's rules take it."""
    return {
        "sites": [
            {"node": name, "hierarchy": HIERARCHIES[name.split("-")[1]]}
            for name in population().node_names
        ]
    }


@dataclass(frozen=True)
class Cast:
    """The users who play a part, by index; everyone else stays throughout."""

    gone: list[int]
    away_a_day: list[int]
    away_four_days: list[int]
    gone_late: list[int]
    gone_from_dark: list[int]
    arriving_on_rows: list[int]
    arriving_new: list[int]
    moving: list[int]
    not_active: list[int]
    dark: list[int]
    in_conflict: list[int]
    reserved: list[int]
    cooling: list[int]


def cast(users: int = USERS) -> Cast:
    """Return who plays which part among so many users; no one plays two."""
    people = population(users)
    everyone = np.arange(users)
    home = people.home(everyone)
    dialled = _numbers(people, everyone.tolist())
    pools = [
        iter([int(user) for user in everyone[home == node] if int(user) in dialled])
        for node in range(people.nodes)
    ]
    london, paris, new_york, _, paris_2, dark = pools
    lit = pools[:-1]
    return Cast(
        gone=_from_each(lit, 5),
        away_a_day=_from_each(lit, 4),
        away_four_days=_from_each(lit, 3),
        gone_late=_from_each(lit, 1),
        gone_from_dark=_from_each([dark], 5),
        arriving_on_rows=_from_each(lit, 2),
        arriving_new=_from_each(lit, 2),
        moving=_from_each([london], 8),
        not_active=_from_each([paris], 8),
        dark=list(dark),
        in_conflict=_from_each([paris_2], 2),
        reserved=_from_each([new_york], 1),
        cooling=_from_each([paris_2], 1),
    )


def _from_each(pools: list[Iterator[int]], count: int) -> list[int]:
    return [user for pool in pools for user in islice(pool, count)]


def week(first: datetime, users: int = USERS) -> Script:
    """Return the script of the week whose day 0 is read at `first`; all happens an hour before."""
    played = cast(users)

    def event(day: int, action: str, who: list[int], **more: object) -> Event:
        at = first + timedelta(days=day, hours=-1)
        return Event.model_validate({"at": at, "action": action, "users": who, **more})

    return Script(
        events=(
            event(1, "leave", played.gone),
            event(2, "leave", played.away_a_day + played.away_four_days),
            event(3, "return", played.away_a_day),
            event(3, "leave", played.gone_late + played.gone_from_dark),
            event(3, "move", played.moving, node="SBC-LON-2"),
            event(4, "arrive", played.arriving_on_rows + played.arriving_new),
            event(4, "return", played.not_active, active=False),
            event(5, "return", played.not_active),
            event(5, "leave", played.dark),
            event(6, "return", played.dark + played.away_four_days),
        )
    )


def seed_inventory(first: datetime, users: int = USERS) -> list[Row]:
    """Return the inventory before the first reading, one row per number, all fields as text.

    Most registered numbers are Available in it, some are missing; two are Microsoft's, one is
    reserved, one is cooling. Numbers that nobody registers are spare, at the customer's node.
    """
    people, played = population(users), cast(users)
    special = _special_rows(first, people, played)
    missing = set(played.arriving_new) | set(range(0, users, ONE_WITHOUT_ROW_IN)) - _players(played)
    hierarchies = _hierarchies(people, users)
    numbers = _numbers(people, list(range(users))).items()
    taken = {row["internal_number"] for row in special}
    plain = [
        _row(number, hierarchies[user])
        for user, number in numbers
        if user not in missing and number not in taken
    ]
    return plain + special


def _special_rows(first: datetime, people: Population, played: Cast) -> list[Row]:
    hierarchies = _hierarchies(people, people.users)
    spares = range(people.users, people.users + 2 * SPARE)
    spare = iter(_numbers(people, list(spares)).values())

    def registered_as(who: list[int], **fields: str) -> list[Row]:
        numbers = _numbers(people, who).items()
        return [_row(number, hierarchies[user], **fields) for user, number in numbers]

    def spare_as(count: int, **fields: str) -> list[Row]:
        return [_row(number, CUSTOMER, **fields) for number in islice(spare, count)]

    microsoft = {"status": "Used", "usage": "User", "vendor": "Microsoft"}
    reserved = {"status": "Reserved", "reservation_notes": "for the new floor"}
    return [
        *registered_as(played.in_conflict, **microsoft),
        *spare_as(4, **microsoft),
        *spare_as(2, status="Used-Utility", usage="Hunt_Pilot"),
        *registered_as(played.reserved, **reserved),
        *spare_as(3, **reserved),
        *registered_as(played.cooling, **_cooling(first, 30)),
        *spare_as(2, **_cooling(first, 2)),
        *spare_as(2, **_cooling(first, 30)),
        *spare_as(SPARE),
    ]


def _cooling(first: datetime, days: int) -> dict[str, str]:
    due = (first + timedelta(days=days)).isoformat()
    return {"status": "Cooling", "tag": f"Cooling: {days} days left", "release_date": due}


def _row(internal_number: str, hierarchy: str, **fields: str) -> Row:
    blank = dict.fromkeys(("usage", "vendor", "tag", "release_date", "reservation_notes"), "")
    named = {"internal_number": internal_number, "hierarchy": hierarchy, "status": "Available"}
    return named | blank | fields


def _players(played: Cast) -> set[int]:
    return {user for part in vars(played).values() for user in part}


def _hierarchies(people: Population, users: int) -> list[str]:
    names = [HIERARCHIES[name.split("-")[1]] for name in people.node_names]
    return [names[node] for node in people.home(np.arange(users))]


def _numbers(people: Population, users: list[int]) -> dict[int, str]:
    """Return the internal number of each user whose AOR is one."""
    dialled = people.columns(np.array(users, dtype=np.int64))["user"].to_pylist()
    pairs = zip(users, dialled, strict=True)
    return {user: text for user, text in pairs if text.removeprefix("+").isdigit()}


def expected(first: datetime, users: int = USERS) -> list[dict[str, int]]:
    """Return, for each day, the numbers by status after its reading, and the conflicts."""
    people, script = population(users), week(first, users)
    listed = [(at, records(people, registered(people, script, at))) for at in readings(first)]
    return expectation.by_day(seed_inventory(first, users), listed, COOLING)
