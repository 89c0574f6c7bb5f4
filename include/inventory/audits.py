"""The audit: whether the inventory keeps its rules, as a data-quality check with a report.

The facts are gathered by SQL inside the database, each rule once; Great Expectations judges
their counts. All of it sees one moment of the inventory, and is done or not done as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from include.inventory import audit_reports, expectations, plans, reports
from include.inventory.database import one_at_a_time
from include.inventory.events import Actor
from include.inventory.statements import statement
from include.macros.audiocodes_cooling_duration import MACRO as COOLING

RULES = {
    "audiocodes_is_used_by_device": "Numbers of vendor AudioCodes are Used / Device.",
    "audiocodes_is_registered": "Numbers of vendor AudioCodes are listed by a connection.",
    "registration_has_its_row": "Every active registration holds its number in the inventory.",
    "cooling_has_tag_and_release_date": "Cooling numbers have a tag and a release date.",
    "no_release_overdue": "No number is kept past its release date.",
    "available_is_blank": "Available numbers have no usage, vendor, tag or release date.",
    "status_is_known": ("Every status is Available, Used, Used-Utility, Reserved or Cooling."),
    "numbers_are_unique": "No number stands twice at a hierarchy node and those above it.",
}

MOST_ALERTS = 10
REPAIRABLE = ("audiocodes_is_used_by_device", "registration_has_its_row")


@dataclass(frozen=True)
class Rule:
    """A rule: how many numbers broke it, how many of them were repaired, how many are left."""

    name: str
    description: str
    found: int
    repaired: int
    left: int


@dataclass(frozen=True)
class Audit:
    """The verdict, by rule; ``notices`` break no rule; ``files`` are the report's, by kind."""

    as_of: datetime
    success: bool
    numbers: int
    rules: list[Rule]
    notices: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def audit(
    db: Connection,
    *,
    as_of: datetime,
    actor: Actor,
    repair: bool = True,
    overdue_after: timedelta = timedelta(0),
    report: Path | None = None,
) -> Audit:
    """Check every rule, put right what is known to be wrong, and check again.

    Repairs set Status and Usage of numbers whose vendor is AudioCodes, claim numbers that are
    online and make rows that are missing; nothing is freed or deleted. Give it a REPEATABLE READ
    transaction. With ``report``, a folder, HTML, JSON and a CSV of every offending number are
    written there. A release is overdue when it is this long past its date.
    """
    one_at_a_time(db)
    binds: dict[str, Any] = {
        "as_of": as_of,
        "overdue_since": as_of - overdue_after,
        "default_days": COOLING.default,
    }
    binds |= actor.binds()
    before = _check(db, binds)
    db.execute(statement("audit/keep_found"))
    after = before
    if repair and any(before.get(rule) for rule in REPAIRABLE):
        _repair(db, binds)
        db.execute(text("DROP TABLE violation"))
        after = _check(db, binds)
    validation = expectations.judge(db, after, RULES)
    result = Audit(
        as_of=as_of,
        success=all(expectations.kept(validation).values()),
        numbers=int(db.execute(statement("audit/numbers")).scalar_one()),
        rules=[
            Rule(
                name,
                description,
                found=max(before.get(name, 0), after.get(name, 0)),
                repaired=max(before.get(name, 0) - after.get(name, 0), 0),
                left=after.get(name, 0),
            )
            for name, description in RULES.items()
        ],
        notices=[*_retired(db), *_short(db, as_of)],
    )
    if report is not None:
        result.files.update(audit_reports.write(db, result, validation, report))
    db.execute(text("DROP TABLE violation, found"))
    return result


def _retired(db: Connection) -> Iterator[str]:
    for row in db.execute(statement("audit/retired")):
        yield (
            f"The connection {row.name} is configured no longer; its {row.numbers} numbers stay "
            "as they are until it is purged"
        )


def _short(db: Connection, as_of: datetime) -> Iterator[str]:
    """The nodes that run short of available numbers; of many, the first by their path."""
    short = reports.alerts(db, hierarchy=None, as_of=as_of)
    for node in short[:MOST_ALERTS]:
        yield (
            f"{node.hierarchy} runs short: {node.available} of {node.total} numbers at it and "
            f"below it are available, less than {node.threshold} %"
        )
    if len(short) > MOST_ALERTS:
        yield f"{len(short) - MOST_ALERTS} more nodes run short; see: numbers report alerts"


def _check(db: Connection, binds: dict[str, Any]) -> dict[str, int]:
    """Gather what breaks the rules into the table violation; return the counts by rule."""
    db.execute(statement("audit/row_rules"), binds)
    db.execute(statement("audit/duplicates"))
    db.execute(statement("plan/candidates"))
    db.execute(text("ANALYZE candidate"))
    db.execute(statement("audit/unregistered"))
    db.execute(statement("audit/unlisted"))
    db.execute(text("DROP TABLE candidate"))
    return {row.rule: row.numbers for row in db.execute(statement("audit/counts"))}


def _repair(db: Connection, binds: dict[str, Any]) -> None:
    """Put right what is known: who says AudioCodes is Used / Device, who is online is claimed."""
    db.execute(statement("audit/repair"), binds)
    plans.judge_new_lists(db)
    actor = Actor(binds["actor"], binds["dag_run"])
    for row in db.execute(statement("audit/listing_connections")).all():
        plans.claim_online(db, row.name, as_of=binds["as_of"], actor=actor)
