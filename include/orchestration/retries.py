"""Which failures are worth another try: those that may pass by themselves."""

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import Context, RetryDecision, RetryPolicy

from include.arm import ArmError, DeadlineExceeded, Incomplete, Unavailable
from include.inventory.errors import DatabaseUnavailable, Interrupted, InventoryError

log = logging.getLogger(__name__)

MAY_PASS = (DatabaseUnavailable, Interrupted, Unavailable, DeadlineExceeded, Incomplete)
IS_A_RULE = (InventoryError, ArmError)


class OnlyWhatMayPass(RetryPolicy):
    """Outages are tried again; what a rule forbids or a person must correct fails at once.

    Either way, the error's own message is told below its traceback.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - the interface's
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide whether a failed task is tried again."""
        if isinstance(exception, IS_A_RULE):
            log.error("%s", exception)
        if isinstance(exception, MAY_PASS):
            return RetryDecision.retry(reason=str(exception))
        if isinstance(exception, IS_A_RULE):
            return RetryDecision.fail(reason=str(exception))
        return RetryDecision.default()


DEFAULTS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_policy": OnlyWhatMayPass(),
}
"""The default arguments of every task."""
