-- The rows with a key, where they hold certain values.
SELECT FROM @table@ AS target WHERE @has_key@ AND @is_held@
