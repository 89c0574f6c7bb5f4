"""Who is registered now, and who is said to be, by population, script, clock and fault."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from include.simulator import lies
from include.simulator.dialect import Dialect
from include.simulator.faults import Armed, Fault
from include.simulator.mishaps import bomb
from include.simulator.pages import Record, Roll, Tale, records
from include.simulator.population import Population
from include.simulator.script import Script, Standing, standing

LISTED_ELSE = {*lies.LIES, "node_down", "stale_node", "same_extension_two_sites"}
"""The faults under which another list than the true one is served."""
HELD_BACK = 32
"""How many newcomers shift_insert has at most."""


class Registrations:
    """The list of each moment, true and as it is served; `clock` None is the time of day.

    A fault that is set goes before those of the script. Safe to ask from any thread.
    """

    def __init__(
        self,
        population: Population,
        script: Script,
        *,
        clock: datetime | None = None,
        fault: Fault | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self.population = population
        self.script = script
        self.clock = clock
        self._names = (dialect or Dialect()).names
        self._lock = threading.RLock()
        self._moved: dict[int, bool] = {}  # who has come (True) or gone, whatever the script says
        self._waiting: list[int] = []  # who is held back, in the order of arriving
        self._moves = 0
        self._roll: tuple[tuple[int, int], Roll] | None = None
        self._tale: tuple[Roll, Armed, Tale] | None = None
        self._fault: Fault | None = None
        self._armed = Armed()
        self.set_fault(fault)

    def now(self) -> datetime:
        """Return the time it is in the script."""
        return self.clock or datetime.now(UTC)

    @property
    def fault(self) -> Fault | None:
        """The fault in force now: the one set, else the script's."""
        return self._fault or self.script.fault(self.now())

    def set_fault(self, fault: Fault | None) -> None:
        """Set a fault anew, though it be the same; None goes back to those of the script.

        Raises ValueError when it is about a node that there is not.
        """
        if fault is not None and fault.node is not None:
            self.population.node(fault.node)
        with self._lock:
            self._fault = fault
            self._arm(self.fault)

    def armed(self) -> Armed:
        """Return the fault in force and how often it struck."""
        with self._lock:
            if self.fault is not self._armed.fault:
                self._arm(self.fault)
            return self._armed

    def _arm(self, fault: Fault | None) -> None:
        """Let in whoever was held back for the fault before, and hold back those that this needs.

        They are users in the first quarter of the list: absent ones by the script if there are
        any, then the first ones of the population.
        """
        for user in self._waiting:
            self._moved.pop(user)
        self._waiting = []
        self._armed = Armed(fault)
        if fault is not None and fault.name == "gzip_bomb":
            bomb()  # it takes a moment, which a client's time-out should not run in
        if fault is not None and fault.name == "shift_insert":
            present = self._present(self._standing())
            self._waiting = _first_quarter(present, fault.times or HELD_BACK)
            self._moved |= dict.fromkeys(self._waiting, False)
        self._moves += 1

    def shift(self) -> None:
        """Let the next one in at the front, or someone in the first quarter leave: for good."""
        with self._lock:
            if self._armed.name == "shift_insert" and self._waiting:
                self._moved[self._waiting.pop(0)] = True
            elif self._armed.name == "shift_delete":
                there = np.flatnonzero(self._present(self._standing()))
                self._moved |= dict.fromkeys(there[len(there) // 8 :][:1].tolist(), False)
            self._moves += 1

    def _standing(self) -> Standing:
        return standing(self.population, self.script, self.now())

    def _present(self, stand: Standing) -> NDArray[np.bool_]:
        present = stand.present.copy()
        for user, there in self._moved.items():
            present[user] = there
        return present

    def roll(self) -> Roll:
        """Return the true list of this moment, kept until an event or a shift changes it."""
        with self._lock:
            key = self.script.passed(self.now()), self._moves
            if self._roll is None or self._roll[0] != key:
                stand = self._standing()
                who = stand.those(self._present(stand))
                self._roll = key, Roll(self.population, who, self._names)
            return self._roll[1]

    def listing(self) -> Roll | Tale:
        """Return the list as it is served at this moment."""
        with self._lock:
            armed, roll = self.armed(), self.roll()
            if armed.name not in LISTED_ELSE:
                return roll
            if self._tale is None or self._tale[0] is not roll or self._tale[1] is not armed:
                self._tale = roll, armed, Tale(self.listed(), self._names)
            return self._tale[2]

    def listed(self) -> list[Record]:
        """Return the records of the list as it is served at this moment, by our field names."""
        with self._lock:
            fault = self.armed().fault
            if fault is not None and fault.name == "stale_node":
                return self._stale(fault)
            told = self.truth()
            return told if fault is None else lies.misled(told, fault, self.population)

    def truth(self) -> list[Record]:
        """Return who is registered now, however the list tells it, by our field names.

        That has whoever came or left by a shift, and the extensions of same_extension_two_sites.
        """
        with self._lock:
            twice = self.armed().name == "same_extension_two_sites"
            more = lies.extensions(self.population) if twice else []
            return records(self.population, self.roll().who) + more

    def _stale(self, fault: Fault) -> list[Record]:
        """Return the list with the node's users who were there once and left."""
        stand = self._standing()
        present = self._present(stand)
        node = self.population.node(lies.node_of(fault, self.population))
        left = stand.known & ~stand.present & (stand.nodes == node)
        return records(self.population, stand.those(present | left))


def _first_quarter(present: NDArray[np.bool_], count: int) -> list[int]:
    """Return up to `count` indices in the first quarter of the list, the absent ones first."""
    there = np.flatnonzero(present)
    quarter = there[: max(1, len(there) // 4)]
    end = int(quarter[-1]) + 1 if len(quarter) else len(present)
    absent = np.flatnonzero(~present[:end])
    chosen: list[int] = np.concatenate([absent, quarter])[:count].tolist()
    return chosen
