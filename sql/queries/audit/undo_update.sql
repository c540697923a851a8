-- Columns get back what they were, unless they hold something else by now.
UPDATE @table@ AS target
SET @set@
FROM @was@ AS was, @held@ AS held, @key@ AS key
WHERE @has_key@ AND @is_held@
