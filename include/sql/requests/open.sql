-- Note that a request is being carried out. One with the same key that is at it is waited for.
-- One row; none where there is one with the key already.
INSERT INTO numbers.idempotent_request (username, key, request_sha256, status, answer)
VALUES (:username, :key, :request_sha256, 0, '')
ON CONFLICT (username, key) DO NOTHING
RETURNING key
