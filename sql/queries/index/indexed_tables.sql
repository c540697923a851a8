-- The tables that have indexes.
SELECT DISTINCT index.table_id FROM @table_indexes@ AS index
