-- Rows of the deletion $1 that cannot come back because another row has their unique values.
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(found.record_key), pg_catalog.jsonb_agg(found.told)::pg_catalog.text, @arrays@
FROM (
    SELECT DISTINCT ON (restored.id) restored.*, pg_catalog.jsonb_build_object(
        'table', @label@::pg_catalog.text, 'index', @index@::pg_catalog.text, 'id', restored.id, 'conflicts_with', other.id) AS told
    FROM (SELECT @handle@, @key_text@ AS id, @key_object@ AS record_key, @values@ FROM (@as_live@) AS held WHERE @condition@) AS restored
    JOIN (
        SELECT @key_text@ AS id, false AS comes_back, @values@ FROM @relation@ AS held WHERE held.deleted_at IS NULL AND (@condition@)
        UNION ALL
        SELECT @key_text@ AS id, true AS comes_back, @values@ FROM (@as_live@) AS held WHERE @condition@
    ) AS other ON @equal@ AND (NOT other.comes_back OR other.id OPERATOR(pg_catalog.<) restored.id)
    ORDER BY restored.id, other.comes_back
) AS found
