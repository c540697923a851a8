-- Counted like a user's, so that no answer tells one from the other.
INSERT INTO @table@ AS entry (login_hash, failed_login_attempts, last_failed_login_at, locked_until)
VALUES (@key@, CASE WHEN $2 THEN 0 ELSE 1 END, $1, CASE WHEN NOT $2 AND 1 OPERATOR(pg_catalog.>=) $3 THEN $1 OPERATOR(pg_catalog.+) $4 END)
ON CONFLICT (login_hash) DO UPDATE SET @counted@
RETURNING 1::pg_catalog.int8, entry.failed_login_attempts::pg_catalog.int8, CASE WHEN @is_locked@ THEN entry.locked_until END
