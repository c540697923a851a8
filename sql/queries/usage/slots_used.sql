SELECT pg_catalog.sum(slot.used)::pg_catalog.int8
FROM @slots@ AS slot
WHERE slot.counter OPERATOR(pg_catalog.=) $1 AND slot.owner_key OPERATOR(pg_catalog.=) $2
