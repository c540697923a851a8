-- What is looked at in operation: the five metrics of the document. The server counts them; these views show them for this schema.

CREATE OR REPLACE VIEW @schema@.table_sizes WITH (security_invoker = true) AS
SELECT sized.table_name, sized.row_estimate, sized.table_bytes, sized.index_bytes, sized.total_bytes
FROM rowkit_internal._table_sizes($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS sized;
COMMENT ON VIEW @schema@.table_sizes IS
'Bytes of each table with its indexes, the largest first; parts count with their table. row_estimate is of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_name IS 'The table or materialized view, without its schema.';
COMMENT ON COLUMN @schema@.table_sizes.row_estimate IS 'How many rows it holds, as of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_bytes IS 'Bytes of the rows, of large values (TOAST) and of the maps of free space and visibility.';
COMMENT ON COLUMN @schema@.table_sizes.index_bytes IS 'Bytes of all its indexes.';
COMMENT ON COLUMN @schema@.table_sizes.total_bytes IS 'table_bytes and index_bytes together.';

CREATE OR REPLACE VIEW @schema@.index_usage WITH (security_invoker = true) AS
SELECT used.table_name, used.index_name, used.is_unique, used.scans, used.tuples_read, used.index_bytes
FROM rowkit_internal._index_usage($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS used;
COMMENT ON VIEW @schema@.index_usage IS
'How often each index was scanned since the statistics were reset, the least used first. One that is unique does its work without scans.';
COMMENT ON COLUMN @schema@.index_usage.table_name IS 'The table, without its schema.';
COMMENT ON COLUMN @schema@.index_usage.index_name IS 'The index, without its schema.';
COMMENT ON COLUMN @schema@.index_usage.is_unique IS 'Whether the index keeps values unique, and is needed for that.';
COMMENT ON COLUMN @schema@.index_usage.scans IS 'How often it was scanned since the statistics were reset.';
COMMENT ON COLUMN @schema@.index_usage.tuples_read IS 'How many entries those scans returned.';
COMMENT ON COLUMN @schema@.index_usage.index_bytes IS 'Bytes of the index.';

CREATE OR REPLACE VIEW @schema@.slow_queries WITH (security_invoker = true) AS
SELECT slow.query, slow.calls, slow.mean_ms, slow.max_ms, slow.total_ms, slow.returned_rows
FROM rowkit_internal._slow_statements(50) AS slow;
COMMENT ON VIEW @schema@.slow_queries IS
'The 50 statements of the database that take longest on average. It needs the extension pg_stat_statements, and has no rows without it; the text of others'' statements is for members of pg_read_all_stats.';
COMMENT ON COLUMN @schema@.slow_queries.query IS
'The statement''s text, with $1 in place of its constants. Only members of pg_read_all_stats see that of others.';
COMMENT ON COLUMN @schema@.slow_queries.calls IS 'How often it ran.';
COMMENT ON COLUMN @schema@.slow_queries.mean_ms IS 'Milliseconds that it took on average.';
COMMENT ON COLUMN @schema@.slow_queries.max_ms IS 'Milliseconds that it took at most.';
COMMENT ON COLUMN @schema@.slow_queries.total_ms IS 'Milliseconds that all its runs took.';
COMMENT ON COLUMN @schema@.slow_queries.returned_rows IS 'How many rows all its runs returned or changed.';

CREATE OR REPLACE VIEW @schema@.connection_count WITH (security_invoker = true) AS
SELECT held.role_name, held.state, held.connections, held.longest_transaction
FROM rowkit_internal._connection_count() AS held;
COMMENT ON VIEW @schema@.connection_count IS
'Connections to the database by role and state, and their longest transaction; the state of others'' connections is for members of pg_read_all_stats.';
COMMENT ON COLUMN @schema@.connection_count.role_name IS 'The role that signed in.';
COMMENT ON COLUMN @schema@.connection_count.state IS 'What the connection does: active, idle, idle in transaction and so on; not shown for those of others.';
COMMENT ON COLUMN @schema@.connection_count.connections IS 'How many connections the role has in that state.';
COMMENT ON COLUMN @schema@.connection_count.longest_transaction IS 'The age of their oldest transaction; NULL when none is in one.';

CREATE OR REPLACE VIEW @schema@.policy_hits WITH (security_invoker = true) AS
SELECT asked.table_name, asked.policy_name, asked.command, asked.roles, asked.is_enforced, asked.scans
FROM rowkit_internal._policy_hits($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS asked;
COMMENT ON VIEW @schema@.policy_hits IS
'How often each policy of row security can have been asked at most since the statistics were reset: by scans of its table, or rows inserted, updated or deleted. The server counts no policies: '
'what services and jobs do counts here, too, and refused writes do not.';
COMMENT ON COLUMN @schema@.policy_hits.table_name IS 'The table of the policy, without its schema.';
COMMENT ON COLUMN @schema@.policy_hits.policy_name IS 'The name of the policy, unique within its table.';
COMMENT ON COLUMN @schema@.policy_hits.command IS 'The command that it is for: SELECT, INSERT, UPDATE, DELETE or ALL.';
COMMENT ON COLUMN @schema@.policy_hits.roles IS 'The roles that it is for; public is everyone.';
COMMENT ON COLUMN @schema@.policy_hits.is_enforced IS 'Whether row security is on for the table; a policy does nothing otherwise.';
COMMENT ON COLUMN @schema@.policy_hits.scans IS 'How often it can have been asked at most since the statistics were reset.';
