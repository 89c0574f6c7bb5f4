"""Everything at once, for some seconds; for minutes: ``python -m tests.soak``."""

from tests.soak.running import run


def test_nothing_goes_wrong_when_everything_happens_at_once(database_url: str) -> None:
    soaked = run(database_url, seconds=10, processes=4, seed=1)
    assert soaked.faults == []
    assert soaked.checked > 1
    assert soaked.figures["lists"] > 0
    assert soaked.figures["handed_out"] > 0
    assert {"observe", "release", "import", "assign"} & soaked.done.keys()
