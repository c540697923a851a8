SELECT slot.slot, slot.counts
FROM @statistics@ AS slot
WHERE slot.table_id OPERATOR(pg_catalog.=) $1
