"""The connection types of Airflow's form, held together with the settings that they fill in."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from include.arm import ArmSettings, SbcSettings, Settings, SettingsInvalid, settings
from include.orchestration import provider

STANDARD = {"host", "port", "login", "password"}
KINDS: dict[str, type[Settings]] = {provider.ARM: ArmSettings, provider.SBC: SbcSettings}
INFO = provider.get_provider_info()
FORMS: dict[str, dict[str, Any]] = {
    kind["connection-type"]: kind["conn-fields"] for kind in INFO["connection-types"]
}
FIELDS = [(kind, key) for kind, form in FORMS.items() for key in form]
# Where the form's type is not the setting's: what a text area needs, and seconds are whole.
TYPES = {"object": ["object", "string", "null"], "number": ["integer", "null"]}
ADDRESS = {"host": "arm.example.com", "login": "reader", "password": "not a secret"}


def airflows(name: str) -> Any:
    """One of Airflow's own JSON schemas."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.submodule_search_locations
    return json.loads((Path(spec.submodule_search_locations[0]) / name).read_text())


def setting(kind: str, key: str) -> dict[str, Any]:
    """What a setting takes, as a JSON schema, without its null."""
    schema = KINDS[kind].model_json_schema()["properties"][key]
    [taken] = [one for one in schema.get("anyOf", [schema]) if one["type"] != "null"]
    return dict(taken)


def filled_in(kind: str, **extra: Any) -> Settings:
    return settings.from_parts({"conn_type": kind, **ADDRESS, "extra": extra})


def test_airflow_finds_the_provider_by_an_entry_point() -> None:
    ours = entry_points(group="apache_airflow_provider", name="provider_info")
    ours = [one for one in ours if one.value.startswith("include.")]
    assert ours, "install the project again: pip install --no-deps -e ."
    for entry_point in ours:
        assert entry_point.dist is not None
        assert entry_point.dist.name == provider.PACKAGE
        assert entry_point.load() is provider.get_provider_info


def test_the_provider_is_what_airflow_expects() -> None:
    validate(INFO, airflows("provider_info.schema.json"))
    strict = airflows("provider.yaml.schema.json")["properties"]["connection-types"]
    validate(INFO["connection-types"], strict)


def test_airflow_may_ask_for_the_provider_at_no_cost() -> None:
    program = (
        "import sys; from include.orchestration.provider import get_provider_info as ask; ask(); "
        "sys.exit(not {'airflow', 'pydantic', 'requests'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.filterwarnings("ignore:ProvidersManager.hooks is deprecated")
@pytest.mark.parametrize("kind", KINDS)
def test_airflow_has_a_hook_for_the_type(kind: str, airflow: None) -> None:
    from airflow.providers_manager import ProvidersManager

    from include.orchestration import hooks

    known = ProvidersManager().hooks[kind]
    assert known is not None
    assert known.hook_name == provider.NAMES[kind]
    hook = getattr(hooks, known.hook_class_name.rpartition(".")[2])
    assert hook.conn_type == kind
    assert getattr(hook(), hook.conn_name_attr) == hook.default_conn_name


def test_a_type_is_one_that_the_settings_know() -> None:
    assert (provider.ARM, provider.SBC) == (settings.ARM, settings.SBC)
    assert {kind: type(filled_in(kind)) for kind in KINDS} == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_has_a_field_for_every_setting_and_no_other(kind: str) -> None:
    assert set(FORMS[kind]) == set(KINDS[kind].model_fields) - STANDARD


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_of_a_section_are_together(kind: str) -> None:
    sections = [field["schema"]["section"] for field in FORMS[kind].values()]
    turns = [one for one, before in zip(sections, [None, *sections], strict=False) if one != before]
    assert len(turns) == len(set(sections))


@pytest.mark.parametrize(("kind", "key"), FIELDS)
def test_a_field_takes_what_its_setting_takes(kind: str, key: str) -> None:
    offered, taken = FORMS[kind][key]["schema"], setting(kind, key)
    assert offered["type"] == TYPES.get(taken["type"], [taken["type"], "null"])
    assert set(offered.get("enum", [])) - {None} == set(taken.get("enum", []))
    assert offered.get("maximum") == taken.get("maximum")
    assert offered.get("minimum") == taken.get("minimum", 1 if taken["type"] == "number" else None)


@pytest.mark.parametrize(("kind", "key"), FIELDS)
def test_a_field_says_what_its_default_is_and_does_not_store_it(kind: str, key: str) -> None:
    field = FORMS[kind][key]
    default = KINDS[kind].model_fields[key].get_default(call_default_factory=True)
    said = field["schema"].get("values_display", {}).get("null", field["description"])
    said = said.rpartition("Default: ")[2].rstrip(".")
    assert said if default in (None, False) else said == str(default)
    assert "default" not in field["schema"]


@pytest.mark.parametrize(("kind", "key"), FIELDS)
def test_a_field_says_which_setting_it_is(kind: str, key: str) -> None:
    field = FORMS[kind][key]
    assert f" Setting {key}." in field["description"]
    assert provider.place(key) == f'{field["label"]} ({key}, under "{field["schema"]["section"]}")'


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_fields_have_one_label(kind: str) -> None:
    labels = [field["label"] for field in FORMS[kind].values()]
    assert len(labels) == len(set(labels))


def test_what_has_no_field_of_ours_is_called_by_its_name() -> None:
    assert provider.place("host") == "host"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", [None, ""])
def test_a_form_left_blank_means_the_defaults(kind: str, blank: str | None) -> None:
    assert filled_in(kind, **dict.fromkeys(FORMS[kind], blank)) == filled_in(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("switched", [None, False, "false", ""])
def test_only_a_switch_that_is_on_turns_verification_off(kind: str, switched: Any) -> None:
    assert not filled_in(kind, do_not_verify=switched).do_not_verify
    assert filled_in(kind, do_not_verify=True).do_not_verify


@pytest.mark.parametrize("key", ["list_key", "total_key"])
def test_the_word_none_says_that_there_is_no_such_key(key: str) -> None:
    assert getattr(filled_in(provider.ARM, **{key: "none"}), key) is None
    assert "write none" in FORMS[provider.ARM][key]["description"]


def test_names_of_fields_may_be_typed_as_text() -> None:
    typed = filled_in(provider.ARM, fields='{"aor": "addressOfRecord"}')
    assert (
        typed
        == filled_in(provider.ARM, fields={"aor": "addressOfRecord"})
        != filled_in(provider.ARM)
    )
    with pytest.raises(SettingsInvalid, match="fields"):
        filled_in(provider.ARM, fields='{"aor": "addressOf')
