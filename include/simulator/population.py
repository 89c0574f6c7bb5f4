"""Who could be registered: every field of user i is a pure function of the seed and i."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Users = NDArray[np.int64]
Nodes = NDArray[np.int16]

USER_LIMIT = 8_000_000
NODE_LIMIT = 250

USER_AGENTS = (
    "AUDC-IPPhone-405HD_UC_3.4.6.604/1.0.0000.0",
    "AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0",
    "AUDC-IPPhone-445HD_UC_3.4.6.604/1.0.0000.0",
    "AUDC-IPPhone-C450HD_TEAMS_1.19.305/1.0.0000.0",
    "AUDC-MP-114 FXS/v.6.60A.323.005",
)
EXPIRES = (60, 180, 300, 600, 3600)
DRAWS = ("node", "user agent", "expires", "name", "third octet", "fourth octet")
NAMES = ("Sue", "reception", "lobby", "Boardroom", "front.desk")


class Site(NamedTuple):
    """A place with its own SBCs; seven digits after the prefix make a valid number there."""

    code: str
    prefix: str


SITES = (
    Site("LON", "+44207"),
    Site("PAR", "+3314"),
    Site("NYC", "+1212"),
    Site("BER", "+49305"),
    Site("TYO", "+8135"),
    Site("MIL", "+39025"),
)


@dataclass(frozen=True)
class Population:
    """The users that a script lets come and go.

    `shares` weighs the nodes against each other (all alike by default). One user in
    `one_extension_in` is an extension with a host (`1042@10.8.3.1`), one in `one_name_in` is no
    number at all; 0 means none. Every AOR is unique. Raises ValueError on sizes out of bounds.
    """

    seed: int = 1
    users: int = 2_000
    nodes: int = 6
    sites: tuple[Site, ...] = SITES
    shares: tuple[int, ...] = ()
    one_extension_in: int = 30
    one_name_in: int = 300

    def __post_init__(self) -> None:
        """Refuse sizes that could not be told apart in the AORs and addresses."""
        if not 0 <= self.users <= USER_LIMIT:
            raise ValueError(f"users must be 0 to {USER_LIMIT}, not {self.users}")
        if not 1 <= self.nodes <= NODE_LIMIT:
            raise ValueError(f"nodes must be 1 to {NODE_LIMIT}, not {self.nodes}")
        if self.shares and len(self.shares) != self.nodes:
            raise ValueError(f"{len(self.shares)} shares for {self.nodes} nodes: give one each")

    @cached_property
    def node_names(self) -> tuple[str, ...]:
        """The name of each node, in the order of its index; its `nodeId` is the index plus one."""
        rounds, sites = range(self.nodes), len(self.sites)
        return tuple(f"SBC-{self.sites[n % sites].code}-{n // sites + 1}" for n in rounds)

    @cached_property
    def ip_groups(self) -> tuple[str, ...]:
        """The IP group of each node: one per site."""
        return tuple(f"Users-{self.sites[n % len(self.sites)].code}" for n in range(self.nodes))

    def node(self, name: str) -> int:
        """Return the index of the node called `name`; ValueError when there is none."""
        if name not in self.node_names:
            raise ValueError(f"no node {name!r}; there are {', '.join(self.node_names)}")
        return self.node_names.index(name)

    def home(self, users: Users) -> Nodes:
        """Return the node index at which each user is registered unless a script moves it."""
        bounds = np.cumsum(self.shares or (1,) * self.nodes)
        drawn = self._draw(users, "node", int(bounds[-1]))
        return np.searchsorted(bounds, drawn, side="right").astype(np.int16)

    def columns(self, users: Users) -> dict[str, Any]:
        """Return the text columns of `users`, one Arrow array each, in the order of `users`.

        `user` and `aor` differ only where `host`, the home node's address, is not null.
        """
        user, host = self._user(users), self._host(users)
        at_host = pc.binary_join_element_wise(user, host, "@")
        aor = pc.coalesce(at_host, user)
        address = self._address(users)
        contact = pc.binary_join_element_wise(
            "<sip:", user, "@", address, ":5060;transport=tls>", ""
        )
        return {
            "aor": aor,
            "user": user,
            "host": host,
            "contact": contact,
            "userAgent": self._choose(users, "user agent", USER_AGENTS),
        }

    def expires(self, users: Users) -> Users:
        """Return the seconds for which each user's registration was granted."""
        drawn: Users = np.array(EXPIRES)[self._draw(users, "expires", len(EXPIRES))]
        return drawn

    def _user(self, users: Users) -> Any:
        extension = pa.array(1000 + users).cast(pa.string())
        name = pc.binary_join_element_wise(
            self._choose(users, "name", NAMES), pa.array(users).cast(pa.string()), "."
        )
        user = pc.if_else(pa.array(self._are_extensions(users)), extension, self._e164(users))
        return pc.if_else(pa.array(self._are_names(users)), name, user)

    def _e164(self, users: Users) -> Any:
        """Seven digits from a permutation of two million upwards, so that no two users share."""
        digits = 2_000_000 + (users * 1_588_243 + self.seed * 104_729) % USER_LIMIT
        prefixes = pa.array([site.prefix for site in self.sites])
        prefix = prefixes.take(pa.array(self.home(users) % len(self.sites)))
        return pc.binary_join_element_wise(prefix, pa.array(digits).cast(pa.string()), "")

    def _host(self, users: Users) -> Any:
        hosts = pa.array([f"10.8.{index + 1}.1" for index in range(self.nodes)])
        bare = ~self._are_extensions(users)
        return hosts.take(pa.array(self.home(users), mask=bare))

    def _address(self, users: Users) -> Any:
        octets = pa.array([str(octet) for octet in range(256)])
        third = octets.take(pa.array(self._draw(users, "third octet", 256)))
        fourth = octets.take(pa.array(1 + self._draw(users, "fourth octet", 254)))
        return pc.binary_join_element_wise("10.16", third, fourth, ".")

    def _are_names(self, users: Users) -> NDArray[np.bool_]:
        return _every(users, self.one_name_in)

    def _are_extensions(self, users: Users) -> NDArray[np.bool_]:
        return _every(users, self.one_extension_in) & ~self._are_names(users)

    def _choose(self, users: Users, field: str, values: tuple[str, ...]) -> Any:
        return pa.array(values).take(pa.array(self._draw(users, field, len(values))))

    def _draw(self, users: Users, field: str, below: int) -> Users:
        """Return a whole number from 0 to `below` - 1 per user: splitmix64 of seed, field and i."""
        stream = self.seed * len(DRAWS) + DRAWS.index(field)
        x = (users + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(stream)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        drawn: Users = ((x ^ (x >> np.uint64(31))) % np.uint64(below)).astype(np.int64)
        return drawn


def _every(users: Users, period: int) -> NDArray[np.bool_]:
    """Mark the last of every `period` users, so that a count of them is exact."""
    if period == 0:
        return np.zeros(len(users), dtype=np.bool_)
    marked: NDArray[np.bool_] = users % period == period - 1
    return marked
