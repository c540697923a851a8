SELECT operation.account_id::pg_catalog.text, operation.kind, operation.status, operation.amount, operation.action
FROM @operations@ AS operation
WHERE operation.id OPERATOR(pg_catalog.=) $1
