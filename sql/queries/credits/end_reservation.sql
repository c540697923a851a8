UPDATE @operations@ AS operation SET status = $2 WHERE operation.id OPERATOR(pg_catalog.=) $1
