-- An index ($1) gets a new number and another form ($2): its entries are to be built.
UPDATE @table_indexes@ AS index
SET number = DEFAULT, state = 'building', form = $2, built_to_at = NULL, built_to_id = NULL, left_over = '{}'
WHERE index.id OPERATOR(pg_catalog.=) $1
RETURNING index.number
