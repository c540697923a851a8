-- The command that inserts the values of $2, those that the table $1 has columns for.
SELECT pg_catalog.format('INSERT INTO %1$s AS canary ' OPERATOR(pg_catalog.||)
    CASE WHEN given.columns IS NULL THEN 'DEFAULT VALUES'
        ELSE '(%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pg_catalog.jsonb_populate_record(NULL::%1$s, $1)' END OPERATOR(pg_catalog.||)
    ' RETURNING pg_catalog.to_jsonb(canary)::pg_catalog.text', rowkit_internal._quoted_name($1), given.columns)
FROM (
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum)
    FROM pg_catalog.pg_attribute AS attribute
    WHERE attribute.attrelid OPERATOR(pg_catalog.=) $1 AND attribute.attnum OPERATOR(pg_catalog.>) 0 AND NOT attribute.attisdropped
        AND attribute.attgenerated OPERATOR(pg_catalog.=) ''::"char" AND $2 OPERATOR(pg_catalog.?) attribute.attname::pg_catalog.text
) AS given(columns)
