SELECT
FROM @owner@ AS owner
WHERE owner.@key@ OPERATOR(pg_catalog.=) ANY ($1::@type@[])
ORDER BY owner.@key@::pg_catalog.text COLLATE pg_catalog."C" USING OPERATOR(pg_catalog.<)
FOR NO KEY UPDATE OF owner @wait@
