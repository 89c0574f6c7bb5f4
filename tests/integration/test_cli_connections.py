"""The commands on connections: what is configured, tried out and recorded, without a database."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from include.cli import app
from include.simulator.dialect import Dialect
from include.simulator.population import Population
from include.simulator.sbc import running_sbc
from include.simulator.server import Served, running

Cli = Callable[..., Result]
PEOPLE = Population(users=60, one_name_in=10)
CONNECTIONS = """
connections:
  - name: lab
    conn_id: arm_lab
    hierarchy: sys.hcs.acme
    cross_checks: [{node: SBC-LON-1, conn_id: sbc_lon_1}]
    rules: {country_code: "44"}
  - {name: spare, conn_id: arm_spare, hierarchy: sys.hcs, schedule: 0 4 * * *}
  - {name: wrong, conn_id: arm_wrong, hierarchy: sys.hcs}
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with three connections, and no database that would answer."""
    (tmp_path / "connections.yaml").write_text(CONNECTIONS)
    monkeypatch.setenv("NUMBER_INVENTORY_CONNECTIONS", str(tmp_path / "connections.yaml"))
    monkeypatch.setenv("NUMBER_INVENTORY_DB", "postgresql://nobody@127.0.0.1:1/none")
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def arm() -> Iterator[Served]:
    with running(PEOPLE) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def sbc() -> Iterator[Served]:
    with running_sbc(PEOPLE, "SBC-LON-1") as simulator:
        yield simulator


def variable(served: Served, kind: str, **extra: Any) -> str:
    return json.dumps(
        {
            "conn_type": kind,
            "host": served.host,
            "port": served.port,
            "login": served.username,
            "password": served.password,
            "extra": {"fingerprint": served.fingerprint, **extra},
        }
    )


@pytest.fixture
def reached(cli: Cli, arm: Served, sbc: Served, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, with the credentials of a routing manager and an SBC."""
    monkeypatch.setenv("AIRFLOW_CONN_ARM_LAB", variable(arm, "audiocodes_arm"))
    monkeypatch.setenv("AIRFLOW_CONN_SBC_LON_1", variable(sbc, "audiocodes_sbc"))
    return cli


def test_what_is_configured_is_listed_with_what_is_known(
    reached: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ARM_WRONG", "audiocodes-arm://a:b@host/?colour=red")
    lab, spare, wrong = json.loads(reached("connection", "list", "--json").stdout)
    assert lab == {
        "name": "lab",
        "conn_id": "arm_lab",
        "hierarchy": "sys.hcs.acme",
        "schedule": "0 2 * * *",
        "type": "audiocodes_arm",
        "environment": "yes",
    }
    assert (spare["environment"], spare["type"], spare["schedule"]) == ("no", None, "0 4 * * *")
    assert wrong["environment"].startswith("AIRFLOW_CONN_ARM_WRONG: colour")
    done = reached("connection", "list")
    text = done.stdout.splitlines()
    assert text[0].split() == [
        *("name", "conn_id", "type", "hierarchy", "schedule", "AIRFLOW_CONN_<CONN_ID>", "set"),
    ]
    assert text[1].split()[:3] == ["lab", "arm_lab", "audiocodes_arm"]
    assert done.stderr.startswith("not set: AIRFLOW_CONN_ARM_SPARE. A connection made in Airflow's")
    assert len(done.stderr.splitlines()) == 1
    monkeypatch.setenv("AIRFLOW_CONN_ARM_SPARE", "audiocodes-arm://a:b@host/")
    assert reached("connection", "list").stderr == ""


def test_a_connection_and_the_sbcs_that_check_it_are_tried_out(reached: Cli, arm: Served) -> None:
    done = reached("connection", "test", "lab")
    lines = done.stdout.splitlines()
    assert (done.exit_code, done.stderr) == (0, "")
    assert lines[0] == f"arm_lab (audiocodes_arm), {arm.url}"
    assert lines[1].startswith("  ok  Reach: ")
    assert any(line.startswith("sbc_lon_1 (audiocodes_sbc), ") for line in lines)
    assert not any("NO" in line or line.startswith("Set:") for line in lines)
    assert any(line.startswith("  ok  Nodes: SBC-LON-1") for line in lines)
    assert "by the rules of this connection" in done.stdout


def test_what_to_beware_of_is_marked(
    reached: Cli, arm: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONNECTIONS.replace("{node: SBC-LON-1,", "{node: SBC-LON-9,")
    (tmp_path / "connections.yaml").write_text(config)
    given = variable(arm, "audiocodes_arm", fingerprint=None, do_not_verify=True)
    monkeypatch.setenv("AIRFLOW_CONN_ARM_LAB", given)
    done = reached("connection", "test", "lab")
    assert done.exit_code == 0
    assert "  !!  Certificate: NOT VERIFIED" in done.stdout
    assert "  !!  Nodes: not on the first page: SBC-LON-9; it has SBC-" in done.stdout


def test_a_try_as_a_document(reached: Cli) -> None:
    document = json.loads(reached("connection", "test", "lab", "--json").stdout)
    assert (document["name"], document["ok"]) == ("lab", True)
    first, second = document["connections"]
    assert (first["conn_id"], second["type"]) == ("arm_lab", "audiocodes_sbc")
    assert set(first["findings"][0]) == {"ok", "what", "said", "change", "warning"}


def test_what_is_not_well_comes_with_what_to_set(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Dialect(list_key=None, fields={"aor": "address", "nodeName": "sbc"})
    with running(PEOPLE, dialect=spoken) as arm:
        given = variable(arm, "audiocodes_arm", fingerprint=None)
        monkeypatch.setenv("AIRFLOW_CONN_ARM_SPARE", given)
        distrusted = cli("connection", "test", "spare")
        assert distrusted.exit_code == 1
        assert distrusted.stdout.splitlines()[-1] == f"Set: fingerprint = {arm.fingerprint}"
        monkeypatch.setenv("AIRFLOW_CONN_ARM_SPARE", variable(arm, "audiocodes_arm"))
        wrong = cli("connection", "test", "spare")
        said = wrong.stdout.splitlines()[-2:]
        assert said == [
            "Set: list_key = none",
            'Set: fields = {"aor": "address", "nodeName": "sbc"}',
        ]
        assert "  NO  List: " in wrong.stdout
        change = json.loads(cli("connection", "test", "spare", "--json").stdout)["connections"][0]
        extra = change["change"]
        monkeypatch.setenv("AIRFLOW_CONN_ARM_SPARE", variable(arm, "audiocodes_arm", **extra))
        assert cli("connection", "test", "spare").exit_code == 0


@pytest.mark.parametrize(
    ("environment", "arguments", "said"),
    [
        ({}, ("test", "nowhere"), "There is no connection nowhere in"),
        ({}, ("test", "spare"), "AIRFLOW_CONN_ARM_SPARE"),
        ({"ARM_SPARE": "audiocodes-arm://a:b@host/?colour=red"}, ("test", "spare"), "colour"),
        ({"SBC_LON_1": "audiocodes-arm://a:b@host/"}, ("test", "lab"), "is of no SBC"),
        ({}, ("record", "spare", "somewhere"), "AIRFLOW_CONN_ARM_SPARE"),
    ],
)
def test_what_is_wrong_is_said_on_one_line(
    reached: Cli,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    for conn_id, value in environment.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id}", value)
    done = reached("connection", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("list",), ("test", "lab"), ("record", "lab", "records")])
def test_a_configuration_that_cannot_be_read_is_bad_input(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "connections.yaml").write_text("connections: [")
    assert cli("connection", *arguments).exit_code == 2


def test_a_recording_is_made_and_can_be_sent(reached: Cli, arm: Served, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    done = reached("connection", "record", "lab", folder, "--pages", "1")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"1 answer in {folder}")
    assert sorted(file.name for file in folder.iterdir()) == [
        "001-GET-registeredUsers.json",
        "README.txt",
    ]
    text = "".join(file.read_text() for file in folder.iterdir())
    assert arm.password not in text
    again = reached("connection", "record", "lab", folder)
    assert (again.exit_code, "is not empty" in again.stderr) == (2, True)
