"""`numbers import` and `numbers export` beside plain COPY of the same rows: seconds and memory.

``python -m benchmarks.transfers [--numbers 1000000]``: every step on a fresh inventory with all
its indexes, and imports and exports in a process of their own, as on a terminal. COPY is timed
beside each of them, and the best of its times counts.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from include.inventory import database, schema

COLUMNS = (
    "internal_number,hierarchy,status,usage,vendor,subscriber,tag,release_date,description,"
    "e164_number,reservation_notes"
)
IMPORT, EXPORT = 0.6, 0.5
# How much more memory all numbers may take than a quarter of them.
GROWTH = 1.25
# How often an export is timed: the machine may be busy.
TURNS = 3


def rows(numbers: int) -> Iterator[list[str]]:
    """A realistic inventory, site by site: half of it free, the rest held, reserved or cooling."""
    chance = random.Random(1)
    for index in range(numbers):
        number = f"+4420{70_000_000 + index:08}"
        node = f"sys.hcs.acme{index // 50_000}.site{index // 2_500}"
        kind = chance.random()
        if kind < 0.5:
            fields = ["Available", "", "", "", "", "", "", "", "", ""]
        elif kind < 0.75:
            user, desk = f"user{index}@example.org", f"Desk {index % 977}, floor {index % 9}"
            fields = [
                "Used",
                "User",
                "Microsoft",
                user,
                "",
                "",
                desk,
                number,
                "",
                f"CC{index % 50}",
            ]
        elif kind < 0.9:
            room = f"Room {index % 977}"
            fields = ["Used", "Device", "AudioCodes", "", "", "", room, number, "", ""]
        elif kind < 0.95:
            notes = f"for project {index % 31}"
            fields = ["Reserved", "", "", "", "", "2026-12-24", "", number, notes, ""]
        else:
            fields = ["Cooling", "", "", "", "Cooling, see", "2026-12-01T02:00", "", "", "", ""]
        yield [number, node, *fields]


def write(folder: Path, numbers: int) -> tuple[Path, Path]:
    """The file that people would import, and the same rows as COPY takes them."""
    given, plain = folder / f"numbers-{numbers}.csv", folder / f"plain-{numbers}.csv"
    with (
        given.open("w", newline="", encoding="utf-8") as one,
        plain.open("w", newline="", encoding="utf-8") as two,
    ):
        sheet, copy = csv.writer(one), csv.writer(two)
        sheet.writerow([*COLUMNS.split(","), "extra1"])
        for row in rows(numbers):
            sheet.writerow(row)
            copy.writerow([*row[:-1], json.dumps({"extra1": row[-1]}) if row[-1] else ""])
    return given, plain


def fresh(name: str) -> str:
    """The address of a new inventory that is empty."""
    address = database.embedded_url(name)
    with database.transaction(address) as db:
        schema.upgrade(db)
    return address


def copy_in(address: str, plain: Path) -> float:
    """Seconds of a plain COPY into the table."""
    begin = time.perf_counter()
    with database.transaction(address) as db:
        statement = f"COPY numbers.number ({COLUMNS}, extra) FROM STDIN (FORMAT csv)"
        with (
            plain.open("rb") as file,
            database.driver(db).cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            while data := file.read(1 << 20):
                copy.write(data)
    return time.perf_counter() - begin


def copy_out(address: str, target: Path) -> float:
    """Seconds of a plain COPY from the table."""
    begin = time.perf_counter()
    with (
        database.transaction(address) as db,
        target.open("wb") as file,
        database.driver(db).cursor() as cursor,
        cursor.copy("COPY numbers.number TO STDOUT (FORMAT csv)") as copy,
    ):
        for data in copy:
            file.write(data)
    return time.perf_counter() - begin


def numbers(address: str, *arguments: str | Path) -> tuple[float, float]:
    """One command: seconds without the start of Python, and peak memory in MB."""
    program = (
        "import include.cli, include.inventory.imports, include.inventory.exports, sys, time;"
        "import include.inventory.sheets, pyarrow.parquet;"
        "begin = time.perf_counter();"
        "import atexit;"
        "atexit.register(lambda: print(time.perf_counter() - begin, file=sys.stderr));"
        "include.cli.main()"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    environment = os.environ | {"NUMBER_INVENTORY_DB": address}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, error = process.stdout, process.stderr
        if out is None or error is None:
            raise RuntimeError("The command has no output")
        said, told = out.read().decode(), error.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}: {said}{told}")
    return float(told), usage.ru_maxrss / 1024


def clean(address: str) -> None:
    """Let what was written settle, so that no step pays for the one before it."""
    engine = database.engine(address).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE numbers.number"))
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


def run(folder: Path, size: int, whole: bool) -> dict[str, float]:
    """Each step, and the COPY beside it where all are measured; seconds and MB by name."""
    given, plain = write(folder, size)
    if not whole:
        return imported_and_exported(folder, given, size)
    before = copy_in(fresh(f"before_{size}"), plain)
    found = imported_and_exported(folder, given, size)
    after = copy_in(fresh(f"after_{size}"), plain)
    return found | {"copy in": min(before, after)}


def imported_and_exported(folder: Path, given: Path, size: int) -> dict[str, float]:
    """An import, and the best of some exports of what it imported, each beside a COPY."""
    address = fresh(f"import_{size}")
    found = {}
    found["import"], found["import MB"] = numbers(address, "import", given, "--make-nodes")
    clean(address)
    copies = []
    for form in ("csv", "parquet"):
        runs = []
        for _ in range(TURNS):
            copies.append(copy_out(address, folder / "out.csv"))
            runs.append(numbers(address, "export", folder / f"export.{form}"))
        found[form], found[f"{form} MB"] = min(runs)[0], max(peak for _, peak in runs)
    found["copy out"] = min(copies)
    return found


def main() -> int:
    """Print what was measured; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=1_000_000)
    size = parser.parse_args().numbers
    with tempfile.TemporaryDirectory(prefix="number-inventory-transfers-") as home:
        os.environ["NUMBER_INVENTORY_HOME"] = home
        quarter = run(Path(home), size // 4, whole=False)
        found = run(Path(home), size, whole=True)
    ratios = {
        "import": (found["copy in"], IMPORT),
        "csv": (found["copy out"], EXPORT),
        "parquet": (found["copy out"], EXPORT),
    }
    missed = False
    print(f"{size:,} numbers      seconds   COPY    ratio  wanted   MB at a quarter and whole")
    for name, (copied, wanted) in ratios.items():
        ratio, before, after = copied / found[name], quarter[f"{name} MB"], found[f"{name} MB"]
        missed |= ratio < wanted or after > GROWTH * before
        print(
            f"{name:18}{found[name]:10.2f}{copied:8.2f}{ratio:9.2f}{wanted:8.2f}"
            f"{before:10.0f}{after:6.0f}"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
