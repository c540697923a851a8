UPDATE @changes@ AS change SET restored_at = pg_catalog.now() WHERE change.id OPERATOR(pg_catalog.=) $1
