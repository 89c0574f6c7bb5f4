"""The container set-up holds together: whatever it refers to exists, and its secrets are given."""

import re
import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = [name for name in SERVICES if name.startswith("airflow-")]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# ${NAME:?message}, ${NAME:-default} or ${NAME}; $$ is a dollar sign.
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")
WITH_A_DEFAULT = {"AIRFLOW_PORT"}


def mounts(service: dict[str, Any]) -> list[list[str]]:
    return [volume.split(":") for volume in service.get("volumes", [])]


def volumes() -> set[str]:
    return set(COMPOSE["volumes"])


def example_variables() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def airflow_options() -> set[str]:
    """The environment's names of every option of Airflow and of its Celery provider.

    Read from their files: importing Airflow would make its home folder.
    """
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = spec.submodule_search_locations[0]
    core = yaml.safe_load((Path(folder) / "config_templates" / "config.yml").read_text())
    celery = runpy.run_path(f"{folder}/providers/celery/get_provider_info.py")
    sections = core | celery["get_provider_info"]()["config"]
    return {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in sections.items()
        for option in content["options"]
    }


def test_the_promised_services_are_there() -> None:
    components = {"apiserver", "scheduler", "dag-processor", "triggerer", "worker", "init"}
    assert set(SERVICES) == {"postgres", "redis"} | {f"airflow-{name}" for name in components}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_that_can_become_what_it_waits_for(name: str) -> None:
    for other, wish in SERVICES[name].get("depends_on", {}).items():
        can_be_healthy = "healthcheck" in SERVICES[other]
        assert can_be_healthy == (wish["condition"] == "service_healthy")
        assert other != name


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_mounts_exists(name: str) -> None:
    for source, *_ in mounts(SERVICES[name]):
        exists = (ROOT / source).exists() if source.startswith(".") else source in volumes()
        assert exists, source


def test_every_named_volume_is_used() -> None:
    sources = {mount[0] for service in SERVICES.values() for mount in mounts(service)}
    assert volumes() <= sources


def test_the_project_is_mounted_read_only() -> None:
    for service in SERVICES.values():
        assert all(mount[-1] == "ro" for mount in mounts(service) if mount[0].startswith("."))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_that_stays_up_has_a_health_check(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) == (SERVICES[name]["restart"] != "no")


def test_every_variable_is_explained_in_the_example() -> None:
    assert {match["name"] for match in VARIABLE.finditer(TEXT)} == set(example_variables())


def test_a_variable_without_a_value_stops_the_start() -> None:
    for match in VARIABLE.finditer(TEXT):
        required = match["rest"].startswith(":?")
        assert required == (match["name"] not in WITH_A_DEFAULT), match["name"]


def test_no_secret_has_a_value_in_the_repository() -> None:
    given = {name for name, value in example_variables().items() if value}
    assert given == WITH_A_DEFAULT
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    secrets = re.compile(r"PASSWORD|SECRET|FERNET|AUTH$")
    for environment in environments:
        for name, value in environment.items():
            assert not secrets.search(name) or VARIABLE.fullmatch(value), name


def test_no_password_is_written_into_a_url() -> None:
    urls = re.findall(r"\w+://\S*:(?P<password>[^@/]*)@", VARIABLE.sub("VALUE", TEXT))
    assert set(urls) == {"VALUE"}


def test_all_airflow_services_share_one_image_and_its_volumes() -> None:
    shared = [(SERVICES[name]["image"], SERVICES[name]["volumes"]) for name in AIRFLOW]
    assert all(one == shared[0] for one in shared)


@pytest.mark.parametrize("folder", ["dags", "include", "plugins"])
def test_every_airflow_service_sees_the_projects_code(folder: str) -> None:
    expected = [f"./{folder}", f"/opt/airflow/{folder}", "ro"]
    assert all(expected in mounts(SERVICES[name]) for name in AIRFLOW)


def test_landed_snapshots_and_reports_are_on_a_shared_volume() -> None:
    worker = SERVICES["airflow-worker"]
    assert ["inventory", worker["environment"]["NUMBER_INVENTORY_HOME"]] in mounts(worker)
    assert f"mkdir -p {worker['environment']['NUMBER_INVENTORY_HOME']}\n" in DOCKERFILE


def test_all_airflow_services_share_the_secrets_and_the_path() -> None:
    own = {"ADMIN_USER", "ADMIN_PASSWORD", "DUMB_INIT_SETSID"}
    environments = [SERVICES[name]["environment"] for name in AIRFLOW]
    shared = [{k: v for k, v in one.items() if k not in own} for one in environments]
    assert all(one == shared[0] for one in shared)
    assert shared[0]["PYTHONPATH"] == "/opt/airflow"


def test_every_airflow_option_exists() -> None:
    names = {name for name in SERVICES["airflow-worker"]["environment"] if "__" in name}
    assert names <= airflow_options()


def test_a_worker_may_finish_its_tasks_when_it_is_stopped() -> None:
    assert SERVICES["airflow-worker"]["environment"]["DUMB_INIT_SETSID"] == "0"


def test_what_the_image_copies_exists_and_is_sent_to_the_builder() -> None:
    sent = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = re.findall(r"^COPY --chown=\S+ (\S+) ", DOCKERFILE, re.MULTILINE)
    assert set(copied) == set(sent)
    assert all((ROOT / source).exists() for source in copied)


def test_the_image_has_the_entry_point_by_which_airflow_finds_the_connection_types() -> None:
    install = DOCKERFILE.index(" --no-deps -e . ")
    assert all(DOCKERFILE.index(f"0 {part} ./") < install for part in ("pyproject.toml", "include"))


def test_whoever_may_add_a_connection_may_test_it() -> None:
    assert (
        SERVICES["airflow-apiserver"]["environment"]["AIRFLOW__CORE__TEST_CONNECTION"] == "Enabled"
    )


def test_the_image_has_the_locked_airflow() -> None:
    [version] = re.findall(r"^FROM apache/airflow:([\d.]+)-python", DOCKERFILE, re.MULTILINE)
    assert f"\napache-airflow=={version}\n" in (ROOT / "requirements.txt").read_text()


def test_the_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (\w+)", DOCKERFILE, re.MULTILINE)[-1] == "airflow"
    assert not any("user" in service for service in SERVICES.values())
