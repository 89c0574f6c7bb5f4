"""The DAG by which an administrator sets a named macro, and the macro in templates."""

from collections.abc import Callable
from typing import Any

import pytest

from include.inventory import database, macros
from tests.dags.conftest import MACRO, Run, limited
from tests.integration.factories import a_node

Runner = Callable[..., Run]
NAME = "audiocodes_cooling_duration"
NODE = "sys.hcs.acme"


@pytest.fixture(autouse=True)
def node(database_url: str) -> None:
    """The node is there."""
    with database.transaction(database_url) as db:
        a_node(db, NODE)


def in_force() -> macros.InForce:
    with database.transaction() as db:
        return macros.in_force(db, NAME, f"{NODE}.london")


def test_the_value_is_in_force_at_the_node_and_below(run: Runner) -> None:
    assert run(MACRO, macro=NAME, hierarchy=NODE, value="5").state == "success"
    found = in_force()
    assert (found.value, found.source, found.set_by) == (5, NODE, "dag_test")


@pytest.mark.parametrize("value", ["1000", "-1", "2.5", ""])
def test_a_value_that_cannot_be_is_refused_naming_macro_node_and_value(
    run: Runner, value: str
) -> None:
    done = run(MACRO, macro=NAME, hierarchy=NODE, value=value)
    assert done.state == "failed"
    assert f"{NAME} at {NODE} cannot be {value!r}" in done.log
    assert in_force().source is None


def test_who_is_limited_to_a_node_sets_nothing_elsewhere(run: Runner) -> None:
    site = f"{NODE}.london"
    limited("dag_test", site)
    done = run(MACRO, macro=NAME, hierarchy=NODE, value="0")
    assert done.state == "failed"
    assert f"dag_test sees what is at {site} and below it, not {NODE}" in done.log
    assert in_force().source is None
    assert run(MACRO, macro=NAME, hierarchy=site, value="0").state == "success"
    assert in_force().source == site


def test_templates_read_the_value_in_force(airflow: None, database_url: str, tmp_path: Any) -> None:
    from airflow.sdk.definitions._internal.templater import SandboxedEnvironment
    from airflow.sdk.execution_time import macros as namespace
    from airflow.sdk.plugins_manager import integrate_macros_plugins

    integrate_macros_plugins()
    with database.transaction(database_url) as db:
        macros.set_value(db, NAME, 7, hierarchy=NODE, set_by="ada")
    template = "{{ macros.number_inventory.audiocodes_cooling_duration('sys.hcs.acme.london') }}"
    rendered = SandboxedEnvironment().from_string(template).render(macros=namespace)
    assert rendered == "7"
