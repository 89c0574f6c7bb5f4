"""`make faults`: every fault of a source, tried from end to end; a row each, and what was freed."""

import os
import sys
import tempfile
from pathlib import Path

from sqlalchemy import Engine

from include.inventory import database, schema
from tests.faults.scenarios import Case, cases
from tests.faults.trial import Outcome, trial
from tests.memory import roomy

HEADING = (
    "scenario", "paging", "login", "day 1", "day 3", "day 5", "requests", "slept", "freed"
)  # fmt: skip
WIDTHS = (26, 8, 7, 20, 20, 7, 9, 8, 6)


def main(names: list[str]) -> int:
    """Try the cases of these scenarios, or all; 1 where one was not survived."""
    tried: list[Outcome] = []
    wanted = [case for case in cases() if not names or case.name in names]
    print(_line(HEADING))
    with tempfile.TemporaryDirectory(prefix="number-inventory-faults-", dir=roomy()) as folder:
        inventory = _inventory(folder)
        for case in wanted:
            with inventory.connect() as db:  # taken back at its end
                tried.append(trial(case, db, Path(folder)))
            print(_row(tried[-1]), flush=True)
            for complaint in tried[-1].complaints:
                print(f"    {complaint}")
        inventory.dispose()
    survived = sum(outcome.survived for outcome in tried)
    freed = sum(outcome.freed for outcome in tried)
    print(f"faults survived {survived}/{len(wanted)}, live numbers freed {freed}")
    return int(survived < len(wanted) or not wanted or freed > 0)


def _inventory(folder: str) -> Engine:
    """An empty inventory on a server of its own, which ends with this process."""
    os.environ["NUMBER_INVENTORY_HOME"] = folder
    address = database.embedded_url("faults")
    with database.transaction(address) as db:
        schema.upgrade(db)
    return database.engine(address)


def _row(outcome: Outcome) -> str:
    case: Case = outcome.case
    slept = sum(max(outcome.slept, key=sum)) if outcome.slept else 0
    return _line(
        (
            case.name + (" + cross-check" if case.witness else ""),
            case.paging,
            case.authentication,
            *outcome.endings,
            max(sum(asked.values()) for asked in outcome.asked),
            f"{slept:.0f} s",
            outcome.freed,
        )
    )


def _line(cells: tuple[object, ...]) -> str:
    padded = (str(cell).ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return " ".join(padded).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
