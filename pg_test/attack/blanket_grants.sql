-- GRANT ALL ON ALL TABLES after the install, as many do to make an API work: it opens what has no row security, and the columns that are nobody's to read.
-- The report tells of each, and installing again closes it.
\connect - rowkit
GRANT ALL ON ALL TABLES IN SCHEMA ct, ca, dc, li, sc TO anon, authenticated;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA ct, ca, dc, li, sc TO anon, authenticated;
CREATE TEMP VIEW report AS SELECT format('%s: %s %s', object_name, problem, remedy) AS line FROM rowkit.isolation_report();
SELECT attack.holds(EXISTS (SELECT FROM report WHERE line LIKE '%' || name || '%'), format('isolation_report() tells of %s', name))
FROM unnest('{dc.deletions,dc.deletion_references,dc.rowkit_objects,ct.rowkit_objects,ca.rowkit_objects,ct.table_statistics,ct.record_keys,ct.record_counters,dc.login_failures}'::text[]) AS name
WHERE to_regclass(name) IS NOT NULL AND NOT ((SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(name)) AND name <> 'ct.table_statistics');
SELECT attack.holds((SELECT count(*) FROM report WHERE line ~ 'EXECUTE|definer') > 0, 'isolation_report() tells of a definer function that the API can execute')
WHERE EXISTS (SELECT FROM pg_proc WHERE prosecdef AND prorettype = 'trigger'::regtype AND pronamespace::regnamespace::text IN ('ct', 'ca', 'dc'));
\if :is_15
SELECT attack.holds(EXISTS (SELECT FROM report WHERE line ~ 'sc.clients' AND line ~ 'password_hash'), 'isolation_report() tells of sc.clients.password_hash');
\endif
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'ct');
SELECT count(*) FROM rowkit.install_blueprint('customer_accounts', 'ca');
SELECT count(*) FROM rowkit.install_blueprint('data_catalog', 'dc');
\if :is_15
SELECT count(*) FROM rowkit.install_blueprint('lead_intelligence', 'li');
SELECT count(*) FROM rowkit.install_blueprint('studio_crm', 'sc');
\endif
-- Everything that anon then can read has row security, or is nobody's in particular.
SELECT attack.holds(count(*) = 0, format('anon cannot read %s, which has no row security', string_agg(oid::regclass::text, ', ')))
FROM pg_class
WHERE relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc') AND relkind IN ('r', 'p', 'm') AND NOT relispartition AND NOT relrowsecurity AND has_table_privilege('anon', oid, 'SELECT');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.refused('UPDATE dc.deletions SET is_on_hold = false', '42501'), attack.refused('SELECT count(*) FROM ct.table_statistics', '42501');
\if :is_15
SELECT attack.refused('SELECT password_hash FROM sc.clients', '42501');
SELECT attack.sign_in('a3');
SELECT attack.refused('SELECT password_hash FROM sc.clients', '42501'), attack.refused('UPDATE sc.clients SET password_hash = ''x''', '42501');
\endif
