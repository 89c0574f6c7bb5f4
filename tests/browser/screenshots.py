"""Pictures of every page, light and dark, of the demo's week: ``make screenshots`` takes them anew.

They go to docs/pictures/pages.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from include.demo import live, smoke
from include.demo.stage import Stage, built, seed
from include.inventory import database, plans
from include.simulator import story
from tests.browser import chromium, server
from tests.browser.server import FRAMED, Server

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "pages"
SIZE = {"width": 1370, "height": 890}
THEMES = ("light", "dark")
DRAWN_MS = 1500
EVENTFUL = """
SELECT e.internal_number
FROM numbers.number_event AS e
GROUP BY e.internal_number
ORDER BY count(*) DESC, e.internal_number
LIMIT 1
"""


def main() -> int:
    """Play the week, and take every picture of it; 1 where there is no browser."""
    if chromium.executable() is None:
        print(chromium.MISSING)
        return 1
    with played() as stage, server.running(stage.airflow_home, stage.inventory) as airflow:
        pages = addresses(stage)
        with chromium.started() as browser:
            for theme in THEMES:
                take(browser, airflow, pages, theme)
    return 0


@contextmanager
def played() -> Iterator[Stage]:
    """The demo's stage when its week is over, in a home of its own."""
    home = tempfile.mkdtemp(prefix="number-inventory-pictures-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["NUMBER_INVENTORY_HOME"] = home
    smoke.FIRST = live.first_reading(datetime.now(UTC))
    with built(Path(home) / "demo", smoke.FIRST) as stage:
        os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = "not a secret: " * 5
        print(f"Seeded {seed(stage):,} numbers; playing the week", flush=True)
        dags = smoke._dags()
        for day in range(story.DAYS):
            smoke._day(stage, dags, day)
        yield stage


def addresses(stage: Stage) -> dict[str, str]:
    """What to take pictures of: their names, and the addresses in Airflow."""
    from include.orchestration import artifacts  # imports Airflow, which by now finds the stage

    with database.transaction(stage.inventory) as db:
        number = db.execute(text(EVENTFUL)).scalar_one()
        dark = story.readings(stage.first)[smoke.DARK_DAY]
        *_, plan = [one["plan"] for one in plans.listed(db) if one["as_of"] == dark]
    audit, *_ = artifacts.newest()
    found = {
        "overview": "/",
        "numbers": "/numbers",
        "number": f"/numbers/{number}",
        "plans": "/plans",
        "plan": f"/plans/{plan}",
        "audits": "/audits",
        "audit": f"/audits/{audit.dag_id}/{quote(audit.run_id)}/{audit.try_number}",
        "settings": f"/settings?hierarchy={story.CUSTOMER}",
    }
    return {name: FRAMED + path for name, path in found.items()}


def take(browser: Any, airflow: Server, pages: dict[str, str], theme: str) -> None:
    """Take the pictures of all pages in a theme."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport=SIZE, color_scheme=theme)
    context.add_cookies([airflow.cookie("ada", "admin")])
    page = context.new_page()
    for name, path in pages.items():
        page.goto(airflow.url + path)
        page.frame_locator("iframe").locator("main").wait_for(timeout=60_000)
        page.wait_for_timeout(DRAWN_MS)
        picture = FOLDER / f"{name}-{theme}.png"
        page.screenshot(path=picture)
        print(f"{picture.name:24} {picture.stat().st_size:>8,} bytes", flush=True)
    context.close()


if __name__ == "__main__":
    raise SystemExit(main())
