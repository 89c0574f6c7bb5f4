"""What the demo promises before it starts anything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.demo import live, standalone
from include.simulator import story


@pytest.mark.parametrize("hour", range(24))
def test_the_week_is_over_and_no_reading_is_near(hour: int) -> None:
    now = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)
    last = story.readings(live.first_reading(now))[-1]
    assert timedelta(hours=2) < now - last < timedelta(hours=23)


def test_there_is_one_demo_at_a_time(tmp_path: Path) -> None:
    with (
        live.alone(tmp_path),
        pytest.raises(live.AlreadyRunning, match="Another demo is at work"),
        live.alone(tmp_path),
    ):
        pass
    with live.alone(tmp_path):
        pass


def test_a_taken_port_is_left_to_who_has_it() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind((standalone.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert standalone.free_port(port) not in (0, port)


def test_an_airflow_that_does_not_start_is_shown_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "x")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "nonsense://")
    with (
        pytest.raises(standalone.AirflowFailed, match=r"(?s)ended while it started.*airflow\.log"),
        standalone.running(tmp_path),
    ):
        pass
