WITH entry AS (UPDATE @table@ AS entry SET @counted@ @signed_in@ WHERE @who@ RETURNING entry.failed_login_attempts, entry.locked_until)
SELECT
    pg_catalog.count(*),
    pg_catalog.max(entry.failed_login_attempts)::pg_catalog.int8,
    pg_catalog.max(CASE WHEN @is_locked@ THEN entry.locked_until END)::pg_catalog.timestamptz
FROM entry
