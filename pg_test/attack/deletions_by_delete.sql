-- DELETE that is turned into a soft delete, the list of deleted rows, and what explains a deletion: none of them reaches or tells of another tenant's rows, a viewer
-- deletes nothing by any door, and an end user destroys nothing for good by a plain DELETE.
\connect - rowkit
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('P'), attack.id('A'), 'P');
UPDATE attack.before SET rows_of_b = attack.rows_of_b();
-- Of B's something is deleted, and of A's something in one deletion with it.
\connect - authenticator
SET ROLE service_role;
SELECT rowkit.soft_delete('dc.connections', ARRAY[attack.id('B connection')]);
SELECT rowkit.soft_delete('dc.projects', ARRAY[attack.id('P')]);
\connect - authenticator
SELECT attack.sign_in('a1');
DELETE FROM dc.projects WHERE id = attack.id('B project');
-- On 14 these views are closed to the API's roles.
\if :is_15
DELETE FROM dc.projects_active WHERE id = attack.id('B project');
\endif
DELETE FROM dc.datasets;
DELETE FROM dc.account_users WHERE user_id = attack.id('b1');
SELECT attack.shows_nothing(format('SELECT * FROM rowkit.%s', call), '42501', '42704')
FROM unnest(ARRAY['deleted_rows(''dc.projects'')', 'deleted_rows(''dc.connections'')', 'deleted_rows(''dc.datasets'')', 'deleted_rows(''dc.account_users'')',
    'preview_delete(''dc.projects'', attack.id(''B project''))', 'preview_delete(''dc.accounts'', attack.id(''B''))']) AS call;
-- Whether an id was in one's own deletion is not told: the answer is the same for an id of B's that is deleted, one that is live and one that nobody has.
SELECT attack.holds(rowkit.restore_deleted('dc.projects', ARRAY[attack.id('P'), attack.id('B project'), attack.id('nobody')]) = 1, 'the own row comes back, whatever else is named');
DELETE FROM dc.projects WHERE id = attack.id('P');
SELECT attack.sign_in('a4');
DELETE FROM dc.projects;
\if :is_15
DELETE FROM dc.projects_active;
\endif
SELECT attack.shows_nothing('SELECT * FROM rowkit.deleted_rows(''dc.projects'')', '42501');
SELECT attack.shows_nothing('SELECT * FROM rowkit.preview_delete(''dc.projects'', attack.id(''A project''))', '42501');
\connect - rowkit
SELECT attack.holds(count(*) = 1, 'a plain DELETE by an end user destroys nothing') FROM dc.projects WHERE id = attack.id('P') AND deleted_at IS NOT NULL;
SELECT attack.holds(deleted_at IS NULL, 'a viewer deletes nothing') FROM dc.projects WHERE id = attack.id('A project');
SELECT attack.holds(deleted_by = attack.id('a1'), 'the deletion names who deleted') FROM dc.projects WHERE id = attack.id('P');
-- The functions behind the trigger and the policy are not to be called otherwise.
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.refused('SELECT rowkit.guard_hard_delete()', '0A000', '39P01', '42501');
SELECT attack.holds(NOT rowkit_internal._is_service_of('dc.projects'), 'an end user is no service');
-- B's connection comes back as it was.
\connect - authenticator
SET ROLE service_role;
SELECT rowkit.restore_deleted('dc.connections', ARRAY[attack.id('B connection')]);
