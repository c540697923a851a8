-- Settings of the session change nothing of what rowkit keeps: dates of credits, keys and references of soft delete, names, policies and their signatures.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE PROCEDURE odd() LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config(name, value, false) FROM (VALUES ('datestyle', 'SQL, DMY'), ('intervalstyle', 'sql_standard'), ('timezone', 'America/New_York'), ('extra_float_digits', '-5'), ('bytea_output', 'escape'),
        ('quote_all_identifiers', 'on'), ('escape_string_warning', 'off'), ('standard_conforming_strings', 'off')) AS odd(name, value);
END $$;
CREATE PROCEDURE even() LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config(name, value, false) FROM (VALUES ('datestyle', 'ISO, MDY'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('extra_float_digits', '1'), ('bytea_output', 'hex'),
        ('quote_all_identifiers', 'off'), ('escape_string_warning', 'on'), ('standard_conforming_strings', 'on')) AS even(name, value);
END $$;

-- Credits: when a grant ends, and how long a reservation holds; the same request is the same in another session.
CREATE TABLE account (id integer PRIMARY KEY);
INSERT INTO account VALUES (1);
SELECT count(*) > 0 FROM enable_credits('account');
CALL odd();
SELECT grant_credits(1::bigint, 10, expires_at => '2131-02-03 04:05:06.789+00'::timestamptz, idempotency_key => 'once') -> 'balance' AS balance;
SELECT reserve_credits(1::bigint, 1, 'x', '3 days -04:00'::interval, 'held') -> 'balance' AS balance;
CALL even();
SELECT expires_at FROM credit_grants;
SELECT expires_at - created_at FROM credit_operations WHERE kind = 'reserve';
SELECT grant_credits(1::bigint, 10, expires_at => '2131-02-03 04:05:06.789+00'::timestamptz, idempotency_key => 'once') -> 'balance' AS same;
SELECT reserve_credits(1::bigint, 1, 'x', '3 days -04:00'::interval, 'held') -> 'balance' AS same;

-- Soft delete: keys and references of types whose text depends on settings, deleted under some and restored under others.
CREATE TABLE "Day" (d date, z timestamptz, f double precision, PRIMARY KEY (d, z, f), name text UNIQUE);
CREATE TABLE span (r daterange PRIMARY KEY, day_d date, day_z timestamptz, day_f double precision, FOREIGN KEY (day_d, day_z, day_f) REFERENCES "Day" ON DELETE SET NULL);
SELECT count(*) > 0 FROM enable_soft_delete('"Day"');
SELECT count(*) > 0 FROM enable_soft_delete('span');
INSERT INTO "Day" VALUES ('2031-02-03', '2031-07-03 04:05:06.789+00', 0.1::float8 + 0.2, 'n');
INSERT INTO span VALUES ('[2031-02-03,2031-02-05)', '2031-02-03', '2031-07-03 04:05:06.789+00', 0.1::float8 + 0.2), ('[2032-02-03,2032-02-05)', NULL, NULL, NULL);
CALL odd();
SELECT soft_delete('"Day"', '{"d": "03/02/2031", "z": "2031-07-03 04:05:06.789+00", "f": 0.30000000000000004}');
CALL even();
SELECT record_keys FROM deletions;
SELECT record_key, held FROM deletion_references;
SELECT count(*) FROM span WHERE day_d IS NOT NULL;
SELECT restore_deleted('"Day"', '{"d": "2031-02-03", "z": "2031-07-03 04:05:06.789+00", "f": 0.30000000000000004}');
SELECT count(*) FROM span JOIN "Day" ON (day_d, day_z, day_f) = (d, z, f);
SELECT soft_delete('"Day"', '{"d": "2031-02-03", "z": "2031-07-03 04:05:06.789+00", "f": 0.30000000000000004}');
CALL odd();
SELECT restore_deleted('"Day"', '{"d": "03/02/2031", "z": "2031-07-03 04:05:06.789+00", "f": 0.30000000000000004}');
CALL even();
SELECT count(*) FROM span JOIN "Day" ON (day_d, day_z, day_f) = (d, z, f);
SELECT count(*) FROM enable_soft_delete('"Day"') AS again;
CALL odd();
SELECT count(*) FROM enable_soft_delete('"Day"') AS again;
CALL even();

-- Policies and their signatures, and a blueprint: made under some settings, looked at under others.
CREATE ROLE settings_api;
CREATE TABLE members (user_id uuid, "Org" uuid, role text NOT NULL, PRIMARY KEY (user_id, "Org"));
SELECT count(*) > 0 FROM register_membership('members', 'user_id', 'Org', 'role', roles => '{viewer,owner}');
CREATE TABLE docs (id integer PRIMARY KEY, "Org" uuid NOT NULL, text text);
CALL odd();
SELECT count(*) > 0 FROM enable_tenant_isolation('docs', 'Org', membership => 'members', api_roles => '{settings_api}', bypass_roles => '{}');
SELECT count(*) AS in_report FROM isolation_report() WHERE problem ~ 'polic';
CALL even();
SELECT count(*) AS in_report FROM isolation_report() WHERE problem ~ 'polic';
SELECT kind, owner_columns FROM rowkit_internal._fence_of('docs');
CALL odd();
SELECT kind, owner_columns FROM rowkit_internal._fence_of('docs');
CREATE SCHEMA tables;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'tables');
CALL even();
SELECT count(*) AS changed FROM install_blueprint('custom_tables', 'tables');
DROP OWNED BY settings_api;
DROP ROLE settings_api;
-- It is not installed where its script would be read otherwise.
DROP EXTENSION rowkit CASCADE;
SET standard_conforming_strings = off;
CREATE EXTENSION rowkit;
SET standard_conforming_strings = on;
