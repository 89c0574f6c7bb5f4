"""Set a named macro at a hierarchy node, from now on.

**Takes** the macro, the node and the value from the form that a trigger shows. **Changes** the
value in force at that node and below it, down to the nearest node that has a value of its own;
numbers that are cooling already keep their release date. The history is kept, with your name.

**Who may** trigger it may set macros, whether he may edit Airflow Variables or not: Airflow lets
nobody ask for both. Who is limited to a node sets them at that node and below it alone.

**When it fails** nothing has been set: the error in the log names macro, node and value.
"""

import logging
from typing import Any

from airflow.sdk import DAG, Param, task

from include.inventory import limits, macros
from include.macros import MACROS
from include.orchestration import inventory, retries, runs, schedules

log = logging.getLogger("set_macro")


@task
def set_value(**context: Any) -> None:
    params = context["params"]
    person = context["dag_run"].triggering_user_name
    with inventory.transaction() as db:
        if person is not None:
            limits.check_node(db, person, params["hierarchy"])
        now = macros.set_value(
            db,
            params["macro"],
            params["value"],
            hierarchy=params["hierarchy"],
            set_by=runs.actor(context, person).name,
        )
    log.info("%s is %s %s at %s from now on", now.name, now.value, now.unit, now.hierarchy)


with DAG(
    dag_id="set_macro",
    doc_md=__doc__,
    schedule=None,
    start_date=schedules.START,
    default_args=retries.DEFAULTS,
    params={
        "macro": Param(
            type="string",
            enum=list(MACROS),
            description="\n".join(
                f"{macro.name}: {macro.description}" for macro in MACROS.values()
            ),
        ),
        "hierarchy": Param(type="string", description="The node, such as sys.hcs.acme"),
        # Text: the form puts a number that is out of bounds at the nearest bound, and says nothing.
        "value": Param(
            type="string",
            description="\n".join(
                f"{macro.name}: {macro.minimum} to {macro.maximum} {macro.unit}"
                for macro in MACROS.values()
            ),
        ),
    },
    tags=["number inventory"],
):
    set_value()
