-- References between records: checked where they are written, and what becomes of them when the record that they name goes and comes back.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'public');
CREATE FUNCTION id(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5($1)::uuid $$;
INSERT INTO organizations (id, name) VALUES (id('acme'), 'Acme'), (id('beta'), 'Beta');
INSERT INTO tables (id, organization_id, name) VALUES (id('people'), id('acme'), 'People'), (id('deals'), id('acme'), 'Deals'), (id('others'), id('beta'), 'Others');
INSERT INTO table_columns (id, table_id, name, label, type, required, options) VALUES
    (id('c1'), id('deals'), 'owner', 'Owner', 'reference', false, jsonb_build_object('table_id', id('people'))),
    (id('c2'), id('deals'), 'team', 'Team', 'reference', false, jsonb_build_object('table_id', id('people'), 'multiple', true)),
    (id('c3'), id('deals'), 'signer', 'Signer', 'reference', false, jsonb_build_object('table_id', id('people'), 'on_delete', 'restrict')),
    (id('c4'), id('deals'), 'witness', 'Witness', 'reference', false, jsonb_build_object('table_id', id('people'), 'on_delete', 'keep')),
    (id('c5'), id('deals'), 'company', 'Company', 'reference', false, jsonb_build_object('table_id', id('people'))),
    (id('c6'), id('deals'), 'lead', 'Lead', 'reference', false, jsonb_build_object('table_id', id('deals'))),
    (id('c7'), id('others'), 'payer', 'Payer', 'reference', true, jsonb_build_object('table_id', id('others')));
-- What on_delete can be.
INSERT INTO table_columns (table_id, name, type, options) VALUES (id('deals'), 'x', 'reference', jsonb_build_object('table_id', id('people'), 'on_delete', 'cascade'));
INSERT INTO table_columns (table_id, name, type, options) VALUES (id('deals'), 'x', 'text', '{"on_delete": "clear"}');
INSERT INTO records (id, table_id, name) SELECT id(name), id('people'), name FROM unnest('{ann,bob,cid,dan,eve,fay,gus}'::text[]) AS name;
CREATE VIEW deal AS
    SELECT name, company, (SELECT string_agg(part.key || '=' || named.list, ' ' ORDER BY part.key) FROM jsonb_each(data) AS part
        CROSS JOIN LATERAL (SELECT string_agg(coalesce(person.name, 'gone'), ',' ORDER BY item.place) AS list
            FROM jsonb_array_elements_text(CASE jsonb_typeof(part.value) WHEN 'array' THEN part.value ELSE jsonb_build_array(part.value) END)
                WITH ORDINALITY AS item(id, place) LEFT JOIN records AS person ON person.id::text = lower(item.id)) AS named) AS names,
        (SELECT count(*) FROM record_links WHERE record_id = records.id AND cleared_at IS NULL) AS links,
        (SELECT count(*) FROM record_links WHERE record_id = records.id AND cleared_at IS NOT NULL) AS remembered
    FROM records WHERE table_id = id('deals') AND deleted_at IS NULL ORDER BY name;
INSERT INTO records (id, table_id, name, data) VALUES
    (id('d1'), id('deals'), 'd1', jsonb_build_object('owner', id('ann'), 'team', jsonb_build_array(id('bob'), upper(id('cid')::text), id('dan')))),
    (id('d2'), id('deals'), 'd2', jsonb_build_object('signer', id('eve'), 'witness', id('fay'))),
    (id('d3'), id('deals'), 'd3', jsonb_build_object('lead', id('d1')));
UPDATE records SET company = id('gus')::text WHERE id = id('d1');
SELECT * FROM deal;
-- What a delete of those would do, told beforehand: of a record, of one that nobody names, of a table.
SELECT name, told.table_name, told.effect, told.rows, told.record_keys = ARRAY[id('d2')::text] AS names_the_deal
FROM records CROSS JOIN LATERAL rowkit.preview_delete('records', records.id) AS told WHERE name IN ('ann', 'bob', 'dan', 'eve', 'fay', 'gus', 'd1') ORDER BY 1, 2, 3;
SELECT table_name, effect, rows, cardinality(record_keys) AS told FROM rowkit.preview_delete('tables', id('people')) WHERE table_name = 'records' ORDER BY 2;
SELECT table_name, effect, rows FROM rowkit.preview_delete('tables', id('deals')) WHERE table_name = 'records';
-- A record of one's own that has the id of another organization's table tells nothing of the references within that table.
INSERT INTO records (id, table_id, data) VALUES (id('o2'), id('others'), jsonb_build_object('payer', id('o2')));
INSERT INTO tables (id, organization_id, name) VALUES (id('rest'), id('beta'), 'Rest');
INSERT INTO table_columns (id, table_id, name, type, options) VALUES (id('c0'), id('rest'), 'held', 'reference', jsonb_build_object('table_id', id('others'), 'on_delete', 'restrict'));
INSERT INTO records (table_id, data) SELECT id('rest'), jsonb_build_object('held', id('o2')) FROM generate_series(1, 3);
INSERT INTO records (id, table_id, name) VALUES (id('others'), id('people'), 'mine');
SELECT table_name, effect, rows FROM rowkit.preview_delete('records', id('others'));
SELECT table_name, effect, rows FROM rowkit.preview_delete('records', id('o2'));
DELETE FROM tables WHERE id = id('rest');
DELETE FROM records WHERE table_id = id('others') OR id = id('others');
-- What is written must be there: nobody, somebody of another table, somebody of another organization.
INSERT INTO records (table_id, data) VALUES (id('deals'), jsonb_build_object('owner', id('nobody')));
INSERT INTO records (table_id, data) VALUES (id('deals'), jsonb_build_object('owner', id('d1')));
INSERT INTO records (id, table_id, data) VALUES (id('o1'), id('others'), jsonb_build_object('payer', id('o1')));
INSERT INTO records (table_id, data) VALUES (id('deals'), jsonb_build_object('team', jsonb_build_array(id('ann'), id('o1'))));

-- Clear: deleted for good, the reference goes, alone, in a list and in a common field.
DELETE FROM records WHERE id IN (id('ann'), id('cid'), id('gus'));
SELECT * FROM deal;
-- An UPDATE of anything passes, and of the list too: what is there stays as it was checked.
UPDATE records SET data = data || '{"note": 1}' WHERE table_id = id('deals');
UPDATE records SET data = data - 'note' WHERE table_id = id('deals');
-- Keep: the reference stays, and no other write minds it; it is reported.
DELETE FROM records WHERE id = id('fay');
UPDATE records SET name = 'd2' , data = data || '{"note": 1}' WHERE id = id('d2');
UPDATE records SET data = data - 'note' WHERE id = id('d2');
SELECT * FROM deal;
SELECT record_id = id('d2') AS is_d2, errors ->> 0 LIKE '%"reference.missing"%' AS is_told, jsonb_array_length(errors) AS errors, errors #>> '{0,path}' AS path
FROM rowkit.invalid_records(id('deals'));
-- It may not be written again.
INSERT INTO records (table_id, data) SELECT table_id, data - 'signer' FROM records WHERE id = id('d2');
-- Restrict: neither for good nor softly; nor is it in the way of its own record.
DELETE FROM records WHERE id = id('eve');
SELECT rowkit.soft_delete('records', id('eve'));
SELECT rowkit.soft_delete('records', ARRAY[id('eve'), id('d2')]);
SELECT rowkit.restore_deleted('records', id('d2'));
SELECT * FROM deal;
BEGIN;
DELETE FROM records WHERE id IN (id('eve'), id('d2'));
SELECT * FROM deal;
ROLLBACK;

-- A soft delete clears, and its restore brings back: in their places, and where nobody wrote since.
INSERT INTO records (id, table_id, name) SELECT id(name), id('people'), name FROM unnest('{hal,ida,jon,kay}'::text[]) AS name;
UPDATE records SET data = jsonb_build_object('owner', id('hal'), 'team', jsonb_build_array(id('hal'), id('ida'), id('jon'), id('kay'))) WHERE id = id('d1');
SELECT rowkit.soft_delete('records', id('hal'));
SELECT rowkit.soft_delete('records', id('jon'));
SELECT * FROM deal;
SELECT rowkit.restore_deleted('records', id('jon'));
SELECT * FROM deal;
UPDATE records SET data = data || jsonb_build_object('owner', id('kay')) WHERE id = id('d1');
SELECT rowkit.restore_deleted('records', id('hal'));
SELECT * FROM deal;
-- Written in between, the list is the writer's; the same value written again is not.
SELECT rowkit.soft_delete('records', id('ida'));
UPDATE records SET data = data WHERE id = id('d1');
UPDATE records SET data = data || jsonb_build_object('note', 1) WHERE id = id('d1');
SELECT rowkit.restore_deleted('records', id('ida'));
SELECT * FROM deal;
SELECT rowkit.soft_delete('records', id('ida'));
UPDATE records SET data = jsonb_set(data, '{team}', jsonb_build_array(id('kay'))) - 'note' WHERE id = id('d1');
SELECT rowkit.restore_deleted('records', id('ida'));
SELECT * FROM deal;
-- No value is written, too: null, the empty string, a list that is emptied or taken away. What writes other keys alone lets the reference come back.
CREATE FUNCTION written(was jsonb, becomes text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE records SET data = was, company = id('ida')::text WHERE id = id('d1');
    PERFORM rowkit.soft_delete('records', id('ida'));
    EXECUTE 'UPDATE records SET ' || becomes || ' WHERE id = id(''d1'')';
    PERFORM rowkit.restore_deleted('records', id('ida'));
    RETURN (SELECT concat_ws(' ', replace(replace(data::text, id('ida')::text, 'ida'), id('kay')::text, 'kay'), replace(company, id('ida')::text, 'ida'))
        FROM records WHERE id = id('d1'));
END
$$;
SELECT becomes, written(jsonb_build_object('owner', id('ida'), 'team', jsonb_build_array(id('kay'), id('ida'))), becomes)
FROM unnest(ARRAY[
    $$name = name$$, $$data = data || '{"note": 1}'$$, $$data = data - 'owner'$$, $$company = NULL$$,
    $$data = data || '{"owner": null}'$$, $$data = data || '{"owner": ""}'$$, $$data = data || '{"team": []}'$$, $$data = data || '{"team": null}'$$, $$data = data - 'team'$$,
    $$company = ''$$]) WITH ORDINALITY AS given(becomes, place) ORDER BY place;
SELECT becomes, written(jsonb_build_object('team', jsonb_build_array(id('ida'))), becomes)
FROM unnest(ARRAY[$$data = data || '{"team": []}'$$, $$data = data || '{"team": null}'$$, $$data = data - 'team'$$, $$data = data || '{"owner": null}'$$])
    WITH ORDINALITY AS given(becomes, place) ORDER BY place;
UPDATE records SET data = jsonb_build_object('owner', id('kay'), 'team', jsonb_build_array(id('kay'))), company = NULL WHERE id = id('d1');
-- Removed for good after the soft delete, nothing is remembered.
SELECT rowkit.soft_delete('records', id('kay'));
SELECT name, links, remembered FROM deal WHERE name = 'd1';
SELECT rowkit.permanent_delete('records', id('kay'));
SELECT name, links, remembered FROM deal WHERE name = 'd1';

-- Who is deleted with what it names comes back with it; who comes back alone, without.
UPDATE records SET data = jsonb_build_object('owner', id('hal'), 'team', jsonb_build_array(id('ida'), id('jon'))) WHERE id = id('d1');
SELECT rowkit.soft_delete('records', ARRAY[id('d1'), id('hal')]);
SELECT rowkit.restore_deleted('records', id('hal'));
SELECT * FROM deal;
SELECT rowkit.soft_delete('records', id('d1'));
SELECT rowkit.soft_delete('records', id('hal'));
SELECT rowkit.soft_delete('records', id('ida'));
SELECT rowkit.permanent_delete('records', id('jon'));
SELECT rowkit.restore_deleted('records', id('d1'));
SELECT * FROM deal;
SELECT rowkit.restore_deleted('records', ARRAY[id('hal'), id('ida')]);
SELECT * FROM deal;
-- A restrict that nobody minded while its record was deleted: it comes back after what it names, or with it.
SELECT rowkit.soft_delete('records', id('d2'));
SELECT rowkit.soft_delete('records', id('eve'));
SELECT rowkit.restore_deleted('records', id('d2'));
SELECT rowkit.restore_deleted('records', ARRAY[id('d2'), id('eve')]);
SELECT rowkit.restore_deleted('records', id('eve')), rowkit.restore_deleted('records', id('d2'));
SELECT * FROM deal;

-- A required reference is never emptied: it keeps what it names.
DELETE FROM records WHERE id = id('o1');
INSERT INTO records (id, table_id, data) VALUES (id('o2'), id('others'), jsonb_build_object('payer', id('o2')));
INSERT INTO records (id, table_id, data) VALUES (id('o3'), id('others'), jsonb_build_object('payer', id('o2')));
SELECT rowkit.soft_delete('records', id('o2'));
SELECT rowkit.soft_delete('records', ARRAY[id('o2'), id('o3')]);

-- Of several columns each says its own; the records that name what would go are told, and a list loses some but not its last.
UPDATE table_columns SET options = options || '{"multiple": true}' WHERE id = id('c7');
INSERT INTO records (id, table_id, data) VALUES (id('o4'), id('others'), jsonb_build_object('payer', jsonb_build_array(id('o4'))));
INSERT INTO records (id, table_id, data) VALUES (id('o5'), id('others'), jsonb_build_object('payer', jsonb_build_array(id('o4'), id('o5'))));
INSERT INTO records (id, table_id, data) VALUES (id('o6'), id('others'), jsonb_build_object('payer', jsonb_build_array(id('o4'))));
INSERT INTO table_columns (id, table_id, name, type, options) VALUES (id('ca'), id('others'), 'guest', 'reference', jsonb_build_object('table_id', id('others'), 'on_delete', 'restrict'));
DELETE FROM records WHERE id = id('o4');
UPDATE records SET data = data || jsonb_build_object('guest', id('o4')) WHERE id = id('o5');
DELETE FROM records WHERE id = id('o4');
SELECT id AS referring FROM records WHERE id IN (id('o5'), id('o6')) ORDER BY 1;
-- Who may not read one of them is not told of it, by a soft delete neither, which works as the owner.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA public TO regress_reader;
GRANT SELECT, UPDATE, DELETE ON records, tables TO regress_reader;
CREATE POLICY hidden ON records AS RESTRICTIVE FOR SELECT TO regress_reader USING (data ->> 'secret' IS NULL);
UPDATE records SET data = data || '{"secret": true}' WHERE id = id('o6');
INSERT INTO users (id) VALUES (id('user'));
INSERT INTO user_organizations (user_id, organization_id, role) VALUES (id('user'), id('beta'), 'member');
SELECT set_config('request.jwt.claims', jsonb_build_object('sub', id('user'))::text, false) IS NULL AS no_claims;
SET ROLE regress_reader;
DELETE FROM records WHERE id = id('o4');
SELECT rowkit.soft_delete('records', id('o4'));
SELECT effect, rows, record_keys FROM rowkit.preview_delete('records', id('o4'));
RESET ROLE;
SELECT set_config('request.jwt.claims', '', false) = '' AS no_claims;
DROP POLICY hidden ON records;
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
DELETE FROM records WHERE id IN (id('o4'), id('o5'), id('o6'));

-- A column that is renamed, becomes a reference, names another table, or is none any more.
INSERT INTO records (id, table_id, name) VALUES (id('lee'), id('people'), 'lee');
UPDATE records SET data = jsonb_build_object('owner', id('lee'), 'text', id('lee'), 'witness', id('nobody')) - 'witness' WHERE id = id('d1');
SELECT rowkit.rename_column(id('deals'), 'owner', 'boss');
INSERT INTO table_columns (id, table_id, name, type, options) VALUES (id('c8'), id('deals'), 'text', 'reference', jsonb_build_object('table_id', id('people'), 'on_delete', 'restrict'));
SELECT * FROM deal;
DELETE FROM records WHERE id = id('lee');
UPDATE table_columns SET options = jsonb_build_object('table_id', id('people'), 'on_delete', 'clear') WHERE id = id('c8');
SELECT rowkit.soft_delete('records', id('lee'));
SELECT * FROM deal;
SELECT rowkit.restore_deleted('records', id('lee'));
SELECT * FROM deal;
UPDATE table_columns SET type = 'text', options = '{}' WHERE id = id('c8');
DELETE FROM records WHERE id = id('lee');
SELECT name, company, data -> 'boss' AS boss, data ->> 'text' = id('lee')::text AS keeps_text, (SELECT count(*) FROM record_links WHERE record_id = id('d1')) AS links
FROM records WHERE id = id('d1');
-- A renamed column that names nobody any more is renamed all the same.
SELECT rowkit.rename_column(id('deals'), 'witness', 'onlooker');
SELECT * FROM deal WHERE name = 'd2';
-- An undo brings back who was deleted, and what named them.
INSERT INTO records (id, table_id, name) VALUES (id('max'), id('people'), 'max');
UPDATE records SET data = jsonb_build_object('boss', id('max'), 'team', jsonb_build_array(id('ida'), id('max'), id('hal'))) WHERE id = id('d1');
DELETE FROM records WHERE id = id('max');
SELECT * FROM deal WHERE name = 'd1';
SELECT max(transaction_id) AS deleted FROM audit_logs \gset
SELECT rowkit.undo_transaction(:deleted);
SELECT * FROM deal WHERE name = 'd1';
-- A whole table and a whole organization go with all of their references.
DELETE FROM records WHERE id = id('d2');
SELECT rowkit.soft_delete_with_counts('tables', id('people'));
SELECT rowkit.restore_deleted('tables', id('people'));
DELETE FROM tables WHERE id = id('people');
SELECT count(*) FROM record_links;
DELETE FROM organizations;
SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM record_links);
