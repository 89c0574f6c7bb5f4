"""Soak the inventory: ``python -m tests.soak [--minutes 3] [--processes 8] [--seed N]``.

On a PostgreSQL of its own, which is gone afterwards. Exit code 1 where anything went wrong.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
import time

from include.inventory import database
from tests.soak.running import Soaked, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    home = tempfile.mkdtemp(prefix="number-inventory-soak-")
    os.environ["NUMBER_INVENTORY_HOME"] = home
    # Handlers run last in, first out: by then the server in it has been stopped by its own.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    # Lists are landed in folders below it.
    tempfile.tempdir = os.environ["TMPDIR"] = home
    print(f"seed {given.seed}", flush=True)
    soaked = run(
        database.embedded_url("soak"),
        seconds=given.minutes * 60,
        processes=given.processes,
        seed=given.seed,
    )
    _print(soaked)
    return 1 if soaked.faults else 0


def _print(soaked: Soaked) -> None:
    for fault in soaked.faults:
        print(fault)
    print(f"{'transaction':<16}{'committed':>10}{'per second':>12}{'refused':>10}")
    for kind in sorted(soaked.done.keys() | soaked.refused.keys()):
        done, refused = soaked.done[kind], soaked.refused[kind]
        print(f"{kind:<16}{done:>10}{done / soaked.seconds:>12.1f}{refused:>10}")
    print()
    for what, times in sorted(soaked.again.items()):
        print(f"done again, {NAMES.get(what, what)}: {times}")
    for victim, times in soaked.victims.most_common(8):
        print(f"  {times} times {victim}")
    for reason, times in soaked.reasons.most_common(8):
        print(f"refused {times} times: {reason}")
    shown = ", ".join(f"{name.replace('_', ' ')}: {of}" for name, of in soaked.figures.items())
    print(f"{shown}; refused: {soaked.refused.total()}; checks of everything: {soaked.checked}")
    total = soaked.done.total()
    print(
        f"soak: {soaked.processes} processes, {soaked.seconds:.0f} s, {total} transactions "
        f"({total / soaked.seconds:.0f}/s), {soaked.again['40P01']} deadlocks retried, "
        f"{len(soaked.faults)} invariant violations"
    )


NAMES = {
    "40P01": "deadlock (40P01)",
    "40001": "serialization failure (40001)",
    "23505": "made by another one first (23505)",
    "23503": "deleted by another one first (23503)",
}


if __name__ == "__main__":
    sys.exit(main())
