failed_login_attempts = CASE WHEN @is_locked@ THEN entry.failed_login_attempts WHEN $2 THEN 0 ELSE @failures@ OPERATOR(pg_catalog.+) 1 END,
last_failed_login_at = CASE WHEN @is_locked@ OR $2 THEN entry.last_failed_login_at ELSE $1 END,
locked_until = CASE WHEN @is_locked@ THEN entry.locked_until
    WHEN NOT $2 AND @failures@ OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.>=) $3 THEN $1 OPERATOR(pg_catalog.+) $4 END
