DELETE FROM @table@ AS target
WHERE @has_key@ AND @is_held@
