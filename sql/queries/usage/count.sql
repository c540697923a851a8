-- A counter that is NULL has counted nothing yet.
UPDATE @owner@ AS owner SET @counter@ = COALESCE(owner.@counter@, 0) OPERATOR(pg_catalog.+) change.amount
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS change(owner_key, amount)
WHERE owner.@key@ OPERATOR(pg_catalog.=) change.owner_key::@type@
RETURNING
    owner.@counter@::pg_catalog.int8 OPERATOR(pg_catalog.-) change.amount, (@limit@)::pg_catalog.int8, (@plan@)::pg_catalog.text,
    change.owner_key, change.amount
