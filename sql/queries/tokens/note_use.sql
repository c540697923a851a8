-- Whoever is at the row notes a use of this minute, too, or takes the token away.
UPDATE @tokens@ AS token SET last_used_at = pg_catalog.clock_timestamp(), last_used_ip = $2::pg_catalog.inet, last_used_user_agent = $3
FROM (
    SELECT free.id FROM @tokens@ AS free
    WHERE free.id OPERATOR(pg_catalog.=) $1
        AND COALESCE(free.last_used_at OPERATOR(pg_catalog.<=) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 minute'::pg_catalog.interval), true)
    FOR NO KEY UPDATE SKIP LOCKED
) AS free
WHERE token.id OPERATOR(pg_catalog.=) free.id
