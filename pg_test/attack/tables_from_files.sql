-- An import that makes columns, statuses and tables: into what is another tenant's, by a viewer, and by a superuser in tables of plain's, whose triggers are
-- plain's code and must not run with the superuser's rights.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.refused(format(command, attack.id('B'), attack.id('B table')), '42501', '42704')
FROM unnest(ARRAY[
    $$SELECT ct.create_table_from_file(%1$L, 'Planted', convert_to(E'name,x\nAnn,1\n', 'UTF8'))$$,
    $$SELECT ct.create_table_from_file(%1$L, 'Planted', convert_to(E'name,x\nAnn,1\n', 'UTF8'), '{"import_rows": false}')$$,
    $$SELECT ct.create_table_from_file_base64(%1$L, 'Planted', encode(convert_to(E'name,x\nAnn,1\n', 'UTF8'), 'base64'))$$,
    $$SELECT ct.import_records(%2$L, convert_to(E'name,x\nAnn,1\n', 'UTF8'), '{"create_columns": true}')$$,
    $$SELECT ct.import_records(%2$L, convert_to(E'name,status\nAnn,planted\n', 'UTF8'), '{"create_choices": true}')$$]) AS command;
SELECT attack.sign_in('a4');
SELECT attack.refused(format(command, attack.id('A'), attack.id('A table')), '42501')
FROM unnest(ARRAY[
    $$SELECT ct.create_table_from_file(%1$L, 'Planted', convert_to(E'name,x\nAnn,1\n', 'UTF8'))$$,
    $$SELECT ct.create_table_from_file(%1$L, 'Planted', convert_to(E'name,x\nAnn,1\n', 'UTF8'), '{"import_rows": false}')$$,
    $$SELECT ct.import_records(%2$L, convert_to(E'name,x\nAnn,1\n', 'UTF8'), '{"create_columns": true}')$$,
    $$SELECT ct.import_records(%2$L, convert_to(E'name,status\nAnn,planted\n', 'UTF8'), '{"create_choices": true}')$$]) AS command;
SELECT attack.sign_in(NULL);
SELECT attack.refused(format($$SELECT ct.create_table_from_file(%L, 'Planted', convert_to(E'name,x\nAnn,1\n', 'UTF8'))$$, attack.id('A')), '42501');
\connect - rowkit
SELECT attack.holds((SELECT count(*) FROM ct.tables WHERE name = 'Planted') = 0, 'no table was planted');
SELECT attack.holds((SELECT count(*) FROM ct.table_columns WHERE name = 'x') + (SELECT count(*) FROM ct.table_statuses WHERE name = 'planted') = 0, 'no column and no status was planted');

-- A header is a name and a label, and no SQL.
\connect - authenticator
SELECT attack.sign_in('a2');
SELECT attack.holds(made ->> 'created' = '1' AND made #>> '{columns,0,name}' = 'x_drop_table_ct_records', 'a header is data')
FROM ct.create_table_from_file(attack.id('A'), $$'; DROP TABLE ct.records; --$$, convert_to(E'name,"x""; DROP TABLE ct.records; --"\nAnn,1\n', 'UTF8')) AS made;

\connect - plain
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'plainhome');
INSERT INTO plainhome.organizations (id, name) VALUES (attack.id('P'), 'P');
CREATE FUNCTION plainhome.planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN NEW; END $$;
SELECT format('CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON plainhome.%I FOR EACH ROW EXECUTE FUNCTION plainhome.planted()', name)
FROM unnest('{tables,table_columns,table_statuses,records,imports}'::text[]) AS name \gexec
\connect - rowkit
SELECT nextval('attack.visits') AS before \gset
SELECT attack.shows_nothing(format($$SELECT rowkit_internal._create_table_from_file(%L, 'T', convert_to(E'name,x,status\nAnn,1,new\n', 'UTF8'), '{"create_choices": true}', 'plainhome.tables')$$, attack.id('P')));
SELECT attack.holds(nextval('attack.visits') - :before - 1 >= 5, 'the trap was on the way');
SELECT attack.holds(count(*) = 1, 'the superuser made the table') FROM plainhome.tables;
