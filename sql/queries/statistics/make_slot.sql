-- A slot of any number; in the rare case that it is there the counters are added to it.
INSERT INTO @statistics@ AS slot (organization_id, table_id, slot, counts)
SELECT
    home.organization_id, home.id,
    1 OPERATOR(pg_catalog.+) pg_catalog.floor(pg_catalog.random() OPERATOR(pg_catalog.*) 2000000000::pg_catalog.float8)::pg_catalog.int4,
    $2
FROM @tables@ AS home
WHERE home.id OPERATOR(pg_catalog.=) $1
ON CONFLICT (table_id, slot) DO UPDATE SET counts = rowkit_internal._added_counts(slot.counts, EXCLUDED.counts)
