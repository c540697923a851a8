UPDATE @imports@ SET state = 'cancelled', ended_at = pg_catalog.now()
WHERE id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.=) ANY (ARRAY['receiving', 'running'])
RETURNING id
