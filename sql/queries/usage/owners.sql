-- The owners with these keys ($1).
SELECT FROM @owner@ AS owner WHERE owner.@key@ OPERATOR(pg_catalog.=) ANY ($1::@type@[])
