"""What a DAG run stands for: an instant, and who acts in it. One answer for every DAG."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from include.inventory.events import Actor

RunContext = Mapping[str, Any]
"""What Airflow tells a task about itself and its run."""

PERIODIC = ("scheduled", "backfill")


def as_of(context: RunContext) -> datetime:
    """The instant that a run stands for.

    The end of its data interval where it was scheduled or backfilled; the newest `as_of` in the
    events that triggered it where assets did; else, and at the latest, its run-after time.
    """
    run: Any = context["dag_run"]
    if run.run_type in PERIODIC and run.data_interval_end is not None:
        return _datetime(run.data_interval_end)
    told = [
        datetime.fromisoformat(event.extra["as_of"])
        for events in context["triggering_asset_events"].values()
        for event in events
        if "as_of" in event.extra
    ]
    return min(max(told, default=run.run_after), _datetime(run.run_after))


def is_backfill(context: RunContext) -> bool:
    """True where the run repeats or fills in the past, so that nothing live may be asked."""
    run: Any = context["dag_run"]
    return bool(run.run_type == "backfill")


def actor(context: RunContext, name: str | None = None) -> Actor:
    """Who the events of a run name: a person where one decided, else the DAG; and the run."""
    run: Any = context["dag_run"]
    return Actor(name or run.dag_id, dag_run=f"{run.dag_id}/{run.run_id}")


class Decision(TypedDict):
    """What a person decided in a run: why (maybe blank), when, and who."""

    reason: str
    as_of: datetime
    actor: Actor


def decision(context: RunContext, answer: Mapping[str, Any]) -> Decision:
    """The decision that the answer to a question of a run is, as of the moment that it is done.

    Numbers cool from then on: an answer that waited for a worker uses none of their days up.
    """
    return {
        "reason": str(answer["params_input"].get("reason", "")),
        "as_of": max(as_of(context), datetime.now(UTC)),
        "actor": actor(context, str(answer["responded_by_user"]["name"])),
    }


def _datetime(moment: datetime) -> datetime:
    """The same instant, of the plain type that databases and files know."""
    return datetime.fromisoformat(moment.isoformat())
