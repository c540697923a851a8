SELECT operation.request OPERATOR(pg_catalog.=) $3::pg_catalog.jsonb, operation.answer::pg_catalog.text
FROM @operations@ AS operation
WHERE operation.account_id OPERATOR(pg_catalog.=) $1::@type@ AND operation.idempotency_key OPERATOR(pg_catalog.=) $2
