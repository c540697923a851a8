DELETE FROM @statistics@ AS slot WHERE slot.table_id OPERATOR(pg_catalog.=) $1 AND slot.slot OPERATOR(pg_catalog.=) 0
