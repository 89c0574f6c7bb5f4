"""The connections to AudioCodes Routing Managers: what the YAML file says, validated."""

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy import Connection

from include.arm.rules import NumberRules
from include.inventory.errors import ConfigurationInvalid, Unknown
from include.inventory.guards import DEFAULTS
from include.inventory.statements import statement
from include.macros import GUARD

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "audiocodes_connections.yaml"

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
_LABEL = r"[^.\x00-\x20][^.\x00-\x1f]*"
HIERARCHY = rf"^{_LABEL}(\.{_LABEL})*$"
LONGEST_NODE = 500
Hierarchy = Annotated[str, StringConstraints(pattern=HIERARCHY)]


def at_or_below(node: str, top: str) -> bool:
    """True where one hierarchy node is the other, or lies below it."""
    return node == top or node.startswith(f"{top}.")


def node_path(node: str) -> list[str]:
    """The hierarchy nodes that a node is at or below, the top first and itself last."""
    return list(accumulate(node.split("."), "{}.{}".format))


def related(one: str, other: str) -> bool:
    """True where one hierarchy node is the other, lies above it, or lies below it."""
    return at_or_below(one, other) or at_or_below(other, one)


class CrossCheckConfig(BaseModel):
    """An SBC that is asked itself how many registered users it has: at most so many per cent more
    than the list has of its node."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    node: Annotated[str, StringConstraints(min_length=1)]
    conn_id: Name
    percent: float = Field(default=5, ge=0, le=50)


class ConnectionConfig(BaseModel):
    """One connection: where its credentials are, whose numbers it holds, when it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    conn_id: Name
    hierarchy: Hierarchy
    schedule: str = "0 2 * * *"
    rules: NumberRules = NumberRules()
    cross_checks: tuple[CrossCheckConfig, ...] = ()
    guard: dict[str, int] = {}

    @property
    def rules_sha256(self) -> str:
        """A hash of the rules, and of the hierarchy node that they fall back to."""
        read_by = self.model_dump_json(include={"hierarchy", "rules"}, exclude_defaults=True)
        return hashlib.sha256(read_by.encode()).hexdigest()

    @field_validator("guard")
    @classmethod
    def _guard_is_of_macros(cls, guard: dict[str, int]) -> dict[str, int]:
        for name, value in guard.items():
            macro = GUARD.get(name)
            if macro is None:
                raise ValueError(f"{name} is no macro of the guard; there are: {', '.join(GUARD)}")
            if not macro.allows(value):
                raise ValueError(f"{name} cannot be {value}: {macro.takes}")
        return guard

    @model_validator(mode="after")
    def _sites_lie_at_the_connection(self) -> Self:
        for site in self.rules.sites:
            if not related(site.hierarchy, self.hierarchy):
                raise ValueError(
                    f"rules.sites: {site.hierarchy} lies neither above nor below {self.hierarchy}"
                )
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    connections: list[ConnectionConfig]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for name, times in Counter(c.name.lower() for c in self.connections).items():
            if times > 1:
                raise ValueError(f"connections: the name {name} stands {times} times")
        return self


def path() -> Path:
    """The file in force: ``NUMBER_INVENTORY_CONNECTIONS``, or the one in ``include/``."""
    return Path(os.environ.get("NUMBER_INVENTORY_CONNECTIONS") or DEFAULT_FILE)


def load(file: Path | None = None) -> list[ConnectionConfig]:
    """The configured connections. Raises ConfigurationInvalid, naming file and key."""
    file = file or path()
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return _File.model_validate(content).connections
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationInvalid(f"{file}: {key}: {first['msg']}; correct it there") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationInvalid(
            f"{file} cannot be read as YAML ({reason}); correct it, or point "
            "NUMBER_INVENTORY_CONNECTIONS at the right file"
        ) from error


def find(name: str) -> ConnectionConfig:
    """The configured connection of that name. Raises Unknown."""
    known = load()
    for config in known:
        if config.name == name:
            return config
    names = ", ".join(config.name for config in known) or "none"
    raise Unknown(f"There is no connection {name} in {path()}; configured: {names}")


def register(db: Connection, configs: list[ConnectionConfig]) -> None:
    """Make the table of connections say what is configured; the others are marked as gone."""
    rows = [
        {
            "name": config.name,
            "hierarchy": config.hierarchy,
            "guard": json.dumps(config.guard),
        }
        for config in configs
    ]
    if rows:
        db.execute(statement("timeline/register_connection"), rows)
    db.execute(statement("timeline/retire_connections"), {"names": [row["name"] for row in rows]})


def identify(db: Connection, name: str, *, within: str | None = None) -> int:
    """The id of a connection that has ever been configured. Raises Unknown.

    With a hierarchy node, one that is neither there nor below it is as if it were not there.
    """
    binds = {"name": name, "within": within}
    found = db.execute(statement("timeline/connection"), binds).scalar()
    if found is None:
        raise Unknown(f"The inventory has never heard of a connection {name}")
    return int(found)


@dataclass(frozen=True)
class Reading:
    """A connection, and its newest complete list: None where there has never been one.

    ``node_counts`` are the numbers listed at each SBC node, and ``most_hours`` is how old a list
    may be that removes numbers. A purge is a list of nothing.
    """

    connection: str
    hierarchy: str
    configured: bool
    purged_at: datetime | None
    as_of: datetime | None
    purge: bool | None
    registered_users: int | None
    rejected: int | None
    node_counts: dict[str, int] | None
    most_hours: int


def readings(db: Connection, *, as_of: datetime, within: str | None = None) -> list[Reading]:
    """Every connection that has ever been configured; of those at a hierarchy node or below it."""
    binds = {"as_of": as_of, "within": within, "defaults": DEFAULTS}
    rows = db.execute(statement("timeline/readings"), binds)
    return [Reading(**row) for row in rows.mappings()]
