-- Withhold removals in a scope; a hold that is open stays as it is.
-- One row per hold opened.
INSERT INTO numbers.hold (connection_id, node, reason, since)
VALUES (:connection_id, :node, :reason, :as_of)
ON CONFLICT (connection_id, coalesce(node, ''), (node IS NULL)) WHERE until IS NULL DO NOTHING
