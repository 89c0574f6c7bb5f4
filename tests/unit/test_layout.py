"""The repository has the parts that it promises, and what it installs is pinned."""

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCKS = ["requirements.txt", "requirements-dev.txt"]
PARTS = [
    "dags",
    "plugins",
    "include/arm",
    "include/inventory",
    "include/macros",
    "include/simulator",
    "include/sql",
    "include/web",
    "include/audiocodes_connections.yaml",
    "tests",
    "benchmarks",
    "docs",
    "docker-compose.yaml",
    "Dockerfile",
    "requirements.txt",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    ".ci/run",
]


def requirements(lock: str) -> list[str]:
    lines = (ROOT / lock).read_text().splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def pins(lock: str) -> dict[str, str]:
    """Package name to version."""
    return dict(re.findall(r"^(\S+)==(\S+)", "\n".join(requirements(lock)), re.MULTILINE))


def names(wishes: list[str]) -> set[str]:
    """The names in a list of requirements, as the locks spell them."""
    return {re.split(r"[\[<>=~! ]", wish)[0].lower() for wish in wishes}


@pytest.mark.parametrize("part", PARTS)
def test_the_repository_has_this_part(part: str) -> None:
    assert (ROOT / part).exists()


def test_the_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_one_pinned_version(lock: str) -> None:
    pinned = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w.]+ .+)?")
    assert [line for line in requirements(lock) if not pinned.fullmatch(line)] == []
    assert len(pins(lock)) == len(requirements(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_nothing_about_where_packages_come_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--" not in text


def test_the_lock_holds_whatever_the_project_names() -> None:
    wishes = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    assert names(wishes) <= set(pins("requirements.txt"))


def test_the_tools_lock_holds_every_tool() -> None:
    assert names(PYPROJECT["dependency-groups"]["dev"]) <= set(pins("requirements-dev.txt"))


def test_the_two_locks_agree() -> None:
    run, tools = pins("requirements.txt"), pins("requirements-dev.txt")
    shared = run.keys() & tools
    assert shared
    assert [name for name in shared if run[name] != tools[name]] == []


def test_the_pytest_of_the_project_is_locked() -> None:
    assert "pytest" in names(PROJECT["dependencies"])


MODULES = [
    path
    for folder in ("dags", "plugins", "include", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not path.name.startswith("__") and "migrations" not in path.parts
]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_readme_says_what_every_module_is(module: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`{module.name}`" in readme
