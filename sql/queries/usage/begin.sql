-- A new owner has nothing yet: what its row was given is taken away.
UPDATE @owner@ AS owner
SET @counter@ = COALESCE(owner.@counter@, 0) OPERATOR(pg_catalog.-) COALESCE($1, 0)
WHERE @is_row@
