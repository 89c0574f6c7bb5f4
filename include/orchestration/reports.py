"""What a run says in its task's log: a few figures, and loudly what a person should look at."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.inventory.plans import Plan

if TYPE_CHECKING:
    from include.inventory.audits import Audit

log = logging.getLogger(__name__)


def sync(plan: Plan, landed: Mapping[str, Any]) -> None:
    """Say what a list had in it, what changed by it, and what is withheld and why."""
    log.info("%s as of %s\n%s", plan.connection, plan.as_of.isoformat(), table(_read(landed)))
    log.info("Changed\n%s", table(plan.changes))
    if plan.findings:
        log.warning("Found, and left as it is\n%s", table(plan.findings))
    if plan.withheld:
        log.warning("WITHHELD by the guard, until a list is well again\n%s", table(plan.withheld))
    for hold in plan.holds:
        log.warning("HOLD, nothing of it is removed or released: %s", hold)


def _read(landed: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, and what makes it a whole list."""
    evidence = landed["evidence"]
    figures = {"registered users": landed["registered_users"]}
    figures |= {f"of node {node}": rows for node, rows in evidence.get("nodes", {}).items()}
    told = {"pages": "pages", "passes": "times read", "seconds": "seconds"}
    figures |= {name: evidence[key] for key, name in told.items() if key in evidence}
    for check in evidence.get("cross_checks", []):
        counted = check["said"] if check["counted"] is None else check["counted"]
        figures[f"{check['node']} itself counts"] = counted
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
