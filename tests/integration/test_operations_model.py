"""Any operations in any order, beside a naive model: one dictionary entry per number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from include.inventory import operations, pools
from include.inventory.errors import NumbersRefused, Refused
from include.inventory.operations import Outcome
from include.inventory.selections import Selection
from tests.integration.factories import NOON, SITE, a_macro, a_node, chosen

DAY = timedelta(days=1)
PARIS = "sys.hcs.acme.paris"  # where numbers that are given up do not cool
NUMBERS = [f"100{digit}" for digit in range(6)]


@dataclass(frozen=True)
class Held:
    """What the model knows of a number."""

    node: str
    status: str = "Available"
    usage: str | None = None
    vendor: str | None = None
    subscriber: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One operation: what the inventory is asked, what it takes, what becomes of a number."""

    run: Callable[[Connection, Selection], Outcome]
    leaves: tuple[str, ...]
    becomes: Callable[[Held, datetime], Held | None]


def given_up(was: Held, as_of: datetime) -> Held:
    if was.node == PARIS:
        return Held(was.node)
    return Held(was.node, "Cooling", until=as_of + 45 * DAY)


STEPS = {
    "delete": Step(operations.delete, ("Available",), lambda *_: None),
    "assign": Step(
        lambda db, some: operations.assign(db, some, vendor="Cisco", subscriber="ann"),
        ("Available",),
        lambda was, _: Held(was.node, "Used", "User", "Cisco", "ann"),
    ),
    "unassign": Step(operations.unassign, ("Used", "Used-Utility"), given_up),
    "mark-utility": Step(
        lambda db, some: operations.mark_utility(db, some, usage="Park"),
        ("Available",),
        lambda was, _: Held(was.node, "Used-Utility", "Park"),
    ),
    "reserve": Step(
        lambda db, some: operations.reserve(db, some, days=3),
        ("Available",),
        lambda was, as_of: Held(was.node, "Reserved", until=as_of + 3 * DAY),
    ),
    "unreserve": Step(operations.unreserve, ("Reserved",), lambda was, _: Held(was.node)),
    "cool": Step(
        operations.cool,
        ("Available",),
        lambda was, as_of: Held(was.node, "Cooling", until=as_of + 45 * DAY),
    ),
    "end-cooling": Step(operations.end_cooling, ("Cooling",), lambda was, _: Held(was.node)),
    "edit": Step(
        lambda db, some: operations.edit(db, some, {"extra1": "x"}),
        ("Available", "Used", "Used-Utility", "Reserved", "Cooling"),
        lambda was, _: was,
    ),
}
WISHES = st.tuples(
    st.sampled_from([*STEPS, "add", "add", "move", "next-available"]),
    st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4, unique=True),
    st.sampled_from([SITE, PARIS]),
    st.booleans(),
    st.booleans() | st.just(False),
)
Model = dict[str, Held]


def added(db: Connection, model: Model, some: Selection, node: str) -> None:
    done = operations.add(db, some)
    missing = {number: Held(node) for number in some.numbers if not is_at(model, number, node)}
    assert (done.changed, done.unchanged) == (len(missing), len(some.numbers) - len(missing))
    if not some.dry_run:
        model |= missing


def is_at(model: Model, number: str, node: str) -> bool:
    return number in model and model[number].node == node


def moved(db: Connection, model: Model, some: Selection, node: str) -> None:
    able = [
        number
        for number in some.numbers
        if number in model and model[number].status != "Cooling" and model[number].node != node
    ]
    run = Step(lambda db, some: operations.move(db, some, to_hierarchy=node), (), lambda *_: None)
    if carried_out(db, run, some, len(able)):
        for number in able:
            model[number] = Held(node, *list(vars(model[number]).values())[1:])


def handed_out(db: Connection, model: Model, some: Selection, node: str, as_of: datetime) -> None:
    free = sorted(number for number, held in model.items() if held == Held(node))
    count = len(some.numbers)
    try:
        done = pools.next_available(db, some, pools.Wish(count), days=3)
    except Refused:
        assert len(free) < count
        return
    assert [item.internal_number for item in done.items] == free[:count]
    if not some.dry_run:
        model |= {number: Held(node, "Reserved", until=as_of + 3 * DAY) for number in free[:count]}


def changed(db: Connection, model: Model, step: Step, some: Selection) -> None:
    able = [n for n in some.numbers if n in model and model[n].status in step.leaves]
    if carried_out(db, step, some, len(able)):
        for number in able:
            now = step.becomes(model.pop(number), some.as_of)
            if now is not None:
                model[number] = now


def carried_out(db: Connection, step: Step, some: Selection, able: int) -> bool:
    """Whether it changes anything; what it says is what the model expects."""
    whole = able == len(some.numbers)
    if not (whole or some.per_item or some.dry_run):
        with pytest.raises(NumbersRefused) as refusal:
            step.run(db, some)
        assert refusal.value.outcome.refused == len(some.numbers) - able
        return False
    done = step.run(db, some)
    assert done.changed == (able if whole or some.per_item else 0)
    return not some.dry_run


def rows(db: Connection) -> Model:
    found = text("SELECT * FROM numbers.number")
    return {
        row.internal_number: Held(
            row.hierarchy, row.status, row.usage, row.vendor, row.subscriber, row.release_date
        )
        for row in db.execute(found)
    }


def chains_hold(db: Connection) -> None:
    """Each event of a number at a node begins where the one before it ended."""
    found = text("SELECT * FROM numbers.number_event ORDER BY event_id")
    last: dict[tuple[str, str], tuple[Any, ...]] = {}
    for event in db.execute(found):
        key = event.internal_number, event.hierarchy
        before = event.from_status, event.from_usage, event.from_vendor
        assert last.get(key, (None, None, None)) == before, (key, event)
        last[key] = event.to_status, event.to_usage, event.to_vendor
    there = {
        (number, held.node): (held.status, held.usage, held.vendor)
        for number, held in rows(db).items()
    }
    assert {key: state for key, state in last.items() if state[0] is not None} == there


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(wishes=st.lists(WISHES, min_size=4, max_size=25))
def test_any_operations_do_what_a_naive_model_does(db: Connection, wishes: list[Any]) -> None:
    db.rollback()
    model: Model = {}
    for node in (SITE, PARIS):
        a_node(db, node)
    for name, value, node in (
        ("number_inventory_cooling_enabled", 1, SITE),
        ("number_inventory_cooling_duration_days", 45, "sys.hcs.acme"),
    ):
        a_macro(db, name, value, hierarchy=node, set_by="Ada", valid_from=NOON - DAY)
    first = chosen(*NUMBERS, hierarchy=SITE)
    added(db, model, first, SITE)
    for hour, (name, named, node, per_item, dry_run) in enumerate(wishes):
        as_of = NOON + timedelta(hours=hour)
        options = {"as_of": as_of, "per_item": per_item, "dry_run": dry_run}
        if name == "add":
            new = [n for n in named if n not in model or model[n].node == node] or [f"20{hour:02}"]
            added(db, model, chosen(*new, hierarchy=node, **options), node)
        elif name == "move":
            moved(db, model, chosen(*named, **options), node)
        elif name == "next-available":
            handed_out(db, model, chosen(*named, hierarchy=node, **options), node, as_of)
        else:
            changed(db, model, STEPS[name], chosen(*named, **options))
        assert rows(db) == model, (name, named)
    chains_hold(db)
    db.rollback()
