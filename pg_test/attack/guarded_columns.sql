-- An owner of a tenant writes what only the service may: limits and plans. A member names people of other tenants. The last owner leaves.
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.refused(command, '42501') FROM unnest(ARRAY[
    'UPDATE dc.accounts SET max_users = 1000000',
    'UPDATE dc.accounts SET name = ''A'', max_projects = NULL',
    'UPDATE ct.organizations SET max_tables = 1000000'
]) AS command;
SELECT attack.refused(format('UPDATE dc.projects SET owner_id = %L WHERE id = %L', attack.id(named), attack.id('A project')), '23503') FROM unnest('{b3,nobody}'::text[]) AS named;
SELECT attack.refused(command, '55000') FROM unnest(ARRAY[
    format('DELETE FROM ct.user_organizations WHERE user_id = %L', attack.id('a1')),
    format('UPDATE ct.user_organizations SET role = ''viewer'' WHERE user_id = %L', attack.id('a1')),
    format('DELETE FROM dc.account_users WHERE user_id = %L', attack.id('a1'))
]) AS command;
\connect - rowkit
SELECT attack.holds(count(*) = 1, 'the owner stays') FROM ct.user_organizations WHERE user_id = attack.id('a1') AND role = 'owner';
SELECT attack.holds(max_users = 10 AND max_projects = 5, 'the limits stay') FROM dc.accounts WHERE id = attack.id('A');
-- A row is marked as deleted, or is not any more, by a soft delete alone: with marks of one's own a row comes back past what a restore asks.
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.refused(format('UPDATE dc.projects SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = %L', attack.id('A project')), '55000');
SELECT attack.holds(rowkit.soft_delete('dc.projects', attack.id('A project')), 'the project is deleted');
\connect - authenticator
SET ROLE service_role;
SELECT attack.refused(format('UPDATE dc.projects SET deleted_at = NULL, deletion_id = NULL WHERE id = %L', attack.id('A project')), '55000');
\connect - rowkit
SELECT attack.holds(deleted_at IS NOT NULL, 'the project stays deleted') FROM dc.projects WHERE id = attack.id('A project');
