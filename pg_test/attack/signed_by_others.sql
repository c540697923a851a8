-- Columns that say who did something: a member of A writes the owner's id into each of them, of every table of every blueprint, in rows that are there and in new
-- ones. It must be refused, or the row be signed with their own name.
CREATE FUNCTION attack.sign_for_another(me uuid, other uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part record; before bigint; after bigint; tried integer := 0;
BEGIN
    FOR part IN
        SELECT class.oid::regclass AS relation, quote_ident(attribute.attname) AS name
        FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
        WHERE class.relnamespace::regnamespace::text IN ('ct', 'ca', 'dc', 'li', 'sc') AND class.relkind IN ('r', 'p') AND NOT class.relispartition
            AND attribute.atttypid = 'uuid'::regtype AND NOT attribute.attisdropped
            AND attribute.attname IN ('created_by', 'deleted_by', 'invited_by', 'accepted_by', 'revoked_by', 'updated_by', 'claimed_by', 'token_hash', 'rotated_from_id')
            AND has_table_privilege(class.oid, 'SELECT') AND has_column_privilege(class.oid, attribute.attnum, 'UPDATE')
    LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE %s = $1', part.relation, part.name) INTO before USING other;
        BEGIN
            EXECUTE format('UPDATE %s SET %s = $1', part.relation, part.name) USING other;
        EXCEPTION WHEN OTHERS THEN
            -- Refused, whatever the reason: of a table that is a service's, a row that is deleted, a person of another tenant.
            IF SQLSTATE LIKE 'XX%' OR SQLSTATE IN ('42703', '42P01', '42601') THEN RAISE; END IF;
        END;
        EXECUTE format('SELECT count(*) FROM %s WHERE %s = $1', part.relation, part.name) INTO after USING other;
        IF after > before THEN
            RAISE EXCEPTION 'ATTACK SUCCEEDED: % can be signed for another (% rows)', part.relation || '.' || part.name, after - before;
        END IF;
        tried := tried + 1;
    END LOOP;
    RETURN tried;
END
$$;
-- Rows of all tables, some of them the attackers' own.
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
SELECT token_id FROM create_api_token(attack.id('A'), 'mine', '{*}') \gset
SELECT invitation_id FROM create_invitation(attack.id('A'), 'x@a.example', 'viewer') \gset
INSERT INTO dc.workspaces (account_id, project_id, name) VALUES (attack.id('A'), attack.id('A project'), 'W');
INSERT INTO dc.diagrams (account_id, name) VALUES (attack.id('A'), 'D');
SELECT attack.holds(attack.sign_for_another(attack.id('a2'), attack.id('a1')) > 15, 'there are columns that say who did something');
SELECT attack.sign_in('a3');
SELECT attack.sign_for_another(attack.id('a3'), attack.id('a1'));
SELECT attack.sign_for_another(attack.id('a3'), attack.id('a4'));
-- New rows.
CREATE FUNCTION pg_temp.made(command text, sign_column text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    signed uuid;
BEGIN
    EXECUTE command || ' RETURNING ' || sign_column INTO signed;
    PERFORM attack.holds(signed IS DISTINCT FROM attack.id('a1'), format('a new row is not signed for another: %s', command));
    RETURN 'signed';
EXCEPTION WHEN insufficient_privilege THEN
    RETURN SQLSTATE;
END
$$;
SELECT pg_temp.made('INSERT INTO dc.projects (account_id, name, created_by) VALUES (attack.id(''A''), ''S1'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO dc.connections (account_id, name, connection_type, created_by) VALUES (attack.id(''A''), ''S2'', ''pg'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO dc.datasets (account_id, name, created_by) VALUES (attack.id(''A''), ''S3'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO dc.diagrams (account_id, name, created_by, visibility) VALUES (attack.id(''A''), ''S4'', attack.id(''a1''), ''public'')', 'created_by'),
    pg_temp.made('INSERT INTO ct.tables (organization_id, name, created_by) VALUES (attack.id(''A''), ''S5'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO ct.records (table_id, name, data, created_by) VALUES (attack.id(''A table''), ''S6'', ''{"salary": 1500}'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO ca.customer_accounts (company_name, customer_type, created_by) VALUES (''S7'', ''Commercial'', attack.id(''a1''))', 'created_by'),
    pg_temp.made('INSERT INTO dc.api_tokens (account_id, user_id, name, key_id, token_hash, scopes, created_by) VALUES (attack.id(''A''), attack.id(''a3''), ''S8'', ''k'', decode(rowkit.hash_api_token(''x''), ''hex''), ''[]'', attack.id(''a1''))', 'created_by');
