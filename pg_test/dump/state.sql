-- What must be the same on another server: every row of every table of fill.sql, and where the sequences are. Reports come after them; there is
-- nothing to report.
SELECT format('SELECT %L, count(*), md5(string_agg(row::text, '','' ORDER BY row::text COLLATE "C")) FROM %s AS row', class.oid::regclass, class.oid::regclass)
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = relnamespace AND nspname IN (SELECT blueprint FROM rowkit.blueprints())
WHERE relkind IN ('r', 'p', 'm') AND NOT relispartition ORDER BY class.oid::regclass::text COLLATE "C" \gexec
SELECT 'sequence', schemaname, sequencename, last_value
FROM pg_sequences WHERE schemaname IN (SELECT blueprint FROM rowkit.blueprints()) ORDER BY schemaname COLLATE "C", sequencename COLLATE "C";
SELECT 'not isolated', report.* FROM rowkit.isolation_report() AS report;
SELECT 'miscounted', drift.* FROM rowkit.usage_drift() AS drift;
