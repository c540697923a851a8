-- Some rows as they will be when they are live, beside their handles.
SELECT pg_catalog.count(*), pg_catalog.array_agg(found.as_live), @arrays@
FROM (
    SELECT pg_catalog.jsonb_populate_record(target.*, '{"deleted_at": null, "deleted_by": null, "deletion_id": null}') AS as_live, @columns@
    FROM @relation@ AS target
    WHERE @among@
) AS found
