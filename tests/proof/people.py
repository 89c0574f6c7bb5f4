"""What people do with numbers, and what the audit repairs."""

from datetime import datetime

from tests.proof.facts import AVAILABLE, DAY, DEVICE, Number, Plan, Refused
from tests.proof.model import Model

# By operation: the statuses it takes, and what else it takes, as operations.Operation says.
TAKES = {
    "assign": (("Available",), ()),
    "unassign": (("Used", "Used-Utility"), ("listed", "recent")),
    "reserve": (("Available",), ()),
    "unreserve": (("Reserved",), ("recent",)),
    "cool": (("Available",), ("listed", "distrusted", "recent")),
    "end cooling": (("Cooling",), ("recent",)),
}


def recent_until(model: Model, number: str, row: Number, as_of: datetime) -> datetime | None:
    """Until when at least a number counts as in use by a device that no list has any more.

    Until that is known which its release would ask for.
    """
    found = []
    for stay in model.stays(number):
        if stay.until is None:
            continue
        absent = model.connections[stay.connection].absent(stay.until)
        days = model.days(row.node, absent)
        if any(
            freed >= (absent if at_once else absent + days)
            for freed, at_once in model.freed[number]
        ):
            continue
        nodes = model.nodes(row.node, [stay])
        until = max([absent, *(one for one in model.ended_holds(nodes) if one > absent)]) + days
        asked = model.asked(row.node, [stay])
        if until > as_of or any(one.heard < until for one in asked) or model.distrust(nodes):
            found.append(max(until, as_of))
    return max(found, default=None)


def refusal(model: Model, operation: str, number: str, as_of: datetime) -> str | None:
    """Why an operation does not take a number."""
    leaves, takes = TAKES[operation]
    row = model.numbers.get(number)
    if row is None:
        return "not found"
    if row.state[2] == "AudioCodes":
        return "device"
    if row.status not in leaves:
        return "status"
    if model.online(number):
        return None if "listed" in takes else "listed"
    distrusted = any(model.distrusted(s.connection, s.sbc) for s in model.stays(number))
    if row.status == "Cooling" and (model.stays(number) or number in model.had_a_device):
        nodes = {row.node} | {model.connections[s.connection].node for s in model.stays(number)}
        distrusted = distrusted or model.distrust(nodes)
    if distrusted and "distrusted" not in takes:
        return "distrusted"
    recent = recent_until(model, number, row, as_of)
    return "recent" if recent and "recent" not in takes else None


def operate(model: Model, operation: str, number: str, as_of: datetime, days: int | None) -> None:
    """An operation on a number that it takes."""
    row = model.numbers[number]
    until = None if days is None else as_of + days * DAY
    if operation == "unassign":
        _give_up(model, number, row, as_of)
    elif operation == "assign":
        model.becomes(number, ("Used", "User", "Zoom"), as_of)
    elif operation == "reserve":
        model.becomes(number, ("Reserved", None, None), as_of, until)
    elif operation == "cool":
        standard = model.macro("number_inventory_cooling_duration_days", row.node, as_of)
        recent = None if model.online(number) else recent_until(model, number, row, as_of)
        until = max(until or as_of + standard * DAY, recent or as_of)
        model.becomes(number, ("Cooling", None, None), as_of, until)
    else:
        model.becomes(number, AVAILABLE, as_of, at_once=True)


def _give_up(model: Model, number: str, row: Number, as_of: datetime) -> None:
    """A number that is listed is its device's; a recent one cools; else the settings decide."""
    recent = recent_until(model, number, row, as_of)
    if model.online(number):
        model.becomes(number, DEVICE, as_of)
    elif model.macro("number_inventory_cooling_enabled", row.node, as_of):
        days = model.macro("number_inventory_cooling_duration_days", row.node, as_of)
        until = max(as_of + days * DAY, recent or as_of)
        model.becomes(number, ("Cooling", None, None), as_of, until)
    elif recent:
        model.becomes(number, ("Cooling", None, None), as_of, recent)
    else:
        model.becomes(number, AVAILABLE, as_of)


def next_available(model: Model, node: str, as_of: datetime, days: int | None) -> str:
    """Reserve the first number of a node, or of the nearest above it, that is nobody's."""
    model.judge_new_lists()
    while node:
        for number in sorted(n for n, row in model.numbers.items() if row.node == node):
            row = model.numbers[number]
            if row.status == "Available" and refusal(model, "reserve", number, as_of) is None:
                operate(model, "reserve", number, as_of, days)
                return number
        node = node.rpartition(".")[0]
    raise Refused("none is available")


def audit(model: Model, as_of: datetime) -> None:
    """Claim what is actively listed and not held, of every connection; nothing is freed."""
    active = {
        number
        for connection in model.connections.values()
        if connection.newest
        for number, _, active in connection.newest.users
        if active
    }
    rows = [model.numbers.get(number) for number in active]
    if all(row is not None and row.state[::2] == DEVICE[::2] for row in rows):
        return
    model.judge_new_lists()
    for name in sorted(model.connections):
        connection = model.connections[name]
        if connection.newest:
            connection.newest.judged = True
            plan = Plan(name, max(as_of, connection.newest.as_of), connection.newest)
            model.plans.append(plan)
            plan.changes = model.claims(plan)
            model.carry_out(plan)
