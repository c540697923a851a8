-- A slot whose room was shared out under the limit of today; one that holds a debt pays it first.
UPDATE @slots@ AS slot SET used = slot.used OPERATOR(pg_catalog.+) $3, room = slot.room OPERATOR(pg_catalog.-) $3
WHERE slot.counter OPERATOR(pg_catalog.=) $1 AND slot.owner_key OPERATOR(pg_catalog.=) $2
    AND slot.slot OPERATOR(pg_catalog.=) (
        SELECT candidate.slot
        FROM @slots@ AS candidate
        WHERE candidate.counter OPERATOR(pg_catalog.=) $1 AND candidate.owner_key OPERATOR(pg_catalog.=) $2
            AND (candidate.room IS NULL OR candidate.room OPERATOR(pg_catalog.>=) GREATEST($3, 0))
            AND EXISTS (
                SELECT
                FROM @owner@ AS owner
                WHERE owner.@key@ OPERATOR(pg_catalog.=) $2::@type@
                    AND (@limit@)::pg_catalog.int8 IS NOT DISTINCT FROM candidate.capacity)
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED)
