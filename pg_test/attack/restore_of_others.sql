-- A deletion is one, whoever's rows it took. A service deletes rows of two tenants in one call; a member of one restores the own row and brings back the other's
-- with it. The same with a row that got another parent since, and with a parent whose deletion is not theirs to undo.
\connect - rowkit
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('P'), attack.id('A'), 'P'), (attack.id('P2'), attack.id('A'), 'P2');
UPDATE attack.before SET rows_of_b = attack.rows_of_b();
\connect - authenticator
SET ROLE service_role;
SELECT rowkit.soft_delete('dc.projects', ARRAY[attack.id('P'), attack.id('B project')]);
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.shows_nothing(format('SELECT rowkit.%s', call), '42501', '42704', '55000')
FROM unnest(ARRAY['restore_deleted(''dc.projects'', attack.id(''P''))', 'restore_deleted(''dc.projects'', attack.id(''B project''))', 'permanent_delete(''dc.projects'', attack.id(''B project''))',
    'hold_deletion(''dc.projects'', attack.id(''B project''))', 'hold_deletion(''dc.projects'', attack.id(''P''))', 'restore_deleted(''dc.projects'', ARRAY[attack.id(''P''), attack.id(''B project'')])']) AS call;
\connect - rowkit
SELECT attack.holds(deleted_at IS NOT NULL, 'B''s project stays deleted') FROM dc.projects WHERE id = attack.id('B project');
SELECT attack.holds(NOT is_on_hold, 'B''s deletion is not held by A') FROM dc.deletions WHERE id = (SELECT deletion_id FROM dc.projects WHERE id = attack.id('B project'));
\connect - authenticator
SET ROLE service_role;
SELECT rowkit.restore_deleted('dc.projects', attack.id('B project'));
-- A viewer undoes nothing; a member nothing of a table in which only admins delete.
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT rowkit.soft_delete('dc.projects', attack.id('P2'));
SELECT attack.sign_in('a4');
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''dc.projects'', attack.id(''P2''))', '42501', '42704');
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''dc.projects'', attack.id(''P2''))', '42501', '42704');
\connect - rowkit
SELECT attack.holds(deleted_at IS NOT NULL, 'a viewer restores nothing') FROM dc.projects WHERE id = attack.id('P2');

-- Only admins delete tables. A member may restore records, and must not bring back with one the table that an admin deleted: neither by a record of its deletion,
-- nor by one that got another table since.
\connect - rowkit
INSERT INTO ct.tables (id, organization_id, name) VALUES (attack.id('T1'), attack.id('A'), 'T1'), (attack.id('T2'), attack.id('A'), 'T2');
INSERT INTO ct.records (id, table_id, name) VALUES (attack.id('stays'), attack.id('T1'), 'stays'), (attack.id('moves'), attack.id('T1'), 'moves');
\connect - authenticator
SELECT attack.sign_in('a2');
SELECT attack.holds(rowkit.soft_delete('ct.tables', attack.id('T1')), 'an admin deletes the table');
\connect - rowkit
SELECT attack.holds(count(*) = 2, 'its records went with it') FROM ct.records WHERE id IN (attack.id('stays'), attack.id('moves')) AND deleted_at IS NOT NULL;
UPDATE ct.records SET table_id = attack.id('T2') WHERE id = attack.id('moves');
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.refused('SELECT rowkit.restore_deleted(''ct.records'', attack.id(''stays''))', '42501', '42704', '55000', '23503');
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''ct.records'', attack.id(''moves''))', '42501', '42704', '55000', '23503');
\connect - rowkit
SELECT attack.holds(deleted_at IS NOT NULL, 'a member restores no table') FROM ct.tables WHERE id = attack.id('T1');
