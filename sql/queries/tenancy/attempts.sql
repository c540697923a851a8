-- What the person $5 tries on the table $1, which is tied to its owner by the columns $2, with a row of their own, $3, and one of somebody else's, $4.
-- $6 is whether the table is shared, $7 whether it is isolated through a parent.
SELECT tried.place, tried.operation, tried.target, tried.command, tried.arguments, tried.prepare, tried.witness, tried.seeing
FROM rowkit_internal._isolation_attempts($1, $2, $3, $4) AS tried
WHERE CASE
        WHEN tried.place OPERATOR(pg_catalog.=) 13 THEN $5 OPERATOR(pg_catalog.=) ANY (ARRAY['anon', 'member', 'user'])
        -- Only that they cannot move rows is asked of those who belong to both; of the service only that it sees everything, and writes what all share.
        WHEN $5 OPERATOR(pg_catalog.=) 'both' THEN tried.place OPERATOR(pg_catalog.=) 4 AND NOT $7
        WHEN $5 OPERATOR(pg_catalog.=) 'service' THEN tried.operation OPERATOR(pg_catalog.=) 'SELECT' OR ($6 AND tried.place OPERATOR(pg_catalog.<) 7)
        ELSE true END
    AND (NOT $6 OR tried.operation OPERATOR(pg_catalog.=) ANY (ARRAY['TRUNCATE', 'COPY'])
        OR (tried.target OPERATOR(pg_catalog.=) 'own' AND tried.place OPERATOR(pg_catalog.<) 7))
ORDER BY tried.place USING OPERATOR(pg_catalog.<), tried.operation USING OPERATOR(pg_catalog.<), tried.target USING OPERATOR(pg_catalog.>)
