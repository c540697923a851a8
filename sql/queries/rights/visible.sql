SELECT visible.id
FROM @relation@ AS visible
WHERE visible.id OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY visible.id USING OPERATOR(pg_catalog.<)
