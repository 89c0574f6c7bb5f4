-- Record that a list has been laid in.
-- One row, its id.
INSERT INTO numbers.snapshot (
    connection_id,
    as_of,
    kind,
    path,
    sha256,
    rules_sha256,
    registered_users,
    rejected,
    node_counts
)
VALUES (
    :connection_id,
    :as_of,
    :kind,
    :path,
    :sha256,
    :rules_sha256,
    :registered_users,
    :rejected,
    CAST(:node_counts AS jsonb)
)
RETURNING snapshot_id
