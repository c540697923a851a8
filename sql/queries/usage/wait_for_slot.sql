-- A slot with room enough, as soon as nobody holds it.
SELECT
FROM @slots@ AS candidate
WHERE candidate.counter OPERATOR(pg_catalog.=) $1 AND candidate.owner_key OPERATOR(pg_catalog.=) $2
    AND (candidate.room IS NULL OR candidate.room OPERATOR(pg_catalog.>=) GREATEST($3, 0))
    AND EXISTS (
        SELECT
        FROM @owner@ AS owner
        WHERE owner.@key@ OPERATOR(pg_catalog.=) $2::@type@
            AND (@limit@)::pg_catalog.int8 IS NOT DISTINCT FROM candidate.capacity)
LIMIT 1
FOR NO KEY UPDATE OF candidate
