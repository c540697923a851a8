SELECT made.blueprint, made.name
FROM ONLY @registry@ AS made
WHERE made.kind OPERATOR(pg_catalog.=) 'trigger' AND pg_catalog.octet_length(made.name) OPERATOR(pg_catalog.<) 300
    AND pg_catalog.octet_length(made.blueprint) OPERATOR(pg_catalog.<) 300
