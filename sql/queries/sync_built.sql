-- The schemas of the tables $1 as their columns and statuses make them.
SELECT
    target.id,
    pg_catalog.jsonb_build_object(
        'version', coalesce((target.schema OPERATOR(pg_catalog.->>) 'version')::pg_catalog.int8, 0) OPERATOR(pg_catalog.+) 1,
        'columns', coalesce(columns.list, '[]'),
        'statuses', coalesce(statuses.list, '[]')
    )
    OPERATOR(pg_catalog.||) CASE
        WHEN target.unknown_keys OPERATOR(pg_catalog.=) 'allow' THEN '{}'
        ELSE pg_catalog.jsonb_build_object('unknown_keys', target.unknown_keys)
    END
    OPERATOR(pg_catalog.||) CASE
        WHEN @options@ OPERATOR(pg_catalog.=) '{}' THEN '{}' ELSE pg_catalog.jsonb_build_object('options', @options@)
    END AS schema
FROM @tables@ AS target
CROSS JOIN LATERAL (
    SELECT pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_object(
            'id', part.id, 'name', part.name, 'label', coalesce(part.label, part.name), 'type', part.type,
            'required', part.required, 'indexed', part.indexed
        )
        OPERATOR(pg_catalog.||) CASE
            WHEN @renamed_from@ IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object('renamed_from', @renamed_from@)
        END
        OPERATOR(pg_catalog.||) CASE WHEN part.searchable THEN '{"searchable": true}' ELSE '{}' END::pg_catalog.jsonb
        OPERATOR(pg_catalog.||) CASE WHEN part.is_unique THEN '{"unique": true}' ELSE '{}' END::pg_catalog.jsonb
        OPERATOR(pg_catalog.||) CASE
            WHEN part.default_value IS NULL THEN '{}' ELSE pg_catalog.jsonb_build_object('default', part.default_value)
        END
        OPERATOR(pg_catalog.||) CASE
            WHEN part.options IS NULL OR part.options OPERATOR(pg_catalog.=) '{}' THEN '{}'
            ELSE pg_catalog.jsonb_build_object('options', part.options)
        END
        ORDER BY part.position USING OPERATOR(pg_catalog.<), part.name USING OPERATOR(pg_catalog.<)
    ) AS list
    FROM @table_columns@ AS part
    WHERE part.table_id OPERATOR(pg_catalog.=) target.id
) AS columns
CROSS JOIN LATERAL (
    SELECT pg_catalog.jsonb_agg(
        pg_catalog.jsonb_build_object('id', part.id, 'name', part.name, 'color', part.color, 'order', part.position)
        ORDER BY part.position USING OPERATOR(pg_catalog.<), part.name USING OPERATOR(pg_catalog.<)
    ) AS list
    FROM @table_statuses@ AS part
    WHERE part.table_id OPERATOR(pg_catalog.=) target.id
) AS statuses
WHERE target.id OPERATOR(pg_catalog.=) ANY ($1)
