"""What happens when: dated events over a population, and who is registered at any moment.

A script file names users by their index:

    events:
      - {at: 2026-11-17T01:00:00Z, action: leave, users: 0-99}
      - {at: 2026-11-18T01:00:00Z, action: return, users: 0-49}
      - {at: 2026-11-18T01:00:00Z, action: move, users: [200, 210-219], node: SBC-PAR-1}
      - {at: 2026-11-19T01:00:00Z, action: arrive, users: 1900-1999}
      - {at: 2026-11-20T01:00:00Z, action: return, users: 5, active: false}
    faults:
      - {from: 2026-11-21T00:00:00Z, until: 2026-11-22T00:00:00Z, fault: node_down}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    model_validator,
)

from include.simulator.documents import read
from include.simulator.faults import Fault, FaultWindow
from include.simulator.population import Nodes, Population, Users


class ScriptInvalid(ValueError):
    """The script is not one: the message names the file, the key and what is wrong with it."""


def indices(value: object) -> Users:
    """Return the user indices meant by 7, "3-9", "1, 5-7", a range, or a list of these, sorted."""
    if isinstance(value, np.ndarray | range):
        found = np.asarray(value, dtype=np.int64)
    elif isinstance(value, list | tuple | set | frozenset):
        found = np.concatenate([indices(item) for item in value] or [np.empty(0, np.int64)])
    else:
        found = _parsed(str(value))
    if found.size and found.min() < 0:
        raise ValueError(f"no user has the index {found.min()}")
    return np.unique(found)


def _parsed(text: str) -> Users:
    try:
        return np.concatenate([_part(part) for part in text.split(",")])
    except ValueError as error:
        raise ValueError(f"{text!r} is not an index like 7 or a range like 3-9") from error


def _part(text: str) -> Users:
    first, dash, last = text.partition("-")
    return np.arange(int(first), int(last if dash else first) + 1, dtype=np.int64)


class Event(BaseModel):
    """From `at` on: `users` leave, return, arrive (absent until then), or move to `node`.

    Who returns or arrives with `active` false is listed as Not-Active; so is who was there
    already.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    at: AwareDatetime
    action: Literal["leave", "return", "arrive", "move"]
    users: Annotated[Users, BeforeValidator(indices)]
    node: str | None = None
    active: bool = True

    @model_validator(mode="after")
    def _only_a_move_has_a_node(self) -> Self:
        if (self.action == "move") != (self.node is not None):
            raise ValueError("node is given with the action move, and only there")
        return self


class Script(BaseModel):
    """Events in the order of time, those of the same instant in the order given, and faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Event, ...] = ()
    faults: tuple[FaultWindow, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        object.__setattr__(self, "events", tuple(sorted(self.events, key=lambda event: event.at)))
        return self

    def passed(self, at: datetime) -> int:
        """Return how many events have happened at `at`: what is registered depends on it alone."""
        return sum(event.at <= at for event in self.events)

    def fault(self, at: datetime) -> Fault | None:
        """Return the fault in force at `at`, if any: that of the first window that holds it."""
        holding = (one.fault for one in self.faults if one.begin <= at < one.until)
        return next(holding, None)


@dataclass(frozen=True)
class Registered:
    """Who is registered at one moment: three arrays of one length, in the order of the index."""

    users: Users
    nodes: Nodes
    active: NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """Where everyone stands at one moment: an element per user of the population.

    `known` is who has been present so far; `nodes` is where the others would be.
    """

    present: NDArray[np.bool_]
    known: NDArray[np.bool_]
    nodes: Nodes
    active: NDArray[np.bool_]

    def those(self, chosen: NDArray[np.bool_]) -> Registered:
        """Return the chosen users as if they were registered."""
        users = np.flatnonzero(chosen)
        return Registered(users=users, nodes=self.nodes[users], active=self.active[users])


def standing(population: Population, script: Script, at: datetime) -> Standing:
    """Return where everyone of `population` stands at `at`."""
    arriving = [event.users for event in script.events if event.action == "arrive"]
    present = np.ones(population.users, dtype=np.bool_)
    present[np.concatenate(arriving or [np.empty(0, np.int64)])] = False
    known = present.copy()
    active = np.ones(population.users, dtype=np.bool_)
    nodes = population.home(np.arange(population.users))
    for event in script.events[: script.passed(at)]:
        if event.node is not None:
            nodes[event.users] = population.node(event.node)
        else:
            present[event.users] = event.action != "leave"
            known[event.users] |= present[event.users]
            active[event.users] = event.active
    return Standing(present=present, known=known, nodes=nodes, active=active)


def registered(population: Population, script: Script, at: datetime) -> Registered:
    """Return who of `population` is registered at `at`, where, and whether active."""
    stand = standing(population, script, at)
    return stand.those(stand.present)


def load(path: Path, population: Population) -> Script:
    """Return the script in the YAML file at `path`; ScriptInvalid names each key that is wrong."""
    script = read(path, Script, ScriptInvalid)
    misfits = "; ".join(_misfits(script, population))
    if misfits:
        raise ScriptInvalid(f"{path}: {misfits}")
    return script


def _misfits(script: Script, population: Population) -> Iterable[str]:
    for number, event in enumerate(script.events):
        if event.users.size and event.users.max() >= population.users:
            yield f"events.{number}.users: no user {event.users.max()} among {population.users}"
        if event.node is not None and event.node not in population.node_names:
            yield f"events.{number}.node: no node {event.node!r}"
    for number, window in enumerate(script.faults):
        node = window.fault.node
        if node is not None and node not in population.node_names:
            yield f"faults.{number}.node: no node {node!r}"
