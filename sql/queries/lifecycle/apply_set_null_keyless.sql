-- References of rows without a primary key give way: what each row is afterwards, what it held and what it was left with.
WITH found AS MATERIALIZED (
    SELECT child.tableoid AS part, child.ctid AS place, @held@ AS held
    FROM @relation@ AS child
    WHERE EXISTS (SELECT FROM @parents@ WHERE @refers@)
    FOR NO KEY UPDATE OF child
), changed AS (
    UPDATE @relation@ AS target SET @set@
    FROM found
    WHERE target.tableoid OPERATOR(pg_catalog.=) found.part AND target.ctid OPERATOR(pg_catalog.=) found.place
    RETURNING pg_catalog.to_jsonb(target.*) AS image, found.held, @left_as@ AS left_as
)
SELECT pg_catalog.count(*), pg_catalog.jsonb_agg(changed.image), pg_catalog.jsonb_agg(changed.held), pg_catalog.jsonb_agg(changed.left_as) FROM changed
