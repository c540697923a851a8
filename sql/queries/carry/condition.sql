record.table_id OPERATOR(pg_catalog.=) $1
    AND (record.data OPERATOR(pg_catalog.?|) ARRAY(SELECT pg_catalog.jsonb_object_keys($2))
        OR EXISTS (
            SELECT
            FROM pg_catalog.jsonb_each($3) AS renamed
            WHERE (record.data OPERATOR(pg_catalog.->) renamed.key)
                OPERATOR(pg_catalog.?|) ARRAY(SELECT pg_catalog.jsonb_object_keys(renamed.value)))
        OR record.name OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT pg_catalog.jsonb_object_keys($4 OPERATOR(pg_catalog.->) 'name')))
        OR record.email OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT pg_catalog.jsonb_object_keys($4 OPERATOR(pg_catalog.->) 'email')))
        OR record.company OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT pg_catalog.jsonb_object_keys($4 OPERATOR(pg_catalog.->) 'company')))
        OR record.status OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT pg_catalog.jsonb_object_keys($4 OPERATOR(pg_catalog.->) 'status'))))
