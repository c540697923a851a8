-- A mark that is there is held.
INSERT INTO @statistics@ AS slot (organization_id, table_id, slot)
SELECT home.organization_id, home.id, 0
FROM @tables@ AS home
WHERE home.id OPERATOR(pg_catalog.=) $1
ON CONFLICT (table_id, slot) DO UPDATE SET counts = slot.counts
