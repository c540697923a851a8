UPDATE @imports@ SET state = 'undone', ended_at = pg_catalog.now()
WHERE id OPERATOR(pg_catalog.=) $1
