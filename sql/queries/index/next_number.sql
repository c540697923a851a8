-- The next number of an index of a table of definitions ($1).
SELECT pg_catalog.nextval(pg_catalog.pg_get_serial_sequence($1, 'number')::pg_catalog.regclass)
