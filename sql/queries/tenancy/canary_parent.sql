-- The command that finds the row of the table $1 with the values that $3 has for the columns $2; NULL where $3 does not have all of them.
SELECT CASE WHEN $3 OPERATOR(pg_catalog.?&) $2 THEN
    pg_catalog.format('SELECT pg_catalog.to_jsonb(parent)::pg_catalog.text FROM %1$s AS parent, pg_catalog.jsonb_populate_record(NULL::%1$s, $1) AS wanted WHERE %2$s',
        rowkit_internal._quoted_name($1), pg_catalog.string_agg(pg_catalog.format('parent.%1$I = wanted.%1$I', part), ' AND ')) END
FROM pg_catalog.unnest($2) AS part
