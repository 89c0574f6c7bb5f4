"""docs/arm.md names every setting with its default."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from include.arm import ArmSettings, SbcSettings
from include.inventory import connections

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "arm.md").read_text(encoding="utf-8")
ROWS = [line.split("|") for line in TEXT.splitlines() if line.startswith("| `")]
SIGN_IN = {"host", "port", "login", "password"}
IN_WORDS = {"ca_file": "the public authorities", "fingerprint": "", "node": "its host"}


def row(name: str) -> dict[str, str]:
    """The settings of the row that has this one, with their defaults."""
    for _, names, defaults, *_ in ROWS:
        found = re.findall(r"`([^`]*)`", names)
        if name in found:
            given = re.findall(r"`([^`]*)`", defaults) or [defaults.strip()]
            return dict(zip(found, given, strict=True))
    raise AssertionError(f"docs/arm.md has no setting {name}")


@pytest.mark.parametrize("kind", [ArmSettings, SbcSettings])
def test_every_setting_is_told_with_its_default(kind: type[ArmSettings | SbcSettings]) -> None:
    for name, field in kind.model_fields.items():
        if name in SIGN_IN:
            continue
        default = field.get_default(call_default_factory=True)
        assert default is not PydanticUndefined
        shown = IN_WORDS.get(name, str(default).lower() if default is False else str(default))
        assert row(name)[name] == shown


def test_no_setting_is_told_that_there_is_not() -> None:
    known = ArmSettings.model_fields.keys() | SbcSettings.model_fields.keys()
    told = {name for _, names, *_ in ROWS for name in re.findall(r"`([^`]*)`", names)}
    assert told <= known


@pytest.mark.parametrize("document", ["arm.md", "connecting.md"])
def test_what_a_document_links_to_is_there(document: str) -> None:
    text = (DOCS / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (DOCS / target).exists(), target


def test_the_file_in_the_document_can_be_loaded(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", (DOCS / "connecting.md").read_text(), re.DOTALL)
    (tmp_path / "connections.yaml").write_text(text)
    [config] = connections.load(tmp_path / "connections.yaml")
    assert (config.name, config.cross_checks[0].conn_id) == ("emea", "sbc_lon_1")
    assert config.rules.extension_lengths == (3, 5)
