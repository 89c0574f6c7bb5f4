"""The guard: what a plan may not remove, rule by rule. Mass disappearance is distrusted."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from tests.proof.facts import DAY, DEVICE, HOUR, NEVER, REMOVALS, STILL, Change, Plan

if TYPE_CHECKING:
    from tests.proof.model import Model


def verdicts(model: "Model", plan: Plan) -> dict[str | None, tuple[str, int]]:
    """The scopes of a plan that are distrusted: the whole connection (None), or some SBCs."""
    listing, node = plan.listing, model.connections[plan.connection].node
    removals = [change for change in plan.changes if change.kind in REMOVALS]
    removed = Counter(sbc for change in removals for sbc in lost_at(model, plan, change))
    arriving = newcomers(model, plan)
    cooling, vanished = let_cool(model, plan.connection), gone_within_a_day(model, plan)
    listed = Counter(sbc for _, sbc in {user[:2] for user in listing.users})
    dark = went_dark(model, plan) - listed.keys()
    held = {
        sbc: max(listed[sbc] - arriving[sbc], 0) + removed[sbc]
        for sbc in listed.keys() | removed.keys() | cooling.keys() | dark
    }
    came = roaming(model, plan)
    held_there = {sbc: max(held[sbc] - came[sbc], removed[sbc]) for sbc in held}
    scopes = [sbc for sbc in held if sbc is not None and (sbc in dark or held[sbc] + cooling[sbc])]
    numbers = model.macro("pull_sync_delete_threshold_audiocodes", node, plan.as_of)
    percent = model.macro("pull_sync_delete_threshold_audiocodes_percent", node, plan.as_of)
    failing: dict[str | None, tuple[str, int]] = {}
    for sbc in scopes:
        if not listed[sbc] and (sbc in dark or removed[sbc] + cooling[sbc]):
            failing[sbc] = ("missing node", 0)
        elif removed[sbc] and removed[sbc] == held_there[sbc]:
            failing[sbc] = ("all vanished", listed[sbc])
        elif removed[sbc]:
            gone, had = removed[sbc] + vanished[sbc], held_there[sbc] + vanished[sbc]
            if gone > numbers and gone * 100 > percent * had:
                failing[sbc] = ("threshold", listed[sbc])
    gone = len(removals)
    had = sum(held.values()) - (removed.total() - gone)
    rule = whole(model, plan, gone, had, cooling.total(), never_listed=removed[None])
    if rule is None and gone and len(scopes) > 1 and len(failing) == len(scopes):
        rule = "all nodes"
    if rule is None:
        return failing
    return ({} if rule in ("empty list", "all nodes") else failing) | {None: (rule, listed.total())}


def lost_at(model: "Model", plan: Plan, change: Change) -> set[str | None]:
    """The SBCs that had a number last: one that is at several is lost at each."""
    here = [stay for stay in model.stays(change.number) if stay.connection == plan.connection]
    last = max((stay.until for stay in here), default=None)
    return {stay.sbc for stay in here if stay.until == last} or {change.sbc}


def newcomers(model: "Model", plan: Plan) -> Counter[str]:
    """Who is listed, by SBC, that a device did not hold before the hold that the SBC is in.

    Without a hold: before this plan.
    """
    users = {user[:2] for user in plan.listing.users}
    return Counter(sbc for number, sbc in users if is_new(model, plan, number, sbc))


def is_new(model: "Model", plan: Plan, number: str, sbc: str) -> bool:
    row, claimed = model.numbers.get(number), model.claimed.get(number)
    if row is None or row.state[::2] != DEVICE[::2]:
        return True
    return bool(claimed) and any(since <= claimed for since in held_since(model, plan, sbc))


def held_since(model: "Model", plan: Plan, sbc: str) -> list[datetime]:
    """Of which lists the open holds began that an SBC is in."""
    lists = model.connections[plan.connection].lists
    return [
        max(one.as_of for one in lists if one.as_of <= hold.since)
        for hold in model.open_holds()
        if hold.connection == plan.connection and hold.sbc in (None, sbc)
    ]


def roaming(model: "Model", plan: Plan) -> Counter[str]:
    """Who has come to an SBC from elsewhere since it is held, or in this list, by SBC."""
    found = Counter[str]()
    lists = model.connections[plan.connection].lists
    for number, sbc in {user[:2] for user in plan.listing.users}:
        since = min([plan.listing.as_of, *held_since(model, plan, sbc)])
        before = (one.users for one in lists if one.as_of < since)
        known = any((number, sbc) == user[:2] for users in before for user in users)
        if not known and not is_new(model, plan, number, sbc):
            found[sbc] += 1
    return found


def whole(
    model: "Model", plan: Plan, removed: int, held: int, cooling: int, *, never_listed: int
) -> str | None:
    """The rule that distrusts a whole connection, if any; the first that applies."""
    connection = model.connections[plan.connection]
    few, most, percent, hours = (
        model.macro(name, connection.node, plan.as_of)
        for name in (
            "pull_sync_delete_threshold_audiocodes",
            "pull_sync_delete_threshold_audiocodes_overall",
            "pull_sync_delete_threshold_audiocodes_overall_percent",
            "audiocodes_list_max_age_hours",
        )
    )
    if not plan.listing.users and (removed + cooling or listed_before(model, plan.connection)):
        return "empty list"
    reread = not plan.listing.purge and plan.listing.rules != believed(model, plan)
    if reread or not removed:
        return "changed rules" if reread else None
    if plan.as_of - plan.listing.as_of > hours * HOUR:
        return "stale list"
    if removed == held and (removed > never_listed or removed > few):
        return "all vanished"
    if never_listed > few or (removed > most and removed * 100 > percent * held):
        return "threshold"
    removed, held = overall(model, plan, removed, held)
    return "overall" if removed > most and removed * 100 > percent * held else None


def believed(model: "Model", plan: Plan) -> str:
    """By which rules the last list was read that was judged, and not distrusted for its rules.

    Or for being empty; and that a person has accepted for its rules, if one has. Those of the list
    itself where there was none before.
    """
    for one in reversed(model.connections[plan.connection].lists):
        judgements = [each for each in model.plans if each.listing is one]
        doubts = {each.verdicts.get(None, ("", 0))[0] for each in judgements}
        trusted = one.judged and not doubts & {"empty list", "changed rules"}
        accepted = any(
            each.connection == plan.connection
            and each.accepted == one.as_of
            and accepts(each, one.rules)
            for each in model.plans
        )
        if not one.purge and ((trusted and one is not plan.listing) or accepted):
            return one.rules
    return plan.listing.rules


def accepts(plan: Plan, rules: str) -> bool:
    """Whether who approves a plan was shown that its list was read by these rules, changed."""
    return plan.verdicts.get(None, ("", 0))[0] == "changed rules" and plan.listing.rules == rules


def overall(model: "Model", plan: Plan, removed: int, held: int) -> tuple[int, int]:
    """What vanished of all connections within 24 hours, approvals apart, and of how many."""
    vanished = 0
    for one in model.plans:
        within = plan.as_of - DAY < one.as_of <= plan.as_of
        if one is not plan and within and one.listing is not None and not one.decided:
            another = one.connection != plan.connection
            if one.applied:
                vanished += one.removed
            elif another and one.status in ("open", "withheld"):
                vanished += one.removals
            if another and one.applied and one.status == "withheld":
                vanished += len(one.removing("withheld"))
    others = sum(
        connection.newest.count()
        for name, connection in model.connections.items()
        if name != plan.connection and connection.newest
    )
    return removed + vanished, held + others + vanished


def gone_within_a_day(model: "Model", plan: Plan) -> Counter[str | None]:
    """Numbers that other plans of the connection removed within 24 hours, and that are away still.

    By the SBC that had them; not what a person approved.
    """
    found: dict[str | None, set[str]] = {}
    for one in model.plans:
        within = plan.as_of - DAY < one.as_of <= plan.as_of
        mine = one.connection == plan.connection and one is not plan and one.listing is not None
        if mine and within and one.applied and not one.decided:
            for change in one.changes:
                away = change.kind in REMOVALS and change.status == "open"
                if away and model.numbers[change.number].status in ("Cooling", "Available"):
                    found.setdefault(change.sbc, set()).add(change.number)
    return Counter({sbc: len(numbers) for sbc, numbers in found.items()})


def let_cool(model: "Model", name: str) -> Counter[str]:
    """Numbers that cool, by the SBC that a connection listed them at last.

    Not those whose absence a person has accepted.
    """
    found = Counter[str]()
    for number, row in model.numbers.items():
        stays = [stay for stay in model.stays(number) if stay.connection == name]
        if row.status == "Cooling" and stays:
            last = max(stays, key=lambda stay: stay.until or STILL)
            accepted = accepted_at(model, name, last.sbc)
            if accepted is None or last.until is None or last.until > accepted:
                found[last.sbc] += 1
    return found


def went_dark(model: "Model", plan: Plan) -> set[str]:
    """The SBCs that the list before had, or that are held for having nobody.

    Not a list before that was distrusted for being empty, or for all of its SBCs.
    """
    name = plan.connection
    disbelieved = [
        id(one.listing)
        for one in model.plans
        if one.verdicts.get(None, ("", 0))[0] in ("empty list", "all nodes")
    ]
    before = [
        one
        for one in model.connections[name].lists
        if one.as_of < plan.listing.as_of and one.judged and id(one) not in disbelieved
    ]
    held = {
        hold.sbc
        for hold in model.open_holds()
        if (hold.connection, hold.rule) == (name, "missing node")
    }
    return held | {
        sbc
        for one in before[-1:]
        for _, sbc, _ in one.users
        if one.as_of > accepted_empty(model, name, sbc)
    }


def accepted_empty(model: "Model", name: str, sbc: str | None) -> datetime:
    """Up to which list a person has accepted that an SBC, or a connection, lists nobody."""
    empty = {one.as_of for one in model.connections[name].lists if not one.count(sbc)}
    return max(
        (
            plan.accepted
            for plan in model.plans
            if plan.connection == name
            and plan.decision
            and plan.decision[0] == "approved"
            and plan.accepted in empty
            and any(
                key in (None, sbc)
                and (not said[1] or (said[0] == "all nodes" and not plan.listing.count(sbc)))
                for key, said in plan.verdicts.items()
            )
        ),
        default=NEVER,
    )


def accepted_at(model: "Model", name: str, sbc: str) -> datetime | None:
    """Up to which list a person has accepted what an SBC lacks."""
    return max(
        (
            plan.accepted
            for plan in model.plans
            if plan.connection == name
            and plan.decision
            and plan.decision[0] == "approved"
            and plan.verdicts.keys() & {None, sbc}
        ),
        default=None,
    )


def listed_before(model: "Model", name: str) -> bool:
    """Whether a connection has listed anybody since a person accepted that it lists nobody."""
    accepted = accepted_empty(model, name, None)
    return any(one.users and one.as_of > accepted for one in model.connections[name].lists)
