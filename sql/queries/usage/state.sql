SELECT owner.@counter@::pg_catalog.int8, (@limit@)::pg_catalog.int8, (@plan@)::pg_catalog.text
FROM @owner@ AS owner
WHERE owner.@key@ OPERATOR(pg_catalog.=) $1::@type@
