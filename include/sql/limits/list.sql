-- The users who are limited to a hierarchy node.
-- One row per user.
SELECT
    u.username,
    u.hierarchy,
    u.set_by,
    u.set_at
FROM numbers.user_limit AS u
WHERE CAST(:username AS text) IS NULL OR u.username = :username
ORDER BY u.username
