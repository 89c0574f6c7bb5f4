"""The browser of the tests: a Chromium that is on the machine, for nothing here installs one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It has no sandbox as root, as in a container, and asks nobody outside for anything.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "No Chromium here: install one, or name it in NUMBER_TEST_CHROMIUM"


def executable() -> str | None:
    """Where the browser is: as NUMBER_TEST_CHROMIUM names it, or by a name of its own."""
    named = os.environ.get("NUMBER_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started() -> Iterator[Any]:
    """The browser, until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        yield browser
        browser.close()
