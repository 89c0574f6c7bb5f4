"""Where the servers of tests keep their files: nothing in them outlives the tests."""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30


def roomy() -> Path | None:
    """A folder in memory where there is one with room; else None, which stands for the disk.

    A fresh database is some hundred files, and making and dropping one costs a disk far more.
    """
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else None
