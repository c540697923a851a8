SELECT current_setting('server_version_num')::integer >= 170000 AS is_17 \gset
\if :is_17
-- MAINTAIN, which PostgreSQL 17 brought, is in GRANT ALL: with it anybody of the API runs VACUUM FULL, which locks a table for everyone, REINDEX, which runs the
-- functions of indexes, and ANALYZE VERBOSE, which tells how many rows there are.
SELECT attack.holds(count(*) = 0, format('no API role has MAINTAIN on %s', string_agg(class.oid::regclass || ' (' || role || ')', ', ')))
FROM pg_class AS class CROSS JOIN unnest('{anon,authenticated}'::text[]) AS role
WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc') AND has_table_privilege(role, class.oid, 'MAINTAIN');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.refused('REINDEX TABLE ct.records', '42501'), attack.refused('REFRESH MATERIALIZED VIEW ct.table_statistics', '42501'), attack.refused('CLUSTER ct.records USING records_pkey', '42501'),
    attack.refused('LOCK TABLE ct.records IN ACCESS EXCLUSIVE MODE', '42501');
-- A partition that is made later has the default privileges of its schema.
\connect - rowkit
SELECT count(*) FROM rowkit.create_audit_partitions(6, 'dc.audit_logs');
SELECT attack.holds(count(*) = 0, format('no API role has anything on the partition %s', string_agg(class.oid::regclass::text, ', ')))
FROM pg_class AS class CROSS JOIN unnest('{anon,authenticated}'::text[]) AS role
WHERE class.relispartition AND class.relnamespace IN ('dc'::regnamespace, 'dc_parts'::regnamespace)
    AND has_table_privilege(role, class.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN');
\endif
