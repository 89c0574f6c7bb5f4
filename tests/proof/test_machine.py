"""Any history: the pipeline does what the model says, and frees no live number.

``NUMBER_INVENTORY_PROOF_HISTORIES`` asks for more than the usual number of them; so does
``python -m tests.proof``.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.proof.machine import HOURS, WEIGHTED, Bench, Step, bench, history

HISTORIES = int(os.environ.get("NUMBER_INVENTORY_PROOF_HISTORIES", "200"))
CHOICE = st.integers(0, 719)
STEPS = st.builds(
    Step,
    st.sampled_from(WEIGHTED),
    st.sampled_from(HOURS),
    CHOICE,
    CHOICE,
    CHOICE,
    st.integers(0, 32).map(lambda drawn: drawn == 32),
)


@pytest.fixture(scope="module")
def inventory() -> Iterator[Bench]:
    with bench() as made:
        yield made


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEPS, min_size=50, max_size=50))
def test_any_history_keeps_every_rule(inventory: Bench, steps: list[Step]) -> None:
    inventory.run(steps)


@pytest.mark.parametrize("seed", range(3))
def test_histories_of_files_and_statements_as_they_are(inventory: Bench, seed: int) -> None:
    inventory.run(history(seed), plainly=True)
