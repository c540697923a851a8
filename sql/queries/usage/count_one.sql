-- A counter that is NULL has counted nothing yet.
UPDATE @owner@ AS owner SET @counter@ = COALESCE(owner.@counter@, 0) OPERATOR(pg_catalog.+) $2
WHERE owner.@key@ OPERATOR(pg_catalog.=) $1::@type@
RETURNING owner.@counter@::pg_catalog.int8 OPERATOR(pg_catalog.-) $2, (@limit@)::pg_catalog.int8, (@plan@)::pg_catalog.text
