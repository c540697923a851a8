-- Sets columns to their former values if the row was not changed since. Returns the outcome of each column.
UPDATE @table@ AS target
SET @set@
WHERE @has_key@ AND @is_held@
RETURNING @outcome@
