-- A member writes into table_indexes what triggers alone write: the number of another's index, an index that says it is ready, one that says how far it was built.
\connect - authenticator
SELECT attack.sign_in('a1');
INSERT INTO ct.table_indexes (table_id, columns) VALUES (attack.id('A table'), '["salary"]');
-- Numbers of others, below zero, and at the end.
INSERT INTO ct.table_indexes (table_id, columns, number) OVERRIDING SYSTEM VALUE VALUES (attack.id('A table'), '["name"]', 1);
INSERT INTO ct.table_indexes (table_id, columns, number) OVERRIDING SYSTEM VALUE VALUES (attack.id('A table'), '["email"]', -1);
INSERT INTO ct.table_indexes (table_id, columns, number) OVERRIDING SYSTEM VALUE
SELECT attack.id('A table'), jsonb_build_array(jsonb_build_object('column', 'salary', 'empty', 'first'), 'name') || jsonb_build_array('email'), 9223372036854775807;
-- An index that is ready before it has an entry, or built to its end.
INSERT INTO ct.table_indexes (table_id, columns, state, form, is_automatic, built_to_at, built_to_id, left_over, created_at)
VALUES (attack.id('A table'), '["grade"]', 'ready', 'x', true, '-infinity', '00000000-0000-0000-0000-000000000000', '{00000000-0000-0000-0000-000000000000}', 'infinity');
\connect - rowkit
SELECT attack.holds(count(*) = count(DISTINCT number) AND bool_and(number BETWEEN 1 AND 1000000), 'each index has a number of its own') FROM ct.table_indexes;
SELECT attack.holds(count(*) = 5 AND NOT bool_or(is_automatic OR built_to_at IS NOT NULL OR built_to_id IS NOT NULL OR left_over <> '{}' OR created_at > now() OR form = 'x' OR state <> 'ready'), 'nothing of it was taken')
FROM ct.table_indexes WHERE table_id = attack.id('A table');
SELECT attack.holds(count(*) = 5, 'each has an entry of the one record') FROM (SELECT FROM ct.record_index GROUP BY substr(key, 1, 8)) AS found;
SELECT attack.holds(count(*) = 0, 'no entry is wrong') FROM rowkit.record_index_drift('ct.tables');
UPDATE ct.table_columns SET indexed = true WHERE table_id = attack.id('A table') AND name = 'num';
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.refused(command, '42501')
FROM unnest(ARRAY['UPDATE ct.table_indexes SET state = ''ready''', 'UPDATE ct.table_indexes SET number = DEFAULT', 'UPDATE ct.table_indexes SET table_id = attack.id(''B table'')', 'TRUNCATE ct.table_indexes']) AS command;
SELECT attack.refused('DELETE FROM ct.table_indexes WHERE is_automatic AND table_id = attack.id(''A table'')', '55000');
-- As many as there may be, and not one more.
SELECT attack.refused('INSERT INTO ct.table_indexes (table_id, columns) VALUES (attack.id(''A table''), ''["grade"]'')', '55000');
SELECT attack.refused($$
    INSERT INTO ct.table_indexes (table_id, columns)
    SELECT attack.id('A table'), jsonb_build_array(jsonb_build_object('column', a, 'empty', e), jsonb_build_object('column', b, 'direction', d), jsonb_build_object('column', c, 'direction', f))
    FROM unnest('{name,email,salary,grade}'::text[]) AS a, unnest('{name,email,salary,grade}'::text[]) AS b, unnest('{name,email,salary,grade}'::text[]) AS c,
        unnest('{first,last}'::text[]) AS e, unnest('{asc,desc}'::text[]) AS d, unnest('{asc,desc}'::text[]) AS f
    WHERE a <> b AND b <> c AND a <> c AND a <> 'salary'$$, '54000');
