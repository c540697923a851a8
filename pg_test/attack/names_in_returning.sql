-- A member of A makes a dataset on B's connection: the name that a trigger makes of it holds B's database, and RETURNING shows it before the foreign key refuses.
-- And whether B's connection is there must not be told from one that is not.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.refused_alike(command, ARRAY[attack.id('B connection')::text, attack.id('no connection')::text], '42501', '23503')
FROM unnest(ARRAY[
    format('INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (%L, ''%%s'', ''s'', ''n'') RETURNING fqn', attack.id('A')),
    format('WITH made AS (INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (%L, ''%%s'', ''s'', ''n'') RETURNING fqn) SELECT fqn::integer FROM made', attack.id('A')),
    'INSERT INTO dc.datasets (connection_id, schema, name) VALUES (''%s'', ''s'', ''n'')',
    format('UPDATE dc.datasets SET connection_id = ''%%s'' WHERE id = %L RETURNING fqn::integer', attack.id('A dataset')),
    format('INSERT INTO dc.datasets (id, account_id, connection_id, schema, name) VALUES (%L, %L, ''%%s'', ''s'', ''n'') ON CONFLICT (id) DO UPDATE SET name = excluded.fqn', attack.id('A dataset'), attack.id('A'))]) AS command;
SELECT attack.refused(format('INSERT INTO dc.datasets (account_id, connection_id, schema, name) VALUES (%L, %L, ''s'', ''n'') RETURNING fqn::integer', attack.id('B'), attack.id('B connection')), '42501', '23503');
-- The same where the owner's plan, or another's row, is looked up for a new row.
SELECT attack.refused_alike(command, ARRAY[attack.id('B project')::text, attack.id('no project')::text], '42501', '23503')
FROM unnest(ARRAY[
    'INSERT INTO dc.workspaces (project_id, name) VALUES (''%s'', ''n'') RETURNING *', format('INSERT INTO dc.workspaces (account_id, project_id, name) VALUES (%L, ''%%s'', ''n'') RETURNING *', attack.id('A'))]) AS command;
SELECT attack.shows_nothing(format('SELECT dc.get_dataset_fqn(%L, ''s'', ''n'')', attack.id('B connection')));
