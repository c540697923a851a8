-- The active tokens that were last used more than $1 days ago, the longest first; with $2 also those that are so old and never were.
SELECT
    token.id, token.name::pg_catalog.text, token.user_id, token.last_used_at::pg_catalog.timestamptz,
    pg_catalog.date_part('day', pg_catalog.now() OPERATOR(pg_catalog.-) COALESCE(token.last_used_at, token.created_at))::pg_catalog.int8
FROM @tokens@ AS token
WHERE token.is_active
    AND CASE WHEN $2 THEN COALESCE(token.last_used_at, token.created_at) ELSE token.last_used_at END
        OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) pg_catalog.make_interval(days => $1::pg_catalog.int4))
ORDER BY COALESCE(token.last_used_at, token.created_at) USING OPERATOR(pg_catalog.<), token.id USING OPERATOR(pg_catalog.<)
