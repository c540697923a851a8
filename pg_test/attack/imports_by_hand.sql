-- A member writes by hand what imports keep, for an admin who runs or undoes an import to act upon: a batch that names a record that the import did not make,
-- a changed row, a part of a file, the row of an import itself. And a viewer reads what others' files hold.
\connect - authenticator
SELECT attack.sign_in('a2');
SELECT ct.begin_import(attack.id('A table'), 'admin.csv', 'admin-1') AS admins \gset
SELECT ct.append_import(:'admins', 1, convert_to(E'name,salary\nMade,1200\n', 'UTF8'));
SELECT attack.sign_in('a3');
SELECT ct.begin_import(attack.id('A table'), 'own.csv') AS own \gset
SELECT ct.append_import(:'own', 1, convert_to(E'name,salary\nOwn,1300\n', 'UTF8'));
-- Into the admin's import, and into one's own: in one's own name, the admin's, and nobody's.
SELECT attack.refused(format(command, import_id, creator), '42501')
FROM unnest(ARRAY[
    $$INSERT INTO ct.import_batches (import_id, first_row, organization_id, created_ids, created_hashes, matched_ids, created_by)
        VALUES (%1$L, 0, attack.id('A'), ARRAY[attack.id('A record')], '\x00000000000000000000000000000000', '{}', %2$L)$$,
    $$INSERT INTO ct.import_rows (import_id, row_index, organization_id, row_number, record_id, former, written_hash, created_by)
        VALUES (%1$L, 1, attack.id('A'), 2, attack.id('A record'), '{"salary": 1999}', '\x00000000000000000000000000000000', %2$L)$$,
    $$INSERT INTO ct.import_chunks (import_id, kind, part, organization_id, bytes, created_by) VALUES (%1$L, 'file', 2, attack.id('A'), convert_to(E'Planted,1400\n', 'UTF8'), %2$L)$$,
    $$INSERT INTO ct.import_chunks (import_id, kind, part, organization_id, bytes, created_by) VALUES (%1$L, 'rows', 1, attack.id('A'), '[2,["Planted","1400"]]', %2$L)$$]) AS command,
    unnest(ARRAY[:'admins', :'own']::uuid[]) AS import_id, unnest(ARRAY[attack.id('a3'), attack.id('a2'), NULL]) AS creator;
-- One's own rows are moved nowhere and changed to nothing.
SELECT attack.refused(format(command, :'admins', :'own'), '42501')
FROM unnest(ARRAY[
    'UPDATE ct.import_chunks SET import_id = %1$L WHERE import_id = %2$L',
    $$UPDATE ct.import_chunks SET bytes = 'x' WHERE import_id = %2$L$$,
    'UPDATE ct.imports SET id = attack.id(''x'') WHERE id = %2$L',
    'UPDATE ct.imports SET state = ''done'', ended_at = ''infinity'' WHERE id = %2$L',
    'UPDATE ct.imports SET mapping = ''{"name": "email"}'', header_key = ''x'' WHERE id = %2$L',
    'UPDATE ct.imports SET byte_count = 9223372036854775807 WHERE id = %2$L',
    'UPDATE ct.imports SET created_count = 9223372036854775807, updated_count = 1, next_row = 9223372036854775807 WHERE id = %2$L',
    'UPDATE ct.imports SET created_by = attack.id(''a2'') WHERE id = %2$L',
    'INSERT INTO ct.imports (id, table_id) VALUES (attack.id(''x''), attack.id(''A table''))',
    'INSERT INTO ct.imports (table_id, state, header_key, mapping, ended_at) VALUES (attack.id(''A table''), ''done'', ''x'', ''{"name": null}'', now())',
    'INSERT INTO ct.imports (table_id) VALUES (attack.id(''A table''))',
    'INSERT INTO ct.imports (table_id) VALUES (attack.id(''A table'')) ON CONFLICT DO NOTHING']) AS command;
-- The admin's import is another member's neither to fill nor to run.
SELECT attack.refused(format(command, :'admins'), '42704')
FROM unnest(ARRAY['SELECT ct.append_import(%L, 2, ''x'')', 'SELECT ct.run_import(%L)', 'SELECT ct.plan_import(%L)', 'SELECT ct.undo_import(%L)']) AS command;
SELECT attack.holds(NOT ct.cancel_import(:'admins'), 'the admin''s import goes on');
-- A viewer is told counts.
SELECT attack.sign_in('a4');
SELECT attack.holds(count(*) = 0, 'a viewer reads no imports') FROM ct.imports;
SELECT attack.holds(progress ->> 'state' = 'receiving' AND progress ->> 'mapping' IS NULL, 'a viewer reads counts alone') FROM ct.import_progress(:'admins') AS progress;
SELECT attack.refused(format('SELECT ct.begin_import(%L)', attack.id('A table')), '42501');
-- Somebody of another tenant is told nothing.
SELECT attack.sign_in('b2');
SELECT attack.holds(ct.import_progress(:'admins') IS NULL, 'another tenant''s import is not there');
-- The admin's import does what its file says, and its undo takes back no more.
SELECT attack.sign_in('a2');
SELECT attack.holds(done ->> 'created' = '1' AND done ->> 'failed' = '0', 'the file is the admin''s') FROM ct.run_import(:'admins') AS done;
SELECT attack.holds(undone ->> 'deleted' = '1' AND undone ->> 'restored' = '0' AND undone ->> 'kept' = '0', 'the undo takes back one record') FROM ct.undo_import(:'admins') AS undone;
-- The member's own goes on, too.
SELECT attack.sign_in('a3');
SELECT attack.holds(planned ->> 'created' = '1', 'a plan creates one record') FROM ct.plan_import(:'own') AS planned;
SELECT attack.holds(done ->> 'created' = '1', 'the file is the member''s') FROM ct.run_import(:'own') AS done;
\connect - rowkit
SELECT attack.holds(count(*) = 2 AND bool_and(name IN ('Alice', 'Own')) AND bool_or(data ->> 'salary' = '1500'), 'Alice is as she was, and nothing planted is there')
FROM ct.records WHERE table_id = attack.id('A table') AND deleted_at IS NULL;
