"""A step that is killed anywhere leaves the inventory as it was; its retry ends as it should.

Every step dies after each of its statements and each block of a COPY, before its COMMIT and after.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from include.inventory import database
from include.inventory.errors import Refused
from tests.integration.steps import STEPS, Place, Step, audit, drifted


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    engine = database.engine(database_url)
    yield Place(engine, database_url, tmp_path)
    engine.dispose()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_killed_leaves_all_or_nothing(place: Place, name: str) -> None:
    """Each run is the retry of the one before it, and dies one boundary later; the last one lives.

    What that leaves is what a run leaves that nobody disturbed.
    """
    step = STEPS[name]
    with database.begun(place.engine) as db:
        step.prepare(db, place.storage)
    before, counters = place.state(), place.counters()
    after = place.tried(step)
    assert place.state(written=False) != after
    deaths: list[str] = []
    while not (deaths and deaths[-1].startswith("after the end")):
        assert place.state() == before, deaths
        place.count_from(counters)
        deaths.append(place.killed(name, len(deaths) + 1))
    assert place.state(written=False) == after
    assert deaths[-2].startswith("before a COMMIT")
    repeat(place, step)


def repeat(place: Place, step: Step) -> None:
    """Do a step that is done, as somebody does who has not heard of it."""
    after = place.state()
    with database.begun(place.engine, isolation=step.isolation) as db:
        if step.again == "refused":
            with pytest.raises(Refused):
                step.run(db, place.storage)
            db.rollback()
        else:
            step.run(db, place.storage)
    assert (place.state() != after) == (step.again == "more")


def test_the_judge_of_an_audit_neither_commits_nor_takes_back(place: Place) -> None:
    """Great Expectations runs on the connection of the audit, in the middle of its transaction."""
    with database.begun(place.engine) as db:
        drifted(db, place.storage)
    before = place.state()
    unjudged = place.tried(STEPS["audit"])
    assert place.tried(replace(STEPS["audit"], run=audit)) == unjudged
    assert place.state() == before
