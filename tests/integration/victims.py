"""Processes that are killed at a chosen moment, without a word.

They are forked by a server of forks that is started once and runs nothing else: the process of the
tests has threads, which a fork would leave behind, and a new interpreter takes seconds.
"""

import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "pyarrow.csv",
        "pyarrow.parquet",
        "include.arm.numbers",
        "tests.integration.steps",
        "tests.integration.test_server_crash",
        "tests.integration.test_torn_lists",
    ]
)
SECONDS = 60

# What a victim does at each boundary that it comes to, told where that is.
Boundary = Callable[[str], None]


def killed(victim: Callable[..., None], *args: Any, at: int) -> str:
    """Run ``victim(boundary, *args)`` in a process that dies at a boundary; where that was.

    Boundaries are counted from 1. It fails where the victim has fewer, or raises.
    """
    told, tell = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_live, args=(tell, at, victim, args))
    process.start()
    tell.close()
    process.join(SECONDS)
    where = str(told.recv()) if told.poll() else "nowhere"
    told.close()
    assert process.exitcode == -signal.SIGKILL, f"{process.exitcode} at {where}"
    process.close()
    return where


def torn(victim: Callable[..., None], *args: Any, kind: str, size: int) -> None:
    """Run ``victim(*args)`` in a process that dies as a file of a kind grows beyond a size.

    The first ``size`` bytes of it are on the disk then. ``kind`` is what its name ends in.
    """
    process = FORKS.Process(target=_write, args=(kind, size, victim, args))
    process.start()
    process.join(SECONDS)
    assert process.exitcode == -signal.SIGXFSZ
    process.close()


def done(victim: Callable[..., None], *args: Any) -> None:
    """Run ``victim(*args)`` in a process of its own, to its end."""
    process = FORKS.Process(target=victim, args=args)
    process.start()
    process.join(SECONDS)
    assert process.exitcode == 0
    process.close()


def _live(tell: Pipe, deadly: int, victim: Callable[..., None], args: tuple[Any, ...]) -> None:
    reached = count(1)

    def boundary(where: str) -> None:
        number = next(reached)
        if number == deadly:
            tell.send(f"{where}, the {number}. boundary")
            die()

    victim(boundary, *args)


def _write(kind: str, size: int, victim: Callable[..., None], args: tuple[Any, ...]) -> None:
    def hook(name: str, about: tuple[Any, ...]) -> None:
        if name == "open" and str(about[0]).endswith(kind):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(hook)
    victim(*args)


def die() -> None:
    """End this process at once: nothing is cleaned up, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def statements(boundary: Boundary) -> Iterator[None]:
    """Each statement is a boundary once it is done; so is each block of a COPY, and each COMMIT."""
    write = psycopg.Copy.write

    def written(copy: Any, block: Any) -> None:
        write(copy, block)
        boundary("after a block of a COPY")

    def executed(_db: Any, _cursor: Any, statement: str, *_: Any) -> None:
        boundary(f"after {statement.strip().splitlines()[0][:60]!r}")

    def committing(_db: Any) -> None:
        boundary("before a COMMIT")

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "commit", committing)
    with patch.object(psycopg.Copy, "write", written):
        yield
    event.remove(Engine, "after_cursor_execute", executed)
    event.remove(Engine, "commit", committing)


def watch_files(boundary: Boundary, folder: Path) -> None:
    """Each file or folder within a folder that is opened, made, renamed or removed is a boundary.

    It is one just before it happens. The watch lasts as long as the process.
    """
    watched = {"open", "os.mkdir", "os.rename", "os.remove"}

    def hook(name: str, args: tuple[Any, ...]) -> None:
        if name in watched and str(args[0]).startswith(str(folder)):
            boundary(f"before {name} of {Path(args[0]).name}")

    sys.addaudithook(hook)
