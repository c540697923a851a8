SELECT
    pg_catalog.count(*),
    pg_catalog.max(CASE WHEN @is_locked@ THEN entry.failed_login_attempts ELSE @failures@ END)::pg_catalog.int8,
    pg_catalog.max(CASE WHEN @is_locked@ THEN entry.locked_until END)::pg_catalog.timestamptz
FROM @table@ AS entry WHERE @who@
