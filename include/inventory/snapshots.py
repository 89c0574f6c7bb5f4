"""Landing: a complete list of registered users, kept as an immutable Parquet file.

``<storage>/landing/<connection>/<as_of>/`` holds the list and, written last, ``manifest.json``:
without the manifest there is no snapshot, however much of the list was written.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from include.inventory.connections import ConnectionConfig
from include.inventory.errors import BadInput, Refused

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

MANIFEST = "manifest.json"
# Between the parts of a key; no name of a node can hold it.
SEPARATOR = "\x1f"
ROW_GROUP = 32_768
# Columns with few different values. To look for repetition in the others takes as long as all else.
REPEATED = [
    "host",
    "expires",
    "active",
    "nodeId",
    "nodeName",
    "ipGroup",
    "userAgent",
    "rejected",
    "hierarchy",
    "place",
]
# How many AORs that are no number are told of each kind, and how much of each.
EXAMPLES, LONGEST = 5, 80
# Two independent hashes of 64 bits make a key: that two of a billion meet is out of the question.
KEYS = ("number-inventory", "registered-users")
# What makes two lists the same; `expires` counts down in every answer and says nothing.
CONTENT = ("id", "aor", "user", "host", "contact", "active", "nodeId", "nodeName", "ipGroup")


@dataclass(frozen=True)
class Snapshot:
    """A landed list: where it is, what it holds, and what was seen while reading it.

    ``rejected`` counts the AORs that are no number, by reason, and ``examples`` has the first few;
    ``doubtful`` counts numbers that no country can have, and that are believed. ``places`` are the
    SBC nodes, IP groups and hierarchy nodes of its numbers, which the column ``place`` counts
    through. ``rules_sha256`` tells by which rules it was read; "" where that was not kept.
    """

    connection: str
    as_of: datetime
    path: str
    sha256: str
    registered_users: int
    rejected: Mapping[str, int]
    places: Sequence[Sequence[str]]
    evidence: Mapping[str, Any]
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    doubtful: int = 0
    rules_sha256: str = ""

    @property
    def rejected_total(self) -> int:
        """How many AORs are no number."""
        return sum(self.rejected.values())


def folder(storage: Path, connection: str, as_of: datetime) -> Path:
    """Where the list of a connection for an instant is landed."""
    return storage / "landing" / connection / as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def landed(storage: Path, connection: str, as_of: datetime) -> Snapshot | None:
    """The snapshot of a connection for an instant, or None where none was landed."""
    manifest = folder(storage, connection, as_of) / MANIFEST
    if not manifest.exists():
        return None
    try:
        fields = json.loads(manifest.read_text(encoding="utf-8"))
        fields["as_of"] = datetime.fromisoformat(fields["as_of"])
        fields["path"] = str(manifest.parent / fields.pop("file"))
        return Snapshot(**fields)
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{manifest} is not a manifest of a landed list ({error}); "
            "restore it, or delete its folder to land the list again"
        ) from error


def land(
    storage: Path,
    config: ConnectionConfig,
    as_of: datetime,
    frames: "Iterable[pd.DataFrame]",
    evidence: Mapping[str, Any] | None = None,
) -> Snapshot:
    """Land a list given page by page; memory is bounded by a page.

    ``frames`` are in the record form of ``include.arm.records`` and raise where the list is not
    complete: nothing is landed then. ``evidence`` is read after the last page. Landing the same
    list twice is a no-op; another list for the same instant raises Refused.
    """
    place = folder(storage, config.name, as_of)
    place.mkdir(parents=True, exist_ok=True)
    part = place / f"{uuid4().hex}.parquet"
    content = _Content(config.name)
    try:
        _write(part, (content.add(_numbered(frame, config)) for frame in frames if len(frame)))
        snapshot = Snapshot(
            connection=config.name,
            as_of=as_of,
            path=str(part),
            sha256=content.sha256(),
            registered_users=content.rows,
            rejected=dict(content.rejected),
            places=[key.split(SEPARATOR) for key in content.places],
            evidence=dict(evidence or {}),
            examples=content.examples,
            doubtful=content.doubtful,
            rules_sha256=config.rules_sha256,
        )
        return _commit(storage, snapshot, part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _commit(storage: Path, snapshot: Snapshot, part: Path) -> Snapshot:
    """Write the manifest, whole or not at all; keep what was landed before."""
    before = landed(storage, snapshot.connection, snapshot.as_of)
    if before is not None:
        if before.sha256 != snapshot.sha256:
            raise Refused(another_list(snapshot.connection, snapshot.as_of))
        part.unlink()
        return before
    fields = asdict(snapshot) | {"as_of": snapshot.as_of.isoformat(), "file": part.name}
    del fields["path"]
    draft = part.with_suffix(".json")
    draft.write_text(json.dumps(fields, indent=1), encoding="utf-8")
    draft.rename(part.parent / MANIFEST)
    return snapshot


def another_list(connection: str, as_of: datetime) -> str:
    """What to say where a second, different list is given for one instant."""
    return (
        f"{connection} already has another list for {as_of.isoformat()}, and a list is never "
        "rewritten; give this one the instant at which it was read"
    )


@contextmanager
def opened(path: str | Path) -> "Iterator[pq.ParquetFile]":
    """A landed list as a Parquet file; raises BadInput where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = open(path, "rb") if isinstance(path, str) else path.open("rb")  # noqa: PTH123, SIM115
        with file, pq.ParquetFile(file) as parquet:
            yield parquet
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput(
            f"The landed list {path} cannot be read ({error}); restore the file and run again"
        ) from error


def _numbered(frame: "pd.DataFrame", config: ConnectionConfig) -> "pd.DataFrame":
    from include.arm.numbers import assign_hierarchy, normalise

    return assign_hierarchy(normalise(frame, config.rules), config.rules, config.hierarchy)


def _write(part: Path, tables: "Iterable[pa.Table]") -> None:
    """Write tables into one Parquet file, in row groups of bounded size."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with part.open("wb") as sink, ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for table in _gathered(tables):
            if writer is None:
                writer = pq.ParquetWriter(
                    sink, table.schema, compression="zstd", use_dictionary=REPEATED
                )
                stack.enter_context(writer)
            writer.write_table(table.cast(writer.schema))
        if writer is None:
            names = [("place", pa.int32()), ("key", pa.binary(16)), ("aor", pa.string())]
            stack.enter_context(pq.ParquetWriter(sink, pa.schema(names)))


def _gathered(tables: "Iterable[pa.Table]") -> "Iterator[pa.Table]":
    """The same rows in fewer, larger tables."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= ROW_GROUP:
            yield pa.concat_tables(waiting, promote_options="permissive").combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting, promote_options="permissive").combine_chunks()


class _Content:
    """What a list holds, worked out while it streams by.

    Each number gets its ``place``, an index into ``places``, and its ``key``: a hash of
    connection, number, place and activity, by which lists are compared. The seal is the same
    whatever order the rows come in.
    """

    def __init__(self, connection: str) -> None:
        self.connection = connection
        self.rows = 0
        self.rejected: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}
        self.doubtful = 0
        self.places: dict[str, int] = {}
        self._sum = 0
        self._mix = 0

    def add(self, frame: "pd.DataFrame") -> "pa.Table":
        import pyarrow as pa
        import pyarrow.compute as pc

        from include.arm.numbers import doubtful

        table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1).combine_chunks()
        self.rows += len(frame)
        self.doubtful += pc.sum(doubtful(table["internal_number"])).as_py() or 0
        self._reject(frame[frame["rejected"].notna()])
        self._seal(table)
        names = _joined(table, ("nodeName", "ipGroup", "hierarchy"))
        return table.append_column("place", self._place(table, names)).append_column(
            "key", self._key(table, names)
        )

    def _reject(self, rejected: "pd.DataFrame") -> None:
        self.rejected.update(rejected["rejected"])
        for reason, aors in rejected.groupby("rejected")["aor"]:
            shown = self.examples.setdefault(str(reason), [])
            shown += [aor[:LONGEST] for aor in aors.head(EXAMPLES - len(shown))]

    def _place(self, table: "pa.Table", names: "pa.Array") -> "pa.Array":
        import pyarrow as pa
        import pyarrow.compute as pc

        known = pc.if_else(
            pc.is_valid(table["internal_number"]), names, pa.scalar(None, pa.string())
        )
        encoded = known.combine_chunks().dictionary_encode()
        indices = [
            self.places.setdefault(name, len(self.places))
            for name in encoded.dictionary.to_pylist()
        ]
        return pa.array(indices, pa.int32()).take(encoded.indices)

    def _key(self, table: "pa.Table", names: "pa.Array") -> "pa.Array":
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc
        from pandas.util import hash_array

        joined = pc.binary_join_element_wise(
            self.connection,
            table["internal_number"],
            names,
            table["active"].cast("string"),
            SEPARATOR,
            null_handling="replace",
            null_replacement="",
        ).to_numpy()
        halves = [hash_array(joined, hash_key=key, categorize=False) for key in KEYS]
        content = np.ascontiguousarray(np.stack(halves, axis=1))
        return pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), len(joined), [None, pa.py_buffer(content)]
        )

    def _seal(self, table: "pa.Table") -> None:
        import numpy as np
        from pandas.util import hash_array

        hashes = hash_array(_joined(table, CONTENT).to_numpy(), categorize=False)
        self._sum = (self._sum + int(hashes.sum(dtype=np.uint64))) % 2**64
        self._mix ^= int(np.bitwise_xor.reduce(hashes * hashes))

    def sha256(self) -> str:
        """A hash of the list as a set of registered users."""
        seal = f"{self.rows}:{self._sum}:{self._mix}"
        return hashlib.sha256(seal.encode()).hexdigest()


def _joined(table: "pa.Table", names: Sequence[str]) -> "pa.ChunkedArray":
    """Some columns of each row in one text."""
    import pyarrow.compute as pc

    columns = [table[name].cast("string") for name in names]
    return pc.binary_join_element_wise(
        *columns, SEPARATOR, null_handling="replace", null_replacement=""
    )
