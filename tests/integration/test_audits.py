"""The audit finds every broken rule, repairs what is known, deletes and frees nothing."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from include.inventory import audits, connections, plans
from include.inventory.events import Actor
from tests.integration.factories import (
    NOON,
    a_connection,
    a_cooling_number,
    a_number,
    a_used_number,
    a_user,
    events,
    observed,
    row,
)

DAY = timedelta(days=1)
ME = Actor("auditor")
NUMBER = "+442079460123"


def audited(db: Connection, **options) -> audits.Audit:
    return audits.audit(db, as_of=NOON, actor=ME, **options)


def broken(audit: audits.Audit) -> dict[str, tuple[int, int, int]]:
    return {r.name: (r.found, r.repaired, r.left) for r in audit.rules if r.found}


def without_constraints(db: Connection) -> None:
    """As the inventory of a system that keeps none."""
    for name in (
        "number_status_is_known", "number_unused_has_no_user", "number_release_date_fits_status",
    ):  # fmt: skip
        db.execute(text(f"ALTER TABLE numbers.number DROP CONSTRAINT {name}"))


def aligned(db: Connection, users: list) -> None:
    observed(db, a_connection(db), NOON - DAY, users)
    plans.apply(db, plans.compute(db, "lab").plan, actor=ME)


def test_an_aligned_inventory_passes(db: Connection) -> None:
    aligned(db, [NUMBER, "1001"])
    a_number(db, "1002")
    a_cooling_number(db, "1003", until=NOON + DAY)
    audit = audited(db)
    assert audit.success
    assert broken(audit) == {}
    assert audit.numbers == 4


def test_a_number_of_audiocodes_is_set_back_to_used_by_a_device(db: Connection) -> None:
    aligned(db, [NUMBER])
    db.execute(text("UPDATE numbers.number SET status = 'Used-Utility', usage = 'Hunt_Pilot'"))
    audit = audited(db)
    assert audit.success
    assert broken(audit)["audiocodes_is_used_by_device"] == (1, 1, 0)
    after = row(db)
    assert (after["status"], after["usage"], after["vendor"]) == ("Used", "Device", "AudioCodes")
    assert [event["cause"] for event in events(db)] == ["create", "audit"]


def test_without_repair_nothing_is_changed(db: Connection) -> None:
    aligned(db, [NUMBER])
    db.execute(text("UPDATE numbers.number SET usage = 'User'"))
    audit = audited(db, repair=False)
    assert not audit.success
    assert broken(audit) == {"audiocodes_is_used_by_device": (1, 0, 1)}
    assert row(db)["usage"] == "User"


@pytest.mark.parametrize("status", ["no row", "Available", "Cooling", "Reserved"])
def test_a_number_found_in_use_is_made_or_promoted(db: Connection, status: str) -> None:
    if status != "no row":
        cooling = {"release_date": NOON + DAY, "tag": "x"} if status == "Cooling" else {}
        a_number(db, status=status, **cooling)
    observed(db, a_connection(db), NOON - DAY, [NUMBER])
    audit = audited(db)
    assert audit.success
    assert broken(audit) == {"registration_has_its_row": (1, 1, 0)}
    assert (row(db)["status"], row(db)["vendor"]) == ("Used", "AudioCodes")


def test_the_repair_leaves_a_withheld_plan_to_its_decision(db: Connection) -> None:
    aligned(db, [NUMBER, "1001"])
    observed(db, a_connection(db), NOON - DAY / 2, [])
    plan = plans.compute(db, "lab")
    db.execute(text("UPDATE numbers.number SET usage = 'User' WHERE internal_number = '1001'"))
    assert broken(audited(db)) == {
        "audiocodes_is_used_by_device": (1, 1, 0),
        "audiocodes_is_registered": (2, 0, 2),
    }
    assert plans.read(db, plan.plan).status == "withheld"


def test_a_conflict_is_found_and_not_repaired(db: Connection) -> None:
    a_number(db, status="Used", usage="User", vendor="Microsoft")
    observed(db, a_connection(db), NOON - DAY, [NUMBER])
    assert broken(audited(db)) == {"registration_has_its_row": (1, 0, 1)}
    assert row(db)["vendor"] == "Microsoft"


def test_a_number_of_audiocodes_that_nobody_lists_is_found(db: Connection) -> None:
    a_used_number(db)
    assert broken(audited(db)) == {"audiocodes_is_registered": (1, 0, 1)}


def test_a_registration_that_is_not_active_is_one_all_the_same(db: Connection) -> None:
    a_used_number(db)
    observed(db, a_connection(db), NOON - DAY, [a_user(NUMBER, active=False)])
    assert audited(db).success


def test_a_cooling_number_needs_tag_and_release_date(db: Connection) -> None:
    without_constraints(db)
    a_number(db, "1001", status="Cooling", tag="Cooling")
    a_cooling_number(db, "1002", until=NOON + DAY, tag=None)
    assert broken(audited(db)) == {"cooling_has_tag_and_release_date": (2, 0, 2)}


def test_a_release_is_overdue_from_its_date_on_or_after_the_grace(db: Connection) -> None:
    a_cooling_number(db, "1001", until=NOON)
    a_number(db, "1002", status="Reserved", release_date=NOON - DAY)
    a_cooling_number(db, "1003", until=NOON + DAY / 24)
    assert broken(audited(db)) == {"no_release_overdue": (2, 0, 2)}
    assert broken(audited(db, overdue_after=DAY / 2)) == {"no_release_overdue": (1, 0, 1)}


def test_an_available_number_is_blank(db: Connection) -> None:
    without_constraints(db)
    a_number(db, "1001", vendor="Microsoft")
    a_number(db, "1002", tag="left over")
    a_number(db, "1003", release_date=NOON)
    assert broken(audited(db))["available_is_blank"] == (3, 0, 3)


def test_a_status_is_one_of_five(db: Connection) -> None:
    without_constraints(db)
    a_number(db, status="Lost")
    assert broken(audited(db)) == {"status_is_known": (1, 0, 1)}


def test_the_same_digits_at_a_node_and_above_it_are_one_number_too_many(db: Connection) -> None:
    for node in ("sys.hcs.acme", "sys.hcs.acme.london", "sys.hcs.other"):
        a_number(db, "1001", hierarchy=node)
    assert broken(audited(db)) == {"numbers_are_unique": (2, 0, 2)}


def test_a_connection_gone_from_the_configuration_is_told(db: Connection) -> None:
    aligned(db, [NUMBER])
    connections.register(db, [])
    audit = audited(db)
    assert audit.success
    assert audit.notices[0].startswith("The connection lab is configured no longer; its 1 numbers")


def test_a_node_that_runs_short_of_available_numbers_is_told(db: Connection) -> None:
    for index in range(22):
        status = "Reserved" if index > 1 else "Available"
        a_number(db, f"10{index:02}", status=status)
        a_number(db, f"20{index:02}", hierarchy="sys.hcs.other.paris")
    audit = audited(db)
    assert audit.success
    assert audit.notices == [
        f"{node} runs short: 2 of 22 numbers at it and below it are available, less than 10 %"
        for node in ("sys.hcs.acme", "sys.hcs.acme.london")
    ]


def test_of_many_nodes_that_run_short_a_few_are_told(db: Connection) -> None:
    for index in range(30):
        a_number(db, "1001", hierarchy=f"sys.a{index:02}", status="Reserved")
    notices = audited(db).notices
    assert len(notices) == 11
    assert notices[-1] == "21 more nodes run short; see: numbers report alerts"


def test_the_report_names_every_number_that_broke_a_rule(db: Connection, tmp_path: Path) -> None:
    for digit in range(150):
        a_used_number(db, f"2{digit:03}")
    a_number(db, "1001", status="Used", usage="User", vendor="<script>alert(1)</script>")
    observed(db, a_connection(db), NOON - DAY, ["1001", "1002"])
    audit = audited(db, report=tmp_path)
    files = {kind: Path(path) for kind, path in audit.files.items()}
    with files["csv"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 152
    assert {r["internal_number"]: r["repaired"] for r in rows if r["internal_number"] < "2"} == {
        "1001": "no",
        "1002": "yes",
    }
    page = files["html"].read_text(encoding="utf-8")
    assert "2 of\n8 rules broken" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page
    told = json.loads(files["json"].read_text(encoding="utf-8"))
    assert told["success"] is False
    assert told["validation"]["statistics"]["unsuccessful_expectations"] == 2
