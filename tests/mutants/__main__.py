"""`make mutants`: plant each bug in a copy of the project, and see that a test fails because of it.

``python -m tests.mutants [NAME…]``: those whose names contain a word given, or all. The tests of
each are run on the copy as it is first, so that a failure is the bug's.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.planted import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("include", "tests", "dags", "plugins", "pyproject.toml")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def main(words: list[str]) -> int:
    """Try the mutants; 1 where a test fails without one, or a mutant lives."""
    tried = [
        mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)
    ]
    with tempfile.TemporaryDirectory(prefix="number-inventory-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        files = sorted({test for mutant in tried for test in mutant.tests})
        if not tried or (broken := failing(copy, files)):
            print(f"Without any mutant, {broken} fails" if tried else "No mutant has such a name")
            return 1
        killed = sum(_try(copy, mutant) for mutant in tried)
    print(f"mutants killed {killed}/{len(tried)}")
    return int(killed < len(tried))


def failing(copy: Path, files: list[str]) -> str | None:
    """The first test of these files that fails there."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    found = FAILED.search(done.stdout)
    if found is None:
        raise SystemExit(f"pytest could not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found.group(1)


def _try(copy: Path, mutant: Mutant) -> bool:
    """Plant one mutant and take it out again; whether a test killed it."""
    began = time.perf_counter()
    file = copy / mutant.file
    before = file.read_text(encoding="utf-8")
    if before.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: its text stands {before.count(mutant.old)} times")
    file.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
    killer = failing(copy, list(mutant.tests))
    file.write_text(before, encoding="utf-8")
    seconds = time.perf_counter() - began
    print(f"{mutant.name:58} {seconds:4.0f} s  {killer or 'LIVES'}", flush=True)
    return killer is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
