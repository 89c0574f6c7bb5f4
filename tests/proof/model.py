"""The life cycle of a number, in plain Python: what the pipeline is compared with.

It reads as the specification does, and shares nothing with the SQL. A number is one dictionary
entry; a connection is the lists it gave, and where a number was listed, and until when, is worked
out from them. Beside the lists, nothing is remembered but macros, plans, holds, when cooling ended,
what cooled that a device had, and since when a device has a number. The guard's rules are in
``guard.py``, what people do in ``people.py``.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from tests.proof import guard
from tests.proof.facts import (
    AVAILABLE,
    DAY,
    DEFAULTS,
    DEVICE,
    NEVER,
    REMOVALS,
    Change,
    Connection,
    Hold,
    Listing,
    Number,
    Plan,
    Refused,
    State,
    Stay,
    related,
)

BECOMES = {
    "Available": "claim",
    "Cooling": "reactivate",
    "Reserved": "override",
    "Used": "conflict",
    "Used-Utility": "conflict",
}


class Model:
    """Everything the pipeline and people do, by name."""

    def __init__(self, connections: dict[str, str], numbers: dict[str, Number]) -> None:
        self.connections = {name: Connection(node) for name, node in connections.items()}
        self.numbers = numbers
        self.macros: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
        self.plans: list[Plan] = []
        self.holds: list[Hold] = []
        # When it became Available: at once from a device or by a person, or having cooled.
        self.freed: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        self.had_a_device: dict[str, datetime] = {}
        self.claimed: dict[str, datetime] = {}
        self._stays: dict[str, list[Stay]] = {}

    # What is known: macros, and who was listed where and until when.

    def macro(self, name: str, node: str, instant: datetime) -> int:
        """The value of the nearest node looking up that had one at an instant."""
        while node:
            for valid_from, value in reversed(self.macros[name, node]):
                if valid_from <= instant:
                    return value
            node = node.rpartition(".")[0]
        return DEFAULTS[name]

    def days(self, node: str, instant: datetime) -> timedelta:
        return self.macro("audiocodes_cooling_duration", node, instant) * DAY

    def stays(self, number: str) -> list[Stay]:
        """Where a number was listed that could mean its row; a whole one does so anywhere."""
        if number not in self._stays:
            row = self.numbers.get(number)
            self._stays[number] = [
                stay
                for name, connection in self.connections.items()
                if row is None or number.startswith("+") or related(row.node, connection.node)
                for stay in self.stays_at(number, name)
            ]
        return self._stays[number]

    def stays_at(self, number: str, name: str) -> list[Stay]:
        """Where and until when a connection listed a number: what its lists say, one by one."""
        found: list[Stay] = []
        before: set[tuple[str, bool]] = set()
        for listing in self.connections[name].lists:
            here = {(sbc, active) for who, sbc, active in listing.users if who == number}
            found += [Stay(name, sbc, active, listing.as_of) for sbc, active in before - here]
            before = here
        return found + [Stay(name, sbc, active, None) for sbc, active in before]

    def online(self, number: str) -> bool:
        """Presence is the union over all connections, active or not."""
        return any(stay.until is None for stay in self.stays(number))

    def open_holds(self) -> list[Hold]:
        return [hold for hold in self.holds if hold.until is None]

    def held(self, stay: Stay) -> bool:
        return any(
            hold.connection == stay.connection and hold.sbc in (None, stay.sbc)
            for hold in self.open_holds()
        )

    def distrusted(self, name: str, sbc: str) -> bool:
        """An SBC in a hold, or one whose newest list no plan has judged."""
        return self.connections[name].unjudged or self.held(Stay(name, sbc, True, None))

    def nodes(self, node: str, stays: list[Stay]) -> set[str]:
        """Where a device of a number may be: at its node, or where a whole one was listed."""
        listed = {self.connections[stay.connection].node for stay in stays}
        return {node} | {one for one in listed if not related(one, node)}

    def distrust(self, nodes: set[str]) -> bool:
        """Whether an SBC that could have a number of these nodes is distrusted: it may be there."""
        return any(
            connection.unjudged or any(hold.connection == name for hold in self.open_holds())
            for name, connection in self.connections.items()
            if any(related(connection.node, node) for node in nodes)
        )

    def ended_holds(self, nodes: set[str]) -> list[datetime]:
        """When what could have a number of these nodes was believed again."""
        return [
            hold.until
            for hold in self.holds
            if hold.until is not None
            and any(related(self.connections[hold.connection].node, node) for node in nodes)
        ]

    def asked(self, node: str, stays: list[Stay]) -> list[Connection]:
        """What has to be read before a number is away: what could have it, and what listed it."""
        listing = [self.connections[stay.connection] for stay in stays]
        return [one for one in listing if one.purged is None] + [
            one for place in self.nodes(node, stays) for one in self.could_hold(place)
        ]

    def could_hold(self, node: str) -> list[Connection]:
        return [
            connection
            for connection in self.connections.values()
            if connection.purged is None and related(connection.node, node)
        ]

    # Observing, planning, applying.

    def observe(
        self, name: str, as_of: datetime, users: frozenset[tuple[str, str, bool]], rules: str
    ) -> None:
        """Lay a list in. The one before it is judged first; the same list again is nothing new."""
        connection = self.connections[name]
        if connection.unjudged:
            self._compute(name, None)
        known = [listing for listing in connection.lists if listing.as_of == as_of]
        if known and (known[0].purge or known[0].users != users):
            raise Refused("another list for that instant")
        if not known:
            self._lay(connection, Listing(as_of, users, rules))
            if connection.purged is not None and connection.purged < as_of:
                connection.purged = None

    def _lay(self, connection: Connection, listing: Listing) -> None:
        connection.lists.append(listing)
        connection.lists.sort(key=lambda one: one.as_of)
        self._stays.clear()

    def judge_new_lists(self, but: str | None = None) -> None:
        """Plan every connection whose newest list no plan has judged, in the order of the lists."""
        for name in sorted(self.connections, key=lambda name: self.connections[name].read):
            if name != but and self.connections[name].unjudged:
                self._compute(name, None)

    def compute(self, name: str, as_of: datetime | None = None) -> Plan:
        self.judge_new_lists(but=name)
        return self._compute(name, as_of)

    def _compute(self, name: str, as_of: datetime | None) -> Plan:
        plan = self._opened(name, as_of)
        plan.changes = self.claims(plan) + self.removals(plan, at_once=True)
        plan.verdicts = guard.verdicts(self, plan)
        for hold in self.open_holds():
            if hold.connection == name and not plan.verdicts.keys() & {None, hold.sbc}:
                hold.until = max(plan.as_of, hold.since)
        for sbc, (rule, _) in plan.verdicts.items():
            self._hold(plan, sbc, rule)
        self._withhold(plan)
        self._wait_for_misses(plan)
        return self._sealed(plan)

    def _opened(self, name: str, as_of: datetime | None) -> Plan:
        newest = self.connections[name].newest
        if newest is None or (as_of or newest.as_of) < newest.as_of:
            raise Refused("no list, or a plan for the past")
        for plan in self.plans:
            if plan.connection == name and plan.listing and plan.status in ("open", "withheld"):
                plan.status = "superseded"
                for change in plan.changes:
                    if change.status == "open" and not plan.applied:
                        change.status = "superseded"
        newest.judged = True
        self.plans.append(Plan(name, as_of or newest.as_of, newest))
        return self.plans[-1]

    def _hold(self, plan: Plan, sbc: str | None, rule: str) -> None:
        for hold in self.open_holds():
            if (hold.connection, hold.sbc) == (plan.connection, sbc):
                hold.rule, hold.plan = rule, plan
                return
        self.holds.append(Hold(plan.connection, sbc, rule, plan.as_of, plan))

    def _withhold(self, plan: Plan) -> None:
        """Withhold removals that the plan distrusts, or that lie in a hold of any connection."""
        for change in plan.changes:
            if change.kind in REMOVALS and change.status == "open":
                judged = plan.verdicts.keys() & {None, change.sbc}
                judged = judged or (plan.verdicts if change.sbc is None else ())
                if judged or any(map(self.held, self.stays(change.number))):
                    change.status = "withheld"

    def _wait_for_misses(self, plan: Plan) -> None:
        """A number is removed once so many lists have lacked it, those in a hold not counted."""
        name = plan.connection
        for change in plan.changes:
            if change.kind in REMOVALS and change.status == "open":
                row, stays = self.numbers[change.number], self.stays(change.number)
                last = max(stays, key=lambda stay: stay.until, default=None)
                lost_by = self.connections[last.connection if last else name]
                wanted = self.macro("audiocodes_consecutive_misses", row.node, plan.as_of)
                if wanted > 1 and lost_by.purged is None:
                    ended = [
                        hold.until
                        for hold in self.holds
                        if hold.until
                        and (self.concerns(hold, stays) if stays else hold.connection == name)
                    ]
                    since = max([last.until if last else NEVER, *ended])
                    if sum(one.judged for one in lost_by.since(since)) < wanted:
                        change.kind, change.until, change.status = "missed", None, "reported"

    @staticmethod
    def concerns(hold: Hold, stays: list[Stay]) -> bool:
        """Whether a hold is of an SBC that ever listed a number."""
        return any(
            stay.connection == hold.connection and hold.sbc in (None, stay.sbc) for stay in stays
        )

    def _sealed(self, plan: Plan) -> Plan:
        plan.removals = len(plan.removing("open", "withheld"))
        if plan.removing("withheld"):
            plan.status = "withheld"
        return plan

    def claims(self, plan: Plan) -> list[Change]:
        """What is actively listed and not held by AudioCodes: what it becomes."""
        found: dict[str, str] = {}
        for number, sbc, active in plan.listing.users:
            if active:
                found[number] = min(sbc, found.get(number, sbc))
        changes = []
        for number, sbc in found.items():
            row = self.numbers.get(number)
            if row is None:
                changes.append(Change("create", number, sbc, None))
            elif row.state[::2] != DEVICE[::2]:
                kind = BECOMES[row.status]
                status = "reported" if kind == "conflict" else "open"
                changes.append(Change(kind, number, sbc, row.state, status=status))
        return changes

    def removals(self, plan: Plan, *, at_once: bool) -> list[Change]:
        """What AudioCodes holds and nobody lists: it cools, or is free where the days are 0."""
        found = [
            self._removal(plan, number, row, at_once=at_once)
            for number, row in self.numbers.items()
            if row.state[::2] == DEVICE[::2] and not self.online(number)
        ]
        return [change for change in found if change is not None]

    def _removal(self, plan: Plan, number: str, row: Number, *, at_once: bool) -> Change | None:
        stays = self.stays(number)
        here = [stay for stay in stays if stay.connection == plan.connection]
        # What nobody has listed but others that were purged, counts as never listed.
        known = here or any(self.connections[stay.connection].purged is None for stay in stays)
        decided = bool(here) and not at_once
        if not decided and not self._may_remove(plan, row, bool(here), bool(known)):
            return None
        last = max(stays, key=lambda stay: stay.until, default=None)
        if last is not None and not known:
            last = replace(last, until=plan.listing.as_of)
        sbc = max(here, key=lambda stay: stay.until).sbc if here else None
        since = self.offline_since(plan, number, stays, last)
        if not at_once:
            since = max(since, plan.as_of)
        days = self.days(row.node, plan.as_of)
        confirmed = all(one.heard >= since for one in self.asked(row.node, stays))
        nodes = self.nodes(row.node, stays)
        if at_once and not days and confirmed and nodes == {row.node} and not self.distrust(nodes):
            return Change("free", number, sbc, row.state)
        return Change("cool", number, sbc, row.state, since + days)

    def _may_remove(self, plan: Plan, row: Number, here: bool, listed: bool) -> bool:
        """A connection removes what it has listed; or what nobody has, and it could hold.

        Everything that could hold the number has been read; for one that nobody ever listed, has
        listed somebody and is in no hold, but for one of this whole connection, which withholds it.
        """
        node = self.connections[plan.connection].node
        if not (here or (not listed and related(row.node, node))):
            return False
        held = {
            hold.connection
            for hold in self.open_holds()
            if (hold.connection, hold.sbc) != (plan.connection, None)
        }
        return all(
            connection.lists
            and (listed or (name not in held and any(one.users for one in connection.lists)))
            for name, connection in self.connections.items()
            if connection.purged is None and related(connection.node, row.node)
        )

    def offline_since(
        self, plan: Plan, number: str, stays: list[Stay], last: Stay | None
    ) -> datetime:
        """The first judged list that left it nowhere, once all that could have it has been read.

        Never within a hold that it was listed in.
        """
        node = self.numbers[number].node
        first = [one.absent(one.lists[0].as_of) for one in self.could_hold(node) if one.lists]
        if last is None:
            return max([plan.listing.as_of, *first])
        absent = self.connections[last.connection].absent(last.until)
        holds = [
            hold.until or plan.listing.as_of
            for hold in self.holds
            if self.concerns(hold, stays) and (hold.until is None or hold.until > last.until)
        ]
        return max([absent, *holds, *first])

    # Applying, releasing, deciding.

    def apply(self, plan: Plan) -> Counter[str]:
        """Make the changes of a plan that still fit; what it withholds waits for a decision."""
        if plan.applied:
            return Counter()
        newest = self.connections[plan.connection].newest
        if plan.listing is None or plan.status == "superseded" or newest is not plan.listing:
            raise Refused("the plan is stale, or a purge")
        return self.carry_out(plan)

    def carry_out(self, plan: Plan, *, claims_only: bool = False) -> Counter[str]:
        done = Counter[str]()
        for change in plan.changes:
            if change.status == "open":
                wanted = not (claims_only and change.kind in REMOVALS)
                if wanted and self._fits(plan, change):
                    self._make(plan, change)
                    done[change.kind] += 1
                else:
                    change.status = "superseded"
        plan.applied = True
        plan.removed = len(plan.removing("open"))
        if plan.status == "open":
            plan.status = "applied"
        return done

    def _fits(self, plan: Plan, change: Change) -> bool:
        row = self.numbers.get(change.number)
        if change.kind == "create":
            return row is None
        stays = self.stays(change.number)
        listed = any(stay.until is None or stay.until > plan.as_of for stay in stays)
        held = any(self.distrusted(stay.connection, stay.sbc) for stay in stays)
        if change.kind == "free" and (held or self.distrust({row.node})):
            return False
        return row.state == change.before and not (change.kind in REMOVALS and listed)

    def _make(self, plan: Plan, change: Change) -> None:
        if change.kind == "cool":
            self.becomes(change.number, ("Cooling", None, None), plan.as_of, change.until)
        elif change.kind == "free":
            self.becomes(change.number, AVAILABLE, plan.as_of)
        elif change.kind == "create":
            node = self.connections[plan.connection].node
            self.numbers[change.number] = Number(node, DEVICE)
            self.claimed[change.number] = plan.as_of
            self._stays.clear()
        else:
            self.becomes(change.number, DEVICE, plan.as_of)

    def becomes(
        self,
        number: str,
        state: State,
        as_of: datetime,
        until: datetime | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        row = self.numbers[number]
        if state == AVAILABLE and (row.status == "Cooling" or row.state[2] == DEVICE[2]):
            self.freed[number].append((as_of, at_once or row.status != "Cooling"))
        if row.state[2] == DEVICE[2] and state[0] == "Cooling":
            self.had_a_device[number] = as_of
        if row.state[2] != DEVICE[2] and state == DEVICE:
            self.claimed[number] = max(as_of, self.claimed.get(number, as_of))
        self.numbers[number] = replace(row, state=state, until=until)

    def release(self, as_of: datetime) -> tuple[set[str], Counter[str]]:
        """Release what is due and what nothing keeps: who is released, and what keeps others."""
        self.judge_new_lists()
        released, kept = set(), Counter[str]()
        for number, row in self.numbers.items():
            if row.until is not None and row.until <= as_of:
                reason = self.kept(number, row, as_of)
                if reason is None:
                    released.add(number)
                else:
                    kept[reason] += 1
        for number in released:
            self.becomes(number, AVAILABLE, as_of)
        return released, kept

    def kept(self, number: str, row: Number, as_of: datetime) -> str | None:
        """What keeps a number that is due; nothing keeps one that no device ever had."""
        stays = self.stays(number)
        if not stays and not (row.status == "Cooling" and number in self.had_a_device):
            return None
        if self.online(number):
            return "online"
        nodes = self.nodes(row.node, stays)
        if self.distrust(nodes):
            return "in a hold"
        away = [self.connections[stay.connection].absent(stay.until) for stay in stays]
        lost = min(away or [self.had_a_device[number]])
        ended = [one for one in self.ended_holds(nodes) if one > lost]
        rested = [instant + self.days(row.node, instant) for instant in ended]
        if max(rested, default=as_of) > as_of:
            return "resting after a hold"
        own = [instant + self.days(row.node, instant) for instant in away]
        ready = max([row.until, *own, *rested])
        if ready > as_of or any(one.heard < ready for one in self.asked(row.node, stays)):
            return "absence not confirmed"
        return None

    def approve(self, plan: Plan, as_of: datetime) -> Counter[str]:
        """Carry out what a plan withholds, as far as it is still true; its holds end."""
        self.judge_new_lists()
        if not plan.verdicts or (plan.decision and plan.decision[0] == "approved"):
            raise Refused("it awaits no decision")
        if plan.listing is None:
            if len(self.connections[plan.connection].lists) > plan.known:
                raise Refused("read since it was proposed")
            later = self.purge(plan.connection, as_of)
            if later.removing("open", "withheld") - plan.removing("withheld"):
                raise Refused("stale: it did not show all")
        else:
            later = self._recomputed(plan, as_of)
        plan.decision, later.decided = ("approved", as_of), True
        plan.accepted = later.listing.as_of
        return self.apply(later)

    def _recomputed(self, plan: Plan, as_of: datetime) -> Plan:
        holds = [hold for hold in self.open_holds() if hold.connection == plan.connection]
        if not holds:
            raise Refused("stale: no hold any more")
        newest = next(
            one for one in reversed(self.plans) if any(hold.plan is one for hold in holds)
        )
        if newest.removing("withheld") - plan.removing("withheld"):
            raise Refused("stale: it did not show all")
        for hold in holds:
            withheld = {one.sbc for one in plan.changes if one.status == "withheld"}
            seen = None in plan.verdicts and (hold.since <= plan.as_of or hold.sbc in withheld)
            if hold.sbc not in plan.verdicts and not seen:
                raise Refused("stale: more is held")
            if hold.rule == "changed rules" and not guard.accepts(plan, newest.listing.rules):
                raise Refused("stale: it did not show that the rules have changed")
        if not newest.applied and newest.status != "superseded":
            self.carry_out(newest, claims_only=True)
        for hold in holds:
            hold.until = max(as_of, hold.since)
        later = self._opened(plan.connection, as_of)
        later.changes = self.claims(later) + self.removals(later, at_once=False)
        approved = plan.removing("withheld")
        for change in later.changes:
            if change.kind in REMOVALS and change.number not in approved:
                change.status = "superseded"
        self._withhold(later)
        return self._sealed(later)

    def reject(self, plan: Plan, as_of: datetime) -> None:
        if not plan.verdicts or plan.decision:
            raise Refused("it awaits no decision")
        plan.decision = ("rejected", as_of)

    def purge(self, name: str, as_of: datetime) -> Plan:
        """End all registrations and all holds of a connection: its silence keeps no number."""
        connection = self.connections[name]
        if connection.read >= as_of:
            raise Refused("read since")
        self._lay(connection, Listing(as_of, frozenset(), purge=True))
        connection.purged = as_of
        plan = self._opened(name, as_of)
        for hold in self.open_holds():
            if hold.connection == name:
                hold.until = max(as_of, hold.since)
        plan.changes = self.claims(plan) + self.removals(plan, at_once=False)
        self._withhold(plan)
        return self._sealed(plan)

    def propose_purge(self, name: str, as_of: datetime, wanted: set[str]) -> Plan:
        """A plan that withholds what a purge would do: ``wanted``, as a copy of this model said."""
        plan = Plan(name, as_of, None, status="withheld" if wanted else "open")
        plan.known = len(self.connections[name].lists)
        plan.changes = [Change("cool", n, None, None, status="withheld") for n in wanted]
        plan.verdicts = {None: ("purge", 0)}
        plan.removals = len(wanted)
        self.plans.append(plan)
        return plan
