"""What both sides of the benchmark start from: an inventory, and two lists of registered users."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.arm import records

PAGE = 50_000
NODES = 150


@dataclass(frozen=True)
class Scale:
    """How many numbers the inventory has, how many are registered, and which part changes."""

    numbers: int
    registered: int
    churn: float = 0.01

    @property
    def moved(self) -> int:
        """How many leave between the two lists; as many arrive."""
        return int(self.registered * self.churn / 2)


SCALES = {"small": Scale(500_000, 100_000), "default": Scale(5_000_000, 1_000_000)}

# Number i of the inventory, in SQL as in the lists.
NUMBER = "'+4420' || lpad(CAST(i AS text), 8, '0')"
FILL = f"""
INSERT INTO {{table}} (internal_number, hierarchy)
SELECT {NUMBER}, 'sys.hcs.acme.site' || i % 40 FROM generate_series(0, {{last}}) AS i
"""


def before(scale: Scale) -> np.ndarray:
    """The numbers registered in the first list: every n-th of the inventory."""
    step = scale.numbers // scale.registered
    return np.arange(scale.registered) * step


def after(scale: Scale) -> np.ndarray:
    """The second list: some of them have gone, as many others have come."""
    first = before(scale)
    gone = np.linspace(0, len(first) - 1, scale.moved).astype(int)
    return np.concatenate([np.delete(first, gone), first[gone] + 1])


def pages(indices: np.ndarray) -> Iterator[pd.DataFrame]:
    """The registered users of those numbers, in the record form, page by page."""
    for start in range(0, len(indices), PAGE):
        yield _page(indices[start : start + PAGE])


def _page(indices: np.ndarray) -> pd.DataFrame:
    digits = pc.utf8_lpad(pa.array(indices).cast(pa.string()), 8, "0")
    number = pc.binary_join_element_wise("+4420", digits, "")
    nodes = pa.array((indices * 2_654_435_761 >> 16) % NODES).cast(pa.string())
    size = len(indices)
    columns = {name: pa.nulls(size, pa.string()) for name in records.COLUMNS} | {
        "id": pa.array(indices).cast(pa.string()),
        "aor": number,
        "user": number,
        "contact": pc.binary_join_element_wise("<sip:", number, "@10.8.5.71:5060>", ""),
        "expires": pa.array(np.full(size, 180)),
        "active": pa.array(np.full(size, True)),
        "nodeId": nodes,
        "nodeName": pc.binary_join_element_wise("SBC-", nodes, ""),
        "ipGroup": pc.binary_join_element_wise("Users-", nodes, ""),
        "userAgent": pa.array(["AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0"] * size),
    }
    return pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
