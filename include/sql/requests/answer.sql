-- Keep the answer of a request, for when it is made again.
-- One row.
UPDATE numbers.idempotent_request
SET status = :answer_status, answer = :answer
WHERE username = :username AND key = :key
