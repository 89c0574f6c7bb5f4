"""The straightforward way to do the cycle, to measure ours against.

COPY the list into an unlogged table, ANALYZE it, take the difference against the open intervals,
close and open, compare wanted with actual by one full join, and apply with events. It keeps the
timeline and ends in the same state as ours; it knows no SBC nodes, holds, hierarchies or conflicts.
"""

from datetime import datetime

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, text

from benchmarks.dataset import FILL, Scale
from benchmarks.timing import Timing
from include.inventory import snapshots
from include.inventory.snapshots import Snapshot

SCHEMA = """
DROP SCHEMA IF EXISTS reference CASCADE;
CREATE SCHEMA reference;
CREATE TABLE reference.number (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, internal_number text NOT NULL,
    hierarchy text NOT NULL, status text NOT NULL DEFAULT 'Available', usage text, vendor text,
    tag text, release_date timestamptz, description text, UNIQUE (internal_number, hierarchy));
CREATE TABLE reference.presence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, internal_number text NOT NULL,
    node text, ip_group text, user_agent text,
    online_from timestamptz NOT NULL, online_to timestamptz);
CREATE UNIQUE INDEX ON reference.presence (internal_number) WHERE online_to IS NULL;
CREATE TABLE reference.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number_id bigint, as_of timestamptz,
    from_status text, to_status text);
CREATE UNLOGGED TABLE reference.stage (
    internal_number text, node text, ip_group text, user_agent text);
"""

REGISTERED = """
UPDATE reference.number SET status = 'Used', usage = 'Device', vendor = 'AudioCodes'
WHERE (id - 1) % :step = 0;
INSERT INTO reference.presence (internal_number, node, ip_group, user_agent, online_from)
SELECT internal_number, 'SBC-' || (id - 1) % 150, 'Users-' || (id - 1) % 150,
    'AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0', :as_of
FROM reference.number WHERE vendor = 'AudioCodes'
"""

DELTA = """
CREATE TEMPORARY TABLE delta ON COMMIT DROP AS
SELECT coalesce(s.internal_number, p.internal_number) AS internal_number,
    p.id AS closes, s.node, s.ip_group, s.user_agent
FROM (SELECT DISTINCT ON (internal_number) * FROM reference.stage) AS s
FULL JOIN (SELECT * FROM reference.presence WHERE online_to IS NULL) AS p
    ON s.internal_number = p.internal_number
WHERE s.internal_number IS NULL OR p.internal_number IS NULL
"""

CLOSE = "UPDATE reference.presence SET online_to = :as_of FROM delta WHERE id = closes"

OPEN = """
INSERT INTO reference.presence (internal_number, node, ip_group, user_agent, online_from)
SELECT internal_number, node, ip_group, user_agent, :as_of FROM delta WHERE closes IS NULL
"""

PLAN = """
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT n.id, n.status AS from_status,
    CASE WHEN p.internal_number IS NULL THEN 'Cooling' ELSE 'Used' END AS to_status
FROM (SELECT DISTINCT internal_number FROM reference.presence WHERE online_to IS NULL) AS p
FULL JOIN reference.number AS n ON n.internal_number = p.internal_number
WHERE (p.internal_number IS NOT NULL AND n.vendor IS DISTINCT FROM 'AudioCodes')
    OR (p.internal_number IS NULL AND n.vendor = 'AudioCodes')
"""

APPLY = """
WITH changed AS (
    UPDATE reference.number AS n SET status = w.to_status,
        usage = CASE WHEN w.to_status = 'Used' THEN 'Device' END,
        vendor = CASE WHEN w.to_status = 'Used' THEN 'AudioCodes' END,
        tag = CASE WHEN w.to_status = 'Cooling' THEN 'Cooling for 2 days' END,
        release_date = CASE WHEN w.to_status = 'Cooling' THEN :as_of + interval '2 days' END
    FROM wanted AS w WHERE n.id = w.id AND n.status = w.from_status
    RETURNING n.id, w.from_status, w.to_status)
INSERT INTO reference.event (number_id, as_of, from_status, to_status)
SELECT id, :as_of, from_status, to_status FROM changed
"""


def prepare(db: Connection, scale: Scale, as_of: datetime) -> None:
    """The inventory as the first list left it."""
    db.connection.driver_connection.execute(SCHEMA)
    fill = FILL.format(table="reference.number", last=scale.numbers - 1)
    db.execute(text(fill))
    step = scale.numbers // scale.registered
    for statement in REGISTERED.split(";"):
        db.execute(text(statement), {"step": step, "as_of": as_of})


def cycle(db: Connection, second: Snapshot, as_of: datetime, timing: Timing) -> None:
    """Lay the second list in, and bring the inventory up to it."""
    binds = {"as_of": as_of}
    with timing("stage"):
        _copy(db, second)
        db.execute(text("ANALYZE reference.stage"))
    with timing("observe"):
        for statement in (DELTA, CLOSE, OPEN):
            db.execute(text(statement), binds)
    with timing("plan"):
        db.execute(text(PLAN))
    with timing("apply"):
        db.execute(text(APPLY), binds)


def _copy(db: Connection, snapshot: Snapshot) -> None:
    columns = ["internal_number", "nodeName", "ipGroup", "userAgent"]
    with (
        snapshots.opened(snapshot.path) as parquet,
        db.connection.driver_connection.cursor() as cursor,
        cursor.copy("COPY reference.stage FROM STDIN (FORMAT csv)") as copy,
    ):
        for group in range(parquet.num_row_groups):
            sink = pa.BufferOutputStream()
            table = parquet.read_row_group(group, columns=columns)
            csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
            copy.write(sink.getvalue().to_pybytes())
