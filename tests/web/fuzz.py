"""Schemathesis against the API: what its description promises, tried with what nobody would send.

``python -m tests.web.fuzz [EXAMPLES]`` runs longer than the test does, and prints what it found.
"""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.engine import events, from_schema

EXAMPLES = 100
ROOT = "/number-inventory/api/v1"


@dataclass
class Found:
    """How often each check was made, how many answers had which status, and what failed."""

    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def fuzz(application: Any, token: str, *, examples: int, phases: tuple[str, ...]) -> Found:
    """Ask the application as the one whose token it is, and check every answer."""
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "allow-x00": False,
            },
            "phases": {
                phase: {"enabled": phase in phases}
                for phase in ("examples", "coverage", "fuzzing", "stateful")
            },
            # A value can fit its description and be none that a rule lets through.
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "3xx", "404", "409", "412", "422"]
                },
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
        }
    )
    schema = schemathesis.openapi.from_asgi(
        f"{ROOT}/openapi.json",
        application,
        config=config,
        headers={"Authorization": f"Bearer {token}"},
    )
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished | events.FuzzScenarioFinished):
            _note(event.recorder, found)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.errors.append(
                str(getattr(event, "value", None) or getattr(event, "exception", ""))
            )
    return found


def _note(recorder: Any, found: Found) -> None:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            found.checks[check.name] += 1
            if check.failure_info is not None:
                found.failures.append(_told(recorder, case_id, check))
    for exchange in recorder.interactions.values():
        if exchange.response is not None:
            found.statuses[exchange.response.status_code] += 1


def _told(recorder: Any, case_id: str, check: Any) -> str:
    exchange = recorder.interactions.get(case_id)
    asked = exchange.request if exchange else None
    answer = exchange.response.content[:300] if exchange and exchange.response else b""
    failure = check.failure_info.failure
    what = f"{asked.method} {asked.uri} {asked.headers} {str(asked.body)[:200]}" if asked else ""
    return f"{check.name}: {failure.title}: {failure.message[:300]}\n  {what[:900]}\n  {answer!r}"


def _main(examples: int) -> int:
    """The test itself, for longer: pytest brings the inventory that it asks."""
    command = [sys.executable, "-m", "pytest", "-s", "tests/web/test_api_fuzz.py"]
    settings = os.environ | {"FUZZ_EXAMPLES": str(examples)}
    return subprocess.run(command, env=settings, check=False).returncode


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
