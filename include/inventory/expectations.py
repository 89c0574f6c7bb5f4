"""Great Expectations as the judge of the audit: a count per rule, each expected to be 0.

It runs on the audit's own connection, so it sees the same moment of the inventory. It is imported
only when an audit runs: that takes seconds.
"""

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.pool import StaticPool

from include.inventory.errors import InventoryError

# Never dialled: the connection is borrowed. It only has to look like a PostgreSQL address.
ADDRESS = "postgresql+psycopg://borrowed@localhost/inventory"


class _Borrowed:
    """The caller's connection, whose transaction stays the caller's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """Leave the transaction open."""

    rollback = close = commit


def judge(db: Connection, counts: Mapping[str, int], rules: Mapping[str, str]) -> dict[str, Any]:
    """Validate that no rule is broken; return the validation result, ready for JSON.

    ``counts`` are the numbers that break a rule, ``rules`` say what each rule is. Raises
    InventoryError where a rule could not be judged: that is neither kept nor broken.
    """
    columns = ", ".join(f"CAST({counts.get(rule, 0)} AS bigint) AS {rule}" for rule in rules)
    db.execute(text(f"CREATE TEMPORARY TABLE verdict ON COMMIT DROP AS SELECT {columns}"))
    result = _validate(db, rules)
    db.execute(text("DROP TABLE verdict"))
    failed = [
        each["expectation_config"]["meta"]["rule"]
        for each in result["results"]
        if each["exception_info"].get("raised_exception", True)
    ]
    if failed:
        raise InventoryError(f"The audit could not judge {', '.join(failed)}; run it again")
    return result


def _validate(db: Connection, rules: Mapping[str, str]) -> dict[str, Any]:
    # It tells two hundred times that it skips a function of another engine.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_max_to_be_between import (
        ExpectColumnMaxToBeBetween,
    )

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_postgres(
        "inventory",
        connection_string=ADDRESS,
        kwargs={
            "creator": lambda: _Borrowed(db.connection.driver_connection),
            "poolclass": StaticPool,
            "pool_reset_on_return": None,
            "use_native_hstore": False,
        },
    )
    table = source.add_table_asset("verdict", table_name="verdict")
    suite = gx.ExpectationSuite(
        name="number_inventory",
        expectations=[
            ExpectColumnMaxToBeBetween(
                column=rule, max_value=0, description=description, meta={"rule": rule}
            )
            for rule, description in rules.items()
        ],
    )
    definition = gx.ValidationDefinition(
        name="audit",
        data=table.add_batch_definition_whole_table("all"),
        suite=context.suites.add(suite),
    )
    result: Any = context.validation_definitions.add(definition).run(result_format="SUMMARY")
    return dict(result.to_json_dict())


def kept(result: Mapping[str, Any]) -> dict[str, bool]:
    """The verdict by rule."""
    return {
        each["expectation_config"]["meta"]["rule"]: bool(each["success"])
        for each in result["results"]
    }
