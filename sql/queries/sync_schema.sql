UPDATE @tables@ AS home
SET schema = built.schema
FROM (
    @built@
) AS built
WHERE home.id OPERATOR(pg_catalog.=) built.id
    AND (home.schema OPERATOR(pg_catalog.-) 'version') OPERATOR(pg_catalog.<>) (built.schema OPERATOR(pg_catalog.-) 'version')
RETURNING home.id
