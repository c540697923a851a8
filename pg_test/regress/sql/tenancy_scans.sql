-- current_tenant_ids() keeps its answer at its call site for the rows of a scan: what it answers is never of another user, moment or argument.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA scans;
SET search_path = scans, rowkit, public;
CREATE ROLE regress_reader;
CREATE TABLE members (tenant_id uuid, user_id uuid, role text);
CREATE FUNCTION id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid;
CREATE FUNCTION claims(n integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN format('{"sub": "%s"}', scans.id(n));
INSERT INTO members VALUES (id(1), id(11), 'owner'), (id(2), id(12), 'member');
SELECT count(*) > 0 AS registered FROM register_membership('members', tenant_column => 'tenant_id', role_column => 'role', roles => '{member,owner}');
CREATE FUNCTION mine(min_role text DEFAULT NULL) RETURNS text LANGUAGE sql STABLE RETURN coalesce((SELECT string_agg(right(id::text, 1), ' ') FROM unnest(rowkit.current_tenant_ids('scans.members', min_role)) AS id), 'none');
-- One call site, called for each row.
CREATE FUNCTION each_row(change text, rows integer DEFAULT 6) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers text;
BEGIN
    EXECUTE format('SELECT string_agg(coalesce(right(ids[1]::text, 1), ''-''), '' '') FROM (SELECT %s AS changed, rowkit.current_tenant_ids(''scans.members'') AS ids FROM generate_series(1, $1) AS n OFFSET 0) AS answered', change)
    INTO answers USING rows;
    RETURN answers;
END
$$;
-- The claims change between two rows: as JSON, as a claim of its own, and from one to the other.
BEGIN;
SELECT set_config('request.jwt.claims', claims(11), true) IS NOT NULL AS signed_in;
SELECT each_row('1') AS same, each_row('set_config(''request.jwt.claims'', scans.claims(11 + n % 3), true)') AS changed;
SELECT each_row('set_config(''request.jwt.claims'', CASE WHEN n < 4 THEN scans.claims(11) WHEN n = 4 THEN '''' ELSE scans.claims(12) END, true)') AS emptied;
SELECT set_config('request.jwt.claims', '', true) AS claims;
SELECT each_row('set_config(''request.jwt.claim.sub'', scans.id(11 + n % 3)::text, true)') AS by_claim;
SELECT each_row('CASE WHEN n > 3 THEN set_config(''request.jwt.claims'', scans.claims(11), true) ELSE set_config(''request.jwt.claim.sub'', scans.id(12)::text, true) END') AS both;
ROLLBACK;
-- A setting within a function ends with it.
CREATE FUNCTION as_other() RETURNS text LANGUAGE sql STABLE SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000012"}' AS $$ SELECT scans.mine() $$;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000011"}';
SELECT string_agg(mine() || as_other() || mine(), ' ') AS within FROM generate_series(1, 3);
-- The arguments change between two rows.
SELECT string_agg(coalesce(right((rowkit.current_tenant_ids('members', role))[1]::text, 1), '-'), ' ') AS by_role
FROM unnest('{member,owner,NULL,owner,member}'::text[]) AS role;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000012"}';
SELECT string_agg(coalesce(right((rowkit.current_tenant_ids('members', role))[1]::text, 1), '-'), ' ') AS by_role
FROM unnest('{member,owner,NULL,owner,member}'::text[]) AS role;
-- A statement sees the memberships of its beginning, the next one those of now: in a loop of PL/pgSQL, whose expressions keep their call sites, too.
CREATE FUNCTION looped() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers text := '';
BEGIN
    FOR n IN 1..6 LOOP
        IF n = 3 THEN
            DELETE FROM scans.members WHERE user_id = scans.id(12);
        ELSIF n = 5 THEN
            PERFORM set_config('request.jwt.claims', scans.claims(11), true);
        END IF;
        answers := answers || coalesce(right((rowkit.current_tenant_ids('scans.members'))[1]::text, 1), '-');
    END LOOP;
    RETURN answers;
END
$$;
BEGIN;
SAVEPOINT before;
SELECT looped();
SELECT mine();
ROLLBACK TO before;
SELECT mine();
ROLLBACK;
-- A prepared statement, a cursor that is open meanwhile, and another role.
CREATE TABLE things (tenant_id uuid, n integer);
INSERT INTO things SELECT id(1 + n % 2), n FROM generate_series(1, 6) AS n;
SELECT count(*) > 0 AS isolated FROM enable_tenant_isolation('things', api_roles => '{regress_reader}', tenant_column => 'tenant_id');
GRANT USAGE ON SCHEMA scans TO regress_reader;
SET plan_cache_mode = force_generic_plan;
PREPARE seen AS SELECT string_agg(n::text, ' ' ORDER BY n) FROM things;
BEGIN;
SET LOCAL ROLE regress_reader;
EXECUTE seen;
SELECT set_config('request.jwt.claims', claims(11), true) IS NOT NULL AS changed;
EXECUTE seen;
DECLARE few CURSOR FOR SELECT n FROM things;
FETCH 1 FROM few;
SELECT set_config('request.jwt.claims', '{}', true) IS NOT NULL AS changed;
FETCH 5 FROM few;
EXECUTE seen;
RESET ROLE;
SELECT count(*) AS of_the_owner FROM things;
ROLLBACK;
RESET plan_cache_mode;
DEALLOCATE seen;
RESET request.jwt.claims;
SET search_path = public, rowkit;
DROP SCHEMA scans CASCADE;
DROP ROLE regress_reader;
