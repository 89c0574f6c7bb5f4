-- The request that a user made under a key, and its answer.
-- One row or none.
SELECT
    r.request_sha256,
    r.status,
    r.answer
FROM numbers.idempotent_request AS r
WHERE r.username = :username AND r.key = :key
