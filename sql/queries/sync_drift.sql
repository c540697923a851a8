SELECT home.id
FROM @tables@ AS home
JOIN (
    @built@
) AS built ON built.id OPERATOR(pg_catalog.=) home.id
WHERE (home.schema OPERATOR(pg_catalog.-) 'version') OPERATOR(pg_catalog.<>) (built.schema OPERATOR(pg_catalog.-) 'version')
ORDER BY home.id USING OPERATOR(pg_catalog.<)
