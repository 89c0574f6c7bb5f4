"""What a fault makes of the list: a list of records in, another one out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from include.simulator.faults import Fault
from include.simulator.pages import Record
from include.simulator.population import Population
from include.simulator.spellings import respelt

CONTACT_IDS = 10_000_000
"""Ids of second contacts begin here: beyond those of any population."""
EXTENSION_IDS = 20_000_000
EXTENSION = "7001"


def node_of(fault: Fault, population: Population) -> str:
    """Return the name of the SBC that a fault is about."""
    return fault.node or population.node_names[-1]


def misled(told: list[Record], fault: Fault, population: Population) -> list[Record]:
    """Return the list as it is served while the fault is set."""
    if fault.name == "node_down":
        down = node_of(fault, population)
        return [one for one in told if one["nodeName"] != down]
    lie = LIES.get(fault.name)
    return lie(told) if lie else told


def extensions(population: Population) -> list[Record]:
    """Return one extension twice, at two nodes; at a population's only node if it has one."""
    return [_extension(population, number) for number in range(2)]


def _extension(population: Population, number: int) -> Record:
    node = min(number, population.nodes - 1)
    host = f"10.8.{number + 1}.1"
    return {
        "id": EXTENSION_IDS + number,
        "aor": f"{EXTENSION}@{host}",
        "user": EXTENSION,
        "host": host,
        "contact": f"<sip:{EXTENSION}@10.17.{number}.1:5060;transport=tls>",
        "expires": 180,
        "active": True,
        "nodeId": node + 1,
        "nodeName": population.node_names[node],
        "ipGroup": population.ip_groups[node],
        "userAgent": "AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0",
    }


def _not_active(told: Sequence[Record]) -> list[Record]:
    return [one | {"active": False} if at % 7 == 6 else one for at, one in enumerate(told)]


def _several_contacts(told: Sequence[Record]) -> list[Record]:
    listed = []
    for at, one in enumerate(told):
        listed.append(one)
        if at % 5 == 4:
            listed.append(_second_contact(one))
    return listed


def _second_contact(one: Record) -> Record:
    contact = f"<sip:{one['user']}@10.17.{one['nodeId']}.1:5062;transport=udp>"
    return one | {"id": CONTACT_IDS + one["id"], "contact": contact}


def _types_drift(told: Sequence[Record]) -> list[Record]:
    return [_drifted(one, at) for at, one in enumerate(told)]


def _drifted(one: Record, at: int) -> Record:
    """Return a record with other types: some fields are null in one of three."""
    drifted = {
        "id": str(one["id"]) if at % 2 else one["id"],
        "expires": str(one["expires"]),
        "nodeId": str(one["nodeId"]),
        "active": str(one["active"]).lower(),
        "tenant": "default",
        "location": {"rack": at % 10, "labels": []},
    }
    blank = dict.fromkeys(("contact", "expires", "userAgent")) if at % 3 == 2 else {}
    return one | drifted | blank


LIES: dict[str, Callable[[Sequence[Record]], list[Record]]] = {
    "empty_after_restart": lambda _: [],
    "not_active": _not_active,
    "several_contacts": _several_contacts,
    "number_formats": respelt,
    "types_drift": _types_drift,
}
