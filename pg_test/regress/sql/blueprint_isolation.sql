-- Every table of every blueprint, tried by everyone: no row is wrong, nothing is reported.
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
-- As Supabase has it: what is made in a schema is granted to the API's roles, unless someone takes it back.
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO anon, authenticated, service_role', blueprint) FROM rowkit.blueprints() \gexec
CREATE TABLE public.samples (relation text PRIMARY KEY, sample jsonb);
-- What a canary must have that the catalog does not tell.
INSERT INTO public.samples VALUES
    ('custom_tables.table_columns', '{"name": "canary"}'),
    ('lead_intelligence.trends', '{"week": "2025-01-06"}'),
    ('data_catalog.accounts', '{"max_users": 100}'),
    ('data_catalog.source_control_commits', '{"commit_sha": "0123456789abcdef0123456789abcdef01234567"}');

CREATE FUNCTION public.prove(relation regclass) RETURNS TABLE(attempts bigint, wrong text[]) LANGUAGE plpgsql AS $$
BEGIN
    SELECT count(*), coalesce(array_agg(concat_ws(' ', proof.actor, proof.operation, proof.target, proof.outcome)) FILTER (WHERE NOT proof.is_right), '{}') INTO attempts, wrong
    FROM rowkit.prove_isolation(relation, 
        coalesce((SELECT given.sample FROM public.samples AS given WHERE given.relation = prove.relation::text), '{}'),
        (SELECT jsonb_object_agg(given.relation, given.sample) FROM public.samples AS given)) AS proof;
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    attempts := 0;
    wrong := ARRAY[SQLERRM];
    RETURN NEXT;
END
$$;
CREATE VIEW public.tables AS
SELECT class.oid::regclass AS relation, class.relrowsecurity AND (
    EXISTS (SELECT FROM pg_policy AS policy WHERE policy.polrelid = class.oid AND policy.polname <> 'not_for_api')
    OR EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = class.oid AND guard.tgfoid = 'rowkit.guard_tenant()'::regprocedure)) AS has_row_security
FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition;
SELECT tables.relation, proof.* FROM public.tables CROSS JOIN LATERAL public.prove(tables.relation) AS proof
WHERE tables.has_row_security ORDER BY tables.relation::text COLLATE "C";
-- Each of these proofs can fail.
CREATE FUNCTION public.fault(relation regclass, fault text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    found text[];
BEGIN
    BEGIN
        EXECUTE format(fault, relation);
        SELECT proof.wrong INTO found FROM public.prove(relation) AS proof;
        RAISE EXCEPTION USING ERRCODE = 'RK002';
    EXCEPTION WHEN SQLSTATE 'RK002' THEN NULL;
    END;
    RETURN found;
END
$$;
SELECT relation, fault, public.fault(relation, fault) AS wrong FROM (VALUES
    ('customer_accounts.customer_accounts'::regclass, 'ALTER POLICY changed_select ON %s USING (true)'),
    ('customer_accounts.customer_accounts', 'ALTER POLICY changed_update ON %1$s WITH CHECK (true); DROP TRIGGER set_row_actor ON %1$s'),
    ('customer_accounts.customer_contacts', 'ALTER POLICY own_delete ON %s USING (true)'),
    ('customer_accounts.customer_contacts', 'ALTER POLICY own_insert ON %s WITH CHECK (true)'),
    ('studio_crm.auth_users', 'ALTER POLICY staff_select ON %s USING (true)'),
    ('studio_crm.auth_users', 'ALTER POLICY managed_update ON %s WITH CHECK (true)'),
    ('studio_crm.audit_logs', 'ALTER POLICY audit_select ON %s USING (organization_id IS NOT NULL)'),
    ('data_catalog.audit_logs', 'CREATE POLICY anyone ON %1$s FOR INSERT WITH CHECK (true); GRANT INSERT ON %1$s TO authenticated'),
    ('data_catalog.users', 'ALTER POLICY claim_select ON %s USING (true)'),
    ('data_catalog.diagrams', 'ALTER POLICY tenant_delete ON %s USING (account_id = ANY (rowkit.current_tenant_ids(''data_catalog.account_users'')))'),
    ('data_catalog.connection_metadata_cache', 'ALTER POLICY tenant_select ON %s USING (true)'),
    ('custom_tables.users', 'ALTER POLICY claim_update ON %s USING (true)'),
    ('lead_intelligence.global_topics', 'CREATE POLICY anyone ON %1$s FOR INSERT WITH CHECK (true); GRANT INSERT ON %1$s TO authenticated'),
    ('lead_intelligence.trends', 'CREATE POLICY anyone ON %1$s FOR DELETE USING (true); GRANT DELETE ON %1$s TO authenticated'),
    ('data_catalog.subscription_plans', 'ALTER TABLE %s DISABLE ROW LEVEL SECURITY'),
    ('custom_tables.record_keys', 'ALTER TABLE %s DISABLE ROW LEVEL SECURITY')
) AS each(relation, fault) \gx
-- The others are closed to everybody but their owner's triggers and functions.
SELECT relation, count(role.name) AS open_to
FROM public.tables LEFT JOIN (VALUES ('anon'), ('authenticated')) AS role(name)
    ON has_any_column_privilege(role.name, relation, 'SELECT, INSERT, UPDATE') OR has_table_privilege(role.name, relation, 'DELETE, TRUNCATE')
WHERE NOT has_row_security GROUP BY relation ORDER BY relation::text COLLATE "C";
SELECT * FROM rowkit.isolation_report();
-- What is open to the API's roles without row security.
SELECT class.oid::regclass AS relation, role.name, array_agg(privilege.name ORDER BY privilege.name) AS may
FROM pg_class AS class
JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
CROSS JOIN (VALUES ('anon'), ('authenticated')) AS role(name)
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege(name)
WHERE class.relkind IN ('r', 'p', 'm') AND NOT class.relrowsecurity AND has_table_privilege(role.name, class.oid, privilege.name)
GROUP BY class.oid, role.name ORDER BY class.oid::regclass::text COLLATE "C", role.name;
SELECT class.oid::regclass AS view_with_its_owners_rights
FROM pg_class AS class
JOIN pg_namespace AS home ON home.oid = class.relnamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints())
WHERE class.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (class.reloptions), false);

SET client_min_messages = warning;
SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM anon, authenticated, service_role;
DROP VIEW public.tables;
DROP FUNCTION public.fault, public.prove;
DROP TABLE public.samples;
DROP ROLE anon, authenticated, service_role;
