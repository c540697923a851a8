-- Two errors for one question: a duplicate key where B's row is there, a foreign key where it is not. Whoever may write neither must get one answer.
\connect - authenticator
SELECT attack.sign_in('a3');
-- Names of B's columns.
SELECT attack.refused_alike(format('INSERT INTO ct.table_columns (organization_id, table_id, name) VALUES (%L, %L, ''%%s'')', tenant, attack.id('B table')), '{salary,nosuch}', '42501', '23503')
FROM unnest(ARRAY[attack.id('A'), attack.id('B')]) AS tenant;
SELECT attack.refused_alike(format('INSERT INTO ct.table_columns (table_id, name) VALUES (%L, ''%%s'')', attack.id('B table')), '{salary,nosuch}', '42501', '23503');
SELECT attack.refused_alike('INSERT INTO ct.table_columns (table_id, name) VALUES (''%s'', ''x'')', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
SELECT attack.refused_alike('UPDATE ct.table_columns SET table_id = ''%s'' WHERE name = ''grade''', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
SELECT attack.refused_alike('INSERT INTO ct.table_statuses (table_id, name) VALUES (''%s'', ''x'')', ARRAY[attack.id('B table')::text, attack.id('no table')::text], '42501', '23503');
-- Unique values of B's records.
SELECT attack.refused_alike(format('INSERT INTO ct.records (organization_id, table_id, name, email, data) VALUES (%L, %L, ''x'', ''%%s'', ''{"salary": 77600}'')', tenant, attack.id('B table')), '{bob@bsecret.example,nobody@bsecret.example}', '42501', '23503')
FROM unnest(ARRAY[attack.id('A'), attack.id('B')]) AS tenant;
-- Parents that a tenant is inherited from.
SELECT attack.refused_alike('INSERT INTO dc.datasets (connection_id, schema, name) VALUES (''%s'', ''s'', ''n'')', ARRAY[attack.id('B connection')::text, attack.id('no connection')::text], '42501', '23503');
SELECT attack.refused_alike('INSERT INTO dc.columns (dataset_id, name, data_type) VALUES (''%s'', ''n'', ''t'')', ARRAY[attack.id('B dataset')::text, attack.id('no dataset')::text], '42501', '23503');
SELECT attack.refused_alike(format('INSERT INTO dc.columns (account_id, dataset_id, name, data_type) VALUES (%L, ''%%s'', ''n'', ''t'')', attack.id('A')), ARRAY[attack.id('B dataset')::text, attack.id('no dataset')::text], '42501', '23503');
SELECT attack.refused_alike('INSERT INTO dc.lineage (source_dataset_id, target_dataset_id) VALUES (''%s'', ''%s'')', ARRAY[attack.id('B dataset')::text, attack.id('no dataset')::text], '42501', '23503', '23514');
-- Memberships of B: who is one.
SELECT attack.sign_in('a2');
SELECT attack.refused_alike(format('INSERT INTO dc.account_users (account_id, user_id, role) VALUES (%L, ''%%s'', ''viewer'')', attack.id('B')), ARRAY[attack.id('b4')::text, attack.id('a4')::text], '42501');
SELECT attack.refused_alike(format('INSERT INTO dc.project_users (account_id, project_id, user_id, role) VALUES (%L, ''%%s'', %L, ''viewer'')', attack.id('A'), attack.id('a4')), ARRAY[attack.id('B project')::text, attack.id('no project')::text], '42501', '23503');
-- What a delete says of rows that are B's.
SELECT attack.refused_alike('SELECT rowkit.soft_delete(''dc.projects'', ''%s''::uuid, deleted_by => attack.id(''a1''))', ARRAY[attack.id('B project')::text, attack.id('no project')::text], '42501', '42704');
SELECT attack.shows_nothing(call, '42501', '42704') FROM unnest(ARRAY['SELECT rowkit.soft_delete(''dc.projects'', attack.id(''B project''))', 'SELECT * FROM rowkit.preview_delete(''dc.projects'', attack.id(''B project''))',
    'SELECT rowkit.restore_deleted(''dc.projects'', attack.id(''B project''))', 'SELECT rowkit.permanent_delete(''dc.projects'', attack.id(''B project''))', 'SELECT rowkit.hold_deletion(''dc.projects'', attack.id(''B project''))']) AS call;
\if :is_15
SELECT attack.sign_in('a3');
SELECT attack.refused_alike('INSERT INTO li.leads (query_id, company_name) VALUES (''%s'', ''x'')', ARRAY[attack.id('B query')::text, attack.id('no query')::text], '42501', '23503');
SELECT attack.refused_alike(format('INSERT INTO li.leads (workspace_id, query_id, company_name) VALUES (%L, ''%%s'', ''x'')', attack.id('A')), ARRAY[attack.id('B query')::text, attack.id('no query')::text], '42501', '23503');
SELECT attack.shows_nothing(call, '42501', '53400', '42704', '23503', '22023') FROM unnest(ARRAY['SELECT rowkit.credit_balance(attack.id(''B''), ''li.credit_accounts'')', 'SELECT li.record_credit_usage(attack.id(''B''), 1, ''x'')',
    'SELECT rowkit.consume_credits(attack.id(''B''), 1000000000, ''x'', credit_accounts => ''li.credit_accounts'')', 'SELECT * FROM li.workspace_credits']) AS call;
\endif
