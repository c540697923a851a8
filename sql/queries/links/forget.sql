-- What is remembered of references to records that are gone for good.
DELETE FROM @links@ AS link
WHERE link.to_id OPERATOR(pg_catalog.=) ANY ($1) AND link.cleared_at IS NOT NULL
