-- The defaults of columns that hold a status, which got another name.
UPDATE @table_columns@ AS definition
SET default_value = renamed.value
FROM pg_catalog.jsonb_each($2) AS renamed
WHERE definition.table_id OPERATOR(pg_catalog.=) $1 AND definition.type OPERATOR(pg_catalog.=) 'status'
    AND definition.default_value OPERATOR(pg_catalog.=) pg_catalog.to_jsonb(renamed.key)
