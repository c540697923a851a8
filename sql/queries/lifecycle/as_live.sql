-- The rows of the deletion $1 that $2 names: their keys, and the rows as they will be when they are live.
SELECT @key_text@, pg_catalog.jsonb_populate_record(target.*, '{"deleted_at": null, "deleted_by": null, "deletion_id": null}')
FROM @relation@ AS target
WHERE target.deletion_id OPERATOR(pg_catalog.=) $1 AND EXISTS (SELECT FROM pg_catalog.unnest($2) AS given(id) WHERE @given@)
ORDER BY @order@
@lock@
