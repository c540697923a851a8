DELETE FROM @table@ AS job
WHERE job.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()
    AND job.status::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['completed', 'failed']::pg_catalog.text[])
