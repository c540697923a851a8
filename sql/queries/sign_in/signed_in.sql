, last_login_at = CASE WHEN $2 AND NOT @is_locked@ THEN $1::pg_catalog.timestamptz ELSE entry.last_login_at END
