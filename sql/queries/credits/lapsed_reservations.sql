SELECT operation.id
FROM @operations@ AS operation
WHERE operation.account_id OPERATOR(pg_catalog.=) $1::@type@ AND operation.status OPERATOR(pg_catalog.=) 'held'
    AND operation.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()
ORDER BY operation.id USING OPERATOR(pg_catalog.<)
