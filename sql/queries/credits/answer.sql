UPDATE @operations@ AS operation SET answer = $2::pg_catalog.jsonb WHERE operation.id OPERATOR(pg_catalog.=) $1
