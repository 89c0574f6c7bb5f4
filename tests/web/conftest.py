"""What the tests of the API start from."""

from collections.abc import Iterator

import pytest

from include.inventory import database
from tests.airflow_home import prepare
from tests.web import api


@pytest.fixture
def seeded(database_url: str) -> Iterator[str]:
    """A seeded inventory that the API answers from, and Airflow to ask it; its URL."""
    prepare()
    with database.transaction() as db:
        api.seed(db)
    yield database_url
    database.pooled(database_url).dispose()
