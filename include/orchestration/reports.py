"""What a run says in its task's log: a few figures, and loudly what a person should look at."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.inventory.guards import Hold, newest_plan
from include.inventory.plans import Plan

if TYPE_CHECKING:
    from include.inventory.audits import Audit
    from include.inventory.snapshots import Snapshot
    from include.inventory.timeline import Observation

log = logging.getLogger(__name__)


def sync(plan: Plan, landed: Mapping[str, Any]) -> None:
    """Say what a list had in it, what changed by it, and what is withheld and why."""
    log.info(
        "%s as of %s\n%s",
        plan.connection,
        f"{plan.as_of:%Y-%m-%d %H:%M:%S %Z}",
        table(_read(landed)),
    )
    log.info("Changed\n%s", table(plan.changes))
    if plan.findings:
        log.warning("Found, and left as it is\n%s", table(plan.findings))
    if plan.withheld:
        log.warning("WITHHELD by the guard, until a list is well again\n%s", table(plan.withheld))


def holds(found: Sequence[Hold]) -> None:
    """Say loudly what is held, and what ends it."""
    for hold in found:
        log.warning(
            "HOLD, nothing of it is removed or released: %s: %s; ends with %s, or by an approval "
            "of plan %s",
            hold.where,
            hold.reason,
            hold.clears,
            hold.plan,
        )


def note(found: Sequence[Hold]) -> str:
    """What the note on a run says of its holds: SBC nodes first, as a page shows its beginning."""
    ordered = sorted(found, key=lambda hold: hold.node is None)
    reasons = "; ".join(plain(hold.reason) for hold in ordered)
    plan, connection = newest_plan(found), found[0].connection
    withheld = max(hold.withheld for hold in found)
    what, waits = f"{withheld:,} removals are withheld", "They wait"
    if not withheld:
        what, waits = "Nothing is removed or released", "That waits"
    return (
        f"**{what}**: {reasons}. {waits} for a list that is well again, or for a "
        f"decision on plan {plan}: "
        f"{plain(f'ReviewAudioCodes__{connection}')}, or `numbers holds {connection}`."
    )


SAMPLE = 10
PLANS = "/number-inventory/plans?connection={connection}"
WITHHELD = "/number-inventory/plans/{plan}?status=withheld#changes"
CHANGED_RULES = (
    "A phone whose address the changed rules read as another number is listed, and the number that "
    "it had is not. Approve it only where they read all of them rightly: look at what "
    "[its plans]({address}) create and claim since {since:%Y-%m-%d %H:%M} UTC."
)


def subject(plan: Plan, found: Sequence[Hold]) -> str:
    """What a person is asked, in a line."""
    numbers = sum(plan.withheld.values())
    if numbers:
        return f"{plan.connection}: {numbers:,} numbers vanished. Remove them?"
    rules = ", ".join(sorted({hold.rule for hold in found}))
    return f"{plan.connection} is held ({rules}), and nothing is missing yet. End the hold?"


def question(plan: Plan, found: Sequence[Hold], removals: Iterable[Mapping[str, Any]]) -> str:
    """What a person is asked about a plan that is held, and what it withholds, in Markdown.

    The removals are read once, and only the first few are kept.
    """
    few, nodes = list[str](), Counter[str]()
    for change in removals:
        nodes[change["node"] or "(none)"] += 1
        if len(few) < SAMPLE:
            few.append(
                f"| {plain(change['internal_number'])} | {plain(change['hierarchy'])} "
                f"| {plain(change['node'] or '')} | {change['reason']} |"
            )
    numbers = f"{nodes.total():,} numbers"
    scopes = [
        f"- **{plain(hold.where)}**, by the rule *{hold.rule}*: {plain(hold.reason)}. It ends by "
        f"itself with {plain(hold.clears)}."
        for hold in found
    ]
    wants, approval = "removes nothing", "ends the hold"
    if few:
        wants = f"wants **{numbers}** removed"
        approval = "lets them cool for the usual days from now on"
    lines = [
        f"Plan **{plan.plan}** of **{plan.connection}**, made {plan.as_of:%Y-%m-%d %H:%M} UTC, "
        f"{wants}. The guard distrusts that:",
        "",
        *scopes,
        "",
        f"**Approve** {approval}, in your name. **Reject** leaves everything as it is. Either "
        "way, give a reason.",
    ]
    for hold in found:
        if hold.rule == "changed rules":
            address = PLANS.format(connection=hold.connection)
            lines += ["", CHANGED_RULES.format(address=address, since=hold.since)]
    if few:
        counts = [f"| {plain(node)} | {users:,} |" for node, users in sorted(nodes.items())]
        lines += ["", "| SBC node | numbers |", "|---|---|", *counts]
        lines += ["", "| number | hierarchy | SBC node | why |", "|---|---|---|---|", *few]
        address = WITHHELD.format(plan=plan.plan)
        lines += ["", f"[All {numbers}]({address})"]
    return "\n".join(lines)


def plain(text: str) -> str:
    """A text as Markdown shows it and nothing else: what devices and SBCs are called is theirs."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&-])", r"\\\1", " ".join(text.split()))


def landed(snapshot: "Snapshot") -> None:
    """Say in one line what was read."""
    evidence, rejected = snapshot.evidence, snapshot.rejected_total
    log.info(
        "%s: %s registered users in %s pages, read %s times in %.1f s; %s are no numbers",
        snapshot.connection,
        snapshot.registered_users,
        evidence.get("pages", "?"),
        evidence.get("passes", "?"),
        evidence.get("seconds", 0.0),
        rejected,
    )


def observed(observation: "Observation") -> None:
    """Say how many registrations began and ended, and loudly what is read otherwise than before."""
    log.info("%s registrations began, %s ended", observation.began, observation.ended)
    if observation.misread:
        log.warning(
            "KEPT: %s whose addresses are listed, but read as another number or as none; see "
            "whether the rules of the connection have changed",
            observation.misread,
        )


def _read(landed: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, and what makes it a whole list."""
    evidence = landed["evidence"]
    figures = {"registered users": landed["registered_users"]}
    nodes = evidence.get("nodes", {})
    figures |= {f"of node {node or '(none)'}": nodes[node] for node in sorted(nodes)}
    figures |= {f"of node {node}": "nobody" for node in evidence.get("missing_nodes", [])}
    told = {"pages": "pages", "passes": "times read", "seconds": "seconds"}
    figures |= {name: round(evidence[key], 1) for key, name in told.items() if key in evidence}
    for check in evidence.get("cross_checks", []):
        counted = "no answer" if check["counted"] is None else check["counted"]
        figures[f"{check['node']} itself counts"] = f"{counted}, and {check['listed']} are listed"
    if landed["doubtful"]:
        figures["numbers that no country has"] = landed["doubtful"]
    for reason, users in landed["rejected"].items():
        few = ", ".join(landed["examples"].get(reason, []))
        figures[f"no number: {reason}"] = f"{users} ({few})"
    return figures


def audit(found: "Audit") -> None:
    """Say how many numbers broke each rule, how many were repaired, and where the report is."""
    log.info("%s numbers as of %s", found.numbers, found.as_of.isoformat())
    for rule in found.rules:
        level = logging.WARNING if rule.left else logging.INFO
        log.log(
            level,
            "%s: %s found, %s repaired, %s left",
            rule.name,
            rule.found,
            rule.repaired,
            rule.left,
        )
    for notice in found.notices:
        log.warning("%s", notice)
    log.info("Report\n%s", table(found.files))


def table(figures: Mapping[str, Any]) -> str:
    """Names and figures, one to a line, in two columns."""
    width = max(map(len, figures), default=0)
    return (
        "\n".join(f"  {name:<{width}}  {value}" for name, value in figures.items()) or "  nothing"
    )
