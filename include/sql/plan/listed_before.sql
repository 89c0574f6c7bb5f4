-- Whether a connection has ever listed a number.
-- One row.
SELECT
    exists(
        SELECT FROM numbers.snapshot AS s
        WHERE s.connection_id = :connection_id AND s.node_counts <> '{}'
    )
