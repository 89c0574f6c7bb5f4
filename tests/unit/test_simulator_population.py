"""Every field of user i is a pure function of the seed and i."""

from __future__ import annotations

import re

import numpy as np
import pytest

from include.simulator.population import SITES, Population

EVERYONE = np.arange(30_000)


def test_a_user_is_the_same_in_any_company() -> None:
    population = Population(users=30_000)
    alone = population.columns(np.array([12_345]))
    among = population.columns(EVERYONE)
    assert {name: column[0] for name, column in alone.items()} == {
        name: column[12_345] for name, column in among.items()
    }


def test_another_seed_gives_other_users() -> None:
    first, second = (Population(seed=seed).columns(EVERYONE)["aor"] for seed in (1, 2))
    assert first != second


def test_no_two_users_share_an_aor() -> None:
    million = np.arange(1_000_000)
    for nodes in (1, 24):
        aors = Population(nodes=nodes).columns(million)["aor"]
        assert len(aors.unique()) == len(million)


def test_the_mix_is_exact() -> None:
    columns = Population(one_extension_in=30, one_name_in=300).columns(EVERYONE)
    users, hosts = columns["user"].to_pylist(), columns["host"].to_pylist()
    named = [user for user in users if re.search("[a-zA-Z]", user)]
    hosted = [host for host in hosts if host is not None]
    assert (len(named), len(hosted)) == (100, 900)


def test_a_population_may_be_all_e164() -> None:
    columns = Population(one_extension_in=0, one_name_in=0).columns(EVERYONE)
    assert all(re.fullmatch(r"\+[1-9]\d{9,11}", aor) for aor in columns["aor"].to_pylist())
    assert columns["host"].null_count == len(EVERYONE)


def test_an_extension_is_registered_with_its_home_nodes_address() -> None:
    population = Population(one_extension_in=1, one_name_in=0, nodes=3)
    aor = population.columns(np.array([42]))["aor"][0].as_py()
    assert aor == f"1042@10.8.{population.home(np.array([42]))[0] + 1}.1"


def test_nodes_go_round_the_sites() -> None:
    population = Population(nodes=7, sites=SITES[:3])
    assert population.node_names[:4] == ("SBC-LON-1", "SBC-PAR-1", "SBC-NYC-1", "SBC-LON-2")
    assert population.ip_groups[3] == "Users-LON"
    assert population.node("SBC-LON-2") == 3


def test_nodes_get_their_shares() -> None:
    home = Population(nodes=3, shares=(8, 1, 1)).home(EVERYONE)
    sizes = np.bincount(home) / len(EVERYONE)
    assert np.allclose(sizes, [0.8, 0.1, 0.1], atol=0.01)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"users": -1}, "users must be"),
        ({"users": 8_000_001}, "users must be"),
        ({"nodes": 0}, "nodes must be"),
        ({"nodes": 251}, "nodes must be"),
        ({"nodes": 3, "shares": (1, 2)}, "2 shares for 3 nodes"),
    ],
)
def test_sizes_out_of_bounds_are_refused(wrong: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Population(**wrong)  # type: ignore[arg-type]


def test_an_unknown_node_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="SBC-ROM-1"):
        Population().node("SBC-ROM-1")
