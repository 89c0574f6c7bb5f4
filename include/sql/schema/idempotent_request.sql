-- One row is one request that was carried out under an Idempotency-Key, with its answer: written by
-- the transaction that carried it out, and kept for a day.
CREATE TABLE numbers.idempotent_request (
    username text NOT NULL,
    key text NOT NULL,
    request_sha256 text NOT NULL,
    status integer NOT NULL,
    answer text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (username, key)
);

CREATE INDEX idempotent_request_by_time ON numbers.idempotent_request (recorded_at);
