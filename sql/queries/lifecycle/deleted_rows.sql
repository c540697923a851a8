-- Deleted rows, the latest deletion first, behind the row $2 of the deletion $1, at most $3: what the columns $4 hold, and the rows as they will be when they
-- are live.
SELECT found.deletion_id, found.key, found.deleted_at, found.deleted_by,
    (
        SELECT COALESCE(pg_catalog.jsonb_object_agg(member.key, member.value), '{}')
        FROM pg_catalog.jsonb_each(pg_catalog.to_jsonb(found.held)) AS member
        WHERE member.key OPERATOR(pg_catalog.=) ANY ($4)
    )::pg_catalog.text,
    pg_catalog.jsonb_populate_record(found.held, '{"deleted_at": null, "deleted_by": null, "deletion_id": null}')
FROM (
    SELECT target.deletion_id, @key_text@ COLLATE pg_catalog."C" AS key, target.deleted_at::pg_catalog.timestamptz AS deleted_at, target.deleted_by,
        -- The row, also where one of its columns is called target.
        pg_catalog.jsonb_populate_record(target.*, '{}') AS held
    FROM @relation@ AS target
    WHERE target.deletion_id IS NOT NULL
        AND ($1 IS NULL OR target.deletion_id OPERATOR(pg_catalog.<) $1
            OR (target.deletion_id OPERATOR(pg_catalog.=) $1 AND (@key_text@ COLLATE pg_catalog."C") OPERATOR(pg_catalog.<) $2))
    ORDER BY target.deletion_id USING OPERATOR(pg_catalog.>), (@key_text@ COLLATE pg_catalog."C") USING OPERATOR(pg_catalog.>)
    LIMIT $3
) AS found
ORDER BY found.deletion_id USING OPERATOR(pg_catalog.>), found.key USING OPERATOR(pg_catalog.>)
