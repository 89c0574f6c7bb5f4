"""A step that is killed half-way leaves the inventory as it was; its retry ends as it should."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from include.inventory import database, plans, timeline
from include.inventory.events import Actor
from tests.integration.factories import NOON, a_connection, landed

OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
STEPS = {
    "observe": "timeline.observe(db, snapshots.landed(storage, 'lab', as_of))",
    "plan": "plans.compute(db, 'lab')",
    "apply": "plans.apply(db, plan, actor=Actor('killed'))",
    "release": "releases.release(db, as_of=as_of, actor=Actor('killed'))",
}
# It dies without a word after its n-th statement.
VICTIM = """
    import os, signal, sys
    from datetime import datetime
    from pathlib import Path
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from include.inventory import database, plans, releases, snapshots, timeline
    from include.inventory.events import Actor

    storage, as_of = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
    plan, left = int(sys.argv[3]), int(sys.argv[4])

    @event.listens_for(Engine, "after_cursor_execute")
    def die(*_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with database.transaction() as db:
        {step}
        # Not reached by every statement count: the step had fewer.
"""


def state(address: str) -> list:
    with database.transaction(address) as db:
        return [
            db.execute(text(f"SELECT * FROM numbers.{table} ORDER BY 1, 2, 3")).all()
            for table in ("number", "presence", "number_event", "plan_change", "snapshot", "hold")
        ]


def killed(step: str, storage, plan: int, statements: int) -> bool:
    """Run a step in a process that dies after so many statements; False where it had fewer."""
    code = textwrap.dedent(VICTIM).format(step=STEPS[step])
    as_of = (NOON + timedelta(days=1)).isoformat()
    done = subprocess.run(
        [sys.executable, "-c", code, str(storage), as_of, str(plan), str(statements)],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode != 0


@pytest.mark.parametrize(
    ("step", "statements"),
    [("observe", 4), ("observe", 9), ("plan", 5), ("plan", 8), ("apply", 3), ("apply", 6),
     ("release", 3)],
)  # fmt: skip
def test_a_killed_step_leaves_nothing_behind(
    database_url: str, tmp_path, step: str, statements: int
) -> None:
    with database.transaction(database_url) as db:
        config = a_connection(db)
        timeline.observe(db, landed(config, NOON, [*OTHERS, "1001"], storage=tmp_path))
        plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("tester"))
        second = landed(config, NOON + timedelta(days=1), [*OTHERS, "1002"], storage=tmp_path)
        if step != "observe":
            timeline.observe(db, second)
        plan = plans.compute(db, "lab").plan
    before = state(database_url)
    assert killed(step, tmp_path, plan, statements)
    assert state(database_url) == before
    with database.transaction(database_url) as db:
        timeline.observe(db, second)
        plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("tester"))
        statuses = dict(
            db.execute(text("SELECT status, count(*) FROM numbers.number GROUP BY status")).all()
        )
    assert statuses == {"Used": 21, "Cooling": 1}
