SELECT next.id::pg_catalog.uuid FROM @tokens@ AS next WHERE next.account_id OPERATOR(pg_catalog.=) $1 AND next.rotated_from OPERATOR(pg_catalog.=) $2 LIMIT 1
