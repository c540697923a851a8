SELECT held.organization_id, held.number
FROM (
    SELECT
        record.organization_id,
        CASE WHEN pg_catalog.jsonb_typeof(record.data OPERATOR(pg_catalog.->) $2) OPERATOR(pg_catalog.=) 'number'
            THEN (record.data OPERATOR(pg_catalog.->>) $2)::pg_catalog.numeric END AS number
    FROM @records@ AS record
    WHERE record.table_id OPERATOR(pg_catalog.=) $1 AND record.data OPERATOR(pg_catalog.?) $2
) AS held
WHERE held.number OPERATOR(pg_catalog.>=) 1 AND held.number OPERATOR(pg_catalog.<=) 9223372036854775807
    AND held.number OPERATOR(pg_catalog.=) pg_catalog.trunc(held.number)
