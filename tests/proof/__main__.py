"""`make prove`: many histories, each of a seed; what they did, how long it took, what was wrong.

A history that fails is shrunk by leaving steps out, and printed: ``--seed`` repeats it.
"""

import argparse
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence

from tests.proof.machine import Bench, Step, bench, history

STEPS = 50
PLAINLY = 16  # one history of so many lands files, and runs its statements as they are
REPORT = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run histories; 1 where one was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--histories", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--violations", type=int, default=3, help="stop after so many")
    wanted = parser.parse_args(arguments)
    if wanted.processes > 1:
        return spread(wanted)
    began, violations = time.monotonic(), 0
    with bench() as inventory:
        for done in range(wanted.histories):
            seed = wanted.seed + done
            violations += not kept(inventory, seed)
            if done % REPORT == REPORT - 1:
                seconds = time.monotonic() - began
                print(f"seed {seed}: {(done + 1) / seconds:.2f} histories/s", flush=True)
            if violations >= wanted.violations:
                break
        report(inventory)
    seconds = time.monotonic() - began
    print(f"{done + 1} histories of {STEPS} steps, {violations} violations, {seconds:.0f} s")
    return int(violations > 0)


def spread(wanted: argparse.Namespace) -> int:
    """Share the seeds among processes, each with a server of its own."""
    share, began = wanted.histories // wanted.processes, time.monotonic()
    commands = [
        [sys.executable, "-m", "tests.proof", f"--histories={share}",
         f"--seed={wanted.seed + number * share}", f"--violations={wanted.violations}"]
        for number in range(wanted.processes)
    ]  # fmt: skip
    running = [subprocess.Popen(command) for command in commands]
    failed = sum(process.wait() != 0 for process in running)
    seconds = time.monotonic() - began
    print(f"{share * wanted.processes} histories of {STEPS} steps, {failed} of {wanted.processes} "
          f"processes with violations, {seconds:.0f} s")  # fmt: skip
    return int(failed > 0)


def kept(inventory: Bench, seed: int) -> bool:
    """Whether the history of a seed keeps every rule; where not, it is shrunk and printed."""
    steps, plainly = history(seed, STEPS), seed % PLAINLY == 0
    error = tried(inventory, steps, plainly=plainly)
    if error is None:
        return True
    fewer = shrunk(inventory, steps, plainly=plainly)
    print(f"VIOLATION at --seed {seed} --histories 1, shrunk from {len(steps)} steps:")
    for step in fewer:
        print(f"    {step},")
    error = tried(inventory, fewer, plainly=plainly) or error
    traceback.print_exception(error, limit=-4, file=sys.stdout)
    return False


def tried(inventory: Bench, steps: Sequence[Step], *, plainly: bool) -> Exception | None:
    """What goes wrong in a history, if anything."""
    try:
        inventory.run(steps, plainly=plainly)
    except Exception as error:  # noqa: BLE001 - anything that goes wrong is a finding
        inventory.close()
        return error
    return None


def shrunk(inventory: Bench, steps: list[Step], *, plainly: bool) -> list[Step]:
    """The steps without those that it takes not to go wrong; in at most some hundred trials."""
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + later(steps[start : start + size], steps[start + size :])
            if tried(inventory, fewer, plainly=plainly):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def later(dropped: list[Step], rest: list[Step]) -> list[Step]:
    """The rest, as late as it was."""
    if not rest:
        return []
    hours = sum(step.hours for step in dropped) + rest[0].hours
    first = rest[0]
    return [Step(first.kind, hours, first.a, first.b, first.c, first.crash), *rest[1:]]


def report(inventory: Bench) -> None:
    """What the histories were made of."""
    print("steps:")
    for kind, times in inventory.kinds.most_common():
        mean = inventory.seconds[kind] / times * 1000
        print(f"    {times:8} {kind:22} {mean:7.2f} ms")
    print("what came of them:")
    for what, times in sorted(Counter(inventory.counts).items()):
        print(f"    {times:8} {what}")


if __name__ == "__main__":
    sys.exit(main())
