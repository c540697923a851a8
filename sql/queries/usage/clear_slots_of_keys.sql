-- Takes away the slots of an owner's old key ($2) and of its new one ($3), and returns what those of the old one had counted.
DELETE FROM @slots@ AS slot
WHERE slot.counter OPERATOR(pg_catalog.=) $1 AND slot.owner_key OPERATOR(pg_catalog.=) ANY (ARRAY[$2::pg_catalog.text, $3::pg_catalog.text])
RETURNING CASE WHEN slot.owner_key OPERATOR(pg_catalog.=) $2::pg_catalog.text THEN slot.used ELSE 0 END
