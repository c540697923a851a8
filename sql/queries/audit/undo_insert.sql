DELETE FROM @table@ AS target
USING @held@ AS held, @key@ AS key
WHERE @has_key@ AND @is_held@
