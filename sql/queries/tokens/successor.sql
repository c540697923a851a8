-- A row that somebody else wrote is no successor.
SELECT next.id::pg_catalog.uuid FROM @tokens@ AS next
WHERE next.account_id OPERATOR(pg_catalog.=) $1 AND next.rotated_from_id OPERATOR(pg_catalog.=) $2 AND next.user_id IS NOT DISTINCT FROM $3
LIMIT 1
