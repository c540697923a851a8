UPDATE @changes@ AS change SET value_count = $2 WHERE change.id OPERATOR(pg_catalog.=) $1
