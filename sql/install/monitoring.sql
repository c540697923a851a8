-- Monitoring: what the server counts about the tables of one schema. The views of the blueprints select from these functions.

CREATE FUNCTION rowkit_internal._table_sizes(home regnamespace)
    RETURNS TABLE(table_name text, row_estimate bigint, table_bytes bigint, index_bytes bigint, total_bytes bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.relname::text, sum(greatest(part.row_estimate, 0))::bigint, sum(pg_table_size(part.id))::bigint, sum(pg_indexes_size(part.id))::bigint,
            sum(pg_total_relation_size(part.id))::bigint
        FROM pg_class AS class
        CROSS JOIN LATERAL (
            SELECT class.oid AS id, class.reltuples AS row_estimate WHERE class.relkind <> 'p'
            UNION ALL
            SELECT leaf.oid, leaf.reltuples
            FROM pg_partition_tree(class.oid) AS tree JOIN pg_class AS leaf ON leaf.oid = tree.relid AND tree.isleaf
            WHERE class.relkind = 'p'
        ) AS part
        WHERE class.relnamespace = home AND class.relkind IN ('r', 'p', 'm') AND NOT class.relispartition
        GROUP BY class.oid, class.relname
        ORDER BY 5 DESC, 1
    $$;
COMMENT ON FUNCTION rowkit_internal._table_sizes(regnamespace) IS
'Returns the size in bytes of each table and materialized view of a schema, the largest first; a partitioned table counts its partitions. row_estimate is of the last ANALYZE. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._index_usage(home regnamespace)
    RETURNS TABLE(table_name text, index_name text, is_unique boolean, scans bigint, tuples_read bigint, index_bytes bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT owner.relname::text, index.relname::text, entry.indisunique, coalesce(sum(used.idx_scan), 0)::bigint, coalesce(sum(used.idx_tup_read), 0)::bigint,
            coalesce(sum(pg_relation_size(part.id)), 0)::bigint
        FROM pg_class AS index
        JOIN pg_index AS entry ON entry.indexrelid = index.oid
        JOIN pg_class AS owner ON owner.oid = entry.indrelid
        CROSS JOIN LATERAL (
            SELECT index.oid AS id WHERE index.relkind = 'i'
            UNION ALL
            SELECT tree.relid FROM pg_partition_tree(index.oid) AS tree WHERE index.relkind = 'I' AND tree.isleaf
        ) AS part
        LEFT JOIN pg_stat_all_indexes AS used ON used.indexrelid = part.id
        WHERE index.relnamespace = home AND index.relkind IN ('i', 'I') AND NOT index.relispartition
        GROUP BY owner.relname, index.oid, index.relname, entry.indisunique
        ORDER BY 4, 6 DESC, 2
    $$;
COMMENT ON FUNCTION rowkit_internal._index_usage(regnamespace) IS
'Returns how often each index of a schema was scanned since the statistics were reset, the least used first; an index of a partitioned table counts those of its partitions. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._slow_statements(max_rows integer)
    RETURNS TABLE(query text, calls bigint, mean_ms double precision, max_ms double precision, total_ms double precision, returned_rows bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: pg_stat_statements may not be there, and its schema is known only at run time.
DECLARE
    home CONSTANT text := (SELECT quote_ident(space.nspname) FROM pg_extension AS known JOIN pg_namespace AS space ON space.oid = known.extnamespace WHERE known.extname = 'pg_stat_statements');
BEGIN
    -- The view raises where the library was not loaded when the server started.
    IF home IS NULL OR current_setting('pg_stat_statements.max', true) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT statement.query, statement.calls, statement.mean_exec_time, statement.max_exec_time, statement.total_exec_time, statement.rows '
        'FROM %s.pg_stat_statements AS statement WHERE statement.dbid = (SELECT own.oid FROM pg_database AS own WHERE own.datname = current_database()) '
        'ORDER BY statement.mean_exec_time DESC, statement.queryid LIMIT $1', home)
    USING max_rows;
END
$$;
COMMENT ON FUNCTION rowkit_internal._slow_statements(integer) IS
'Returns the statements of this database that take longest on average, from the extension pg_stat_statements; no rows where it is not installed and loaded. Who is no member of pg_read_all_stats sees the '
'text of their own statements alone. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._connection_count() RETURNS TABLE(role_name text, state text, connections bigint, longest_transaction interval)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT session.usename::text, coalesce(session.state, 'not shown'), count(*), max(now() - session.xact_start)
        FROM pg_stat_activity AS session
        WHERE session.datname = current_database() AND session.backend_type = 'client backend'
        GROUP BY 1, 2
        ORDER BY 3 DESC, 1, 2
    $$;
COMMENT ON FUNCTION rowkit_internal._connection_count() IS
'Returns how many connections to this database each role holds in each state, and the age of their longest transaction. Who is no member of pg_read_all_stats sees the state of their own connections alone. '
'STABLE. Internal.';

CREATE FUNCTION rowkit_internal._policy_hits(home regnamespace)
    RETURNS TABLE(table_name text, policy_name text, command text, roles text[], is_enforced boolean, scans bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.relname::text, rule.polname::text,
            CASE rule.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
            ARRAY(SELECT coalesce(role.rolname::text, 'public') FROM unnest(rule.polroles) AS named(id) LEFT JOIN pg_roles AS role ON role.oid = named.id ORDER BY 1),
            class.relrowsecurity,
            CASE rule.polcmd WHEN 'a' THEN counted.inserted WHEN 'w' THEN counted.updated WHEN 'd' THEN counted.deleted ELSE counted.scans END
        FROM pg_policy AS rule
        JOIN pg_class AS class ON class.oid = rule.polrelid AND class.relnamespace = home AND NOT class.relispartition
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(used.seq_scan + coalesce(used.idx_scan, 0)), 0)::bigint AS scans, coalesce(sum(used.n_tup_ins), 0)::bigint AS inserted,
                coalesce(sum(used.n_tup_upd), 0)::bigint AS updated, coalesce(sum(used.n_tup_del), 0)::bigint AS deleted
            FROM pg_stat_all_tables AS used
            WHERE used.relid = class.oid OR class.relkind = 'p' AND used.relid IN (SELECT tree.relid FROM pg_partition_tree(class.oid) AS tree WHERE tree.isleaf)
        ) AS counted
        ORDER BY 6 DESC, 1, 2
    $$;
COMMENT ON FUNCTION rowkit_internal._policy_hits(regnamespace) IS
'Returns for each policy of a schema how often it can have been asked at most since the statistics were reset: the scans of its table, or the rows that were inserted, updated or deleted. The server '
'counts no policies, and whom row security does not hold counts here, too. STABLE. Internal.';
