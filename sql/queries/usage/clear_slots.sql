DELETE FROM @slots@ AS slot
WHERE slot.counter OPERATOR(pg_catalog.=) $1 AND slot.owner_key OPERATOR(pg_catalog.=) $2
