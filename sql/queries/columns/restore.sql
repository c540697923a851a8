INSERT INTO @table_columns@ (@names@)
OVERRIDING SYSTEM VALUE
SELECT @names@ FROM pg_catalog.jsonb_populate_record(NULL::@table_columns@, $1::pg_catalog.jsonb)
