-- A member of A, a viewer, or anybody without a name at all, writes a record into a table of B: it is refused in the end, but validation came first and its error
-- shows B's columns, labels and choices, or the next number, or how long it took. The tenant must be settled before anything of the table is read.
CREATE FUNCTION attack.into_b(columns text, given text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- Refused, without a word of B's, and in the same words as a table that is not there.
    PERFORM attack.refused(format('INSERT INTO ct.records (%s) VALUES (%s)', columns, replace(given, '%s', attack.id('B table')::text)), '42501', '23503');
    RETURN attack.refused_alike(format('INSERT INTO ct.records (%s) VALUES (%s)', columns, given), ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
END
$$;
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE tries (columns text, given text);
GRANT SELECT ON tries TO PUBLIC;
INSERT INTO tries VALUES
    ('organization_id, table_id, data', format('%L, ''%%s'', ''{"grade": "x"}''', attack.id('A'))),
    ('organization_id, table_id, data', format('%L, ''%%s'', ''{"grade": "x"}''', attack.id('B'))),
    ('table_id, data', '''%s'', ''{"grade": "x"}'''),
    ('organization_id, table_id, name, email, data', format('%L, ''%%s'', ''x'', ''bob@bsecret.example'', ''{"salary": 77600}''', attack.id('A'))),
    ('organization_id, table_id, name, data', format('%L, ''%%s'', ''x'', ''{"salary": 1500}''', attack.id('A')));
SELECT attack.into_b(columns, given) FROM tries;
SELECT attack.sign_in('a4');
SELECT attack.into_b(columns, given) FROM tries;
SELECT attack.sign_in(NULL);
SELECT attack.into_b(columns, given) FROM tries;
-- By UPDATE.
SELECT attack.sign_in('a3');
SELECT attack.refused_alike('UPDATE ct.records SET table_id = ''%s'', data = ''{"grade": "x"}''', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
SELECT attack.refused_alike('UPDATE ct.records SET table_id = ''%s''', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
-- Indexes and views of a table: with A's name, with B's, with none.
CREATE FUNCTION pg_temp.of_b(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.refused(replace(command, '%s', attack.id('B table')::text), '42501', '23503');
    PERFORM attack.refused_alike(command, ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
END
$$;
SELECT attack.sign_in(person), pg_temp.of_b(format('INSERT INTO ct.%s VALUES (%s ''%%s'', %s)', target, given, what))
FROM unnest('{a3,a4,NULL}'::text[]) AS person,
    (VALUES ('table_indexes (organization_id, table_id, columns)', '''["salari"]'''), ('table_indexes (organization_id, table_id, columns)', '''["salary"]'''),
        ('table_views (organization_id, table_id, name, query)', '''v'', ''{"sort": [{"column": "salari"}]}'''),
        ('table_views (organization_id, table_id, name, query)', '''v'', ''{"filter": {"column": "grade", "op": "is", "value": "x"}}''')) AS wanted(target, what),
    unnest(ARRAY[quote_literal(attack.id('A')) || ',', quote_literal(attack.id('B')) || ',', 'NULL,']) AS given;
SELECT attack.sign_in('a3');
INSERT INTO ct.table_views (id, table_id, name) VALUES (attack.id('A view'), attack.id('A table'), 'v');
SELECT attack.refused_alike('UPDATE ct.table_views SET table_id = ''%s'', query = ''{"sort": [{"column": "salari"}]}''', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
DELETE FROM ct.table_views;
-- A value that RETURNING would make an error of: the row is not there to be returned.
SELECT attack.refused(format('INSERT INTO ct.records (organization_id, table_id, name, data) VALUES (%L, %L, ''x'', ''{"salary": 77600}'') RETURNING (data::text)::uuid', attack.id('A'), attack.id('B table')), '42501', '23503');
-- An upsert, a copy of a row, and a multi-row INSERT whose second row is never asked for: no lock of B's is held while the attacker waits.
SELECT attack.refused(format('INSERT INTO ct.records (id, organization_id, table_id, name, data) VALUES (%L, %L, %L, ''x'', ''{"salary": 1}'') ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    attack.id('B record'), attack.id('A'), attack.id('B table')), '42501', '23503');
SELECT attack.refused(format('INSERT INTO ct.records (organization_id, table_id, name, data) SELECT %L, %L, ''x'', jsonb_build_object(''salary'', 77600, ''at'', CASE WHEN n = 2 THEN nextval(''attack.alarm'') END) '
    'FROM generate_series(1, 2) AS n', attack.id('A'), attack.id('B table')), '42501', '23503');
-- Functions that take a table's id.
SELECT attack.refused_alike(call, ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42704', '42501', '22023', '23503', '42703')
FROM unnest(ARRAY['SELECT rowkit.validate_record(''%s'', ''{}'', ''ct.tables'')', 'SELECT rowkit.table_json_schema(''%s'', ''ct.tables'')', 'SELECT rowkit.cast_record(''%s'', ''{"grade": "x"}'', ''ct.tables'')',
    'SELECT rowkit.rename_column(''%s'', ''salary'', ''other'', ''ct.tables'')']) AS call;
SELECT attack.shows_nothing(call, '42704', '42501', '22023', '23503')
FROM unnest(ARRAY['SELECT rowkit.sync_table_schema(attack.id(''B table''), ''ct.tables'')', 'SELECT rowkit.sync_all_table_schemas(''ct.tables'')', 'SELECT * FROM rowkit.invalid_records(attack.id(''B table''))',
    'SELECT rowkit.schema_cache()', 'SELECT * FROM ct.search_records(attack.id(''B table''), ''bob'')', 'SELECT * FROM rowkit.search_records(attack.id(''B table''), ''bob'')',
    'SELECT * FROM ct.table_columns', 'SELECT * FROM ct.tables', 'SELECT * FROM ct.records']) AS call
WHERE to_regprocedure('ct.search_records(uuid,text,integer,text)') IS NOT NULL OR call NOT LIKE '%ct.search_records%';
