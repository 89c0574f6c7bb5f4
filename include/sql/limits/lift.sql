-- Lift the limit of a user.
-- One row or none.
DELETE FROM numbers.user_limit
WHERE username = :username
