"""What the tests of the API and of the pages start from."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.inventory import database, plans
from include.inventory.events import Actor
from tests.airflow_home import prepare
from tests.integration.factories import a_connection, observed
from tests.web import api
from tests.web.api import HERE, LONDON, THERE, Sync

LISTS_BEGAN = datetime.now(UTC) - timedelta(hours=12)


@pytest.fixture
def seeded(database_url: str) -> Iterator[str]:
    """A seeded inventory that the API answers from, and Airflow to ask it; its URL."""
    prepare()
    with database.transaction() as db:
        api.seed(db)
    yield database_url
    database.pooled(database_url).dispose()


@pytest.fixture
def synced(seeded: str) -> Sync:
    """What lays in the next list of a connection, an hour after the one before, and applies it."""
    done = 0

    def sync(
        users: Sequence[Any], connection: str = "lab", *, hierarchy: str = LONDON, **fields: Any
    ) -> plans.Plan:
        nonlocal done
        done += 1
        with api.inventory() as db:
            config = a_connection(db, connection, hierarchy=hierarchy, **fields)
            observed(db, config, LISTS_BEGAN + done * timedelta(hours=1), users)
            plan = plans.compute(db, connection)
            plans.apply(db, plan.plan, actor=Actor("sync"))
        return plan

    return sync


@pytest.fixture
def dark(synced: Sync) -> plans.Plan:
    """SBC-1 and its twelve numbers have vanished: the plan that withholds them."""
    synced([*THERE, *HERE])
    plan = synced(THERE)
    assert plan.withheld == {"cool": 12}
    return plan
