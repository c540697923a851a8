-- Who deleted a row is evidence: nobody writes it, or rewrites it afterwards, but the one who deletes.
\connect - authenticator
SELECT attack.sign_in('a2');
INSERT INTO dc.projects (id, account_id, name) VALUES (attack.id('P'), attack.id('A'), 'P'), (attack.id('Q'), attack.id('A'), 'Q');
SELECT rowkit.soft_delete('dc.projects', attack.id('P'));
SELECT attack.holds(deleted_by = attack.id('a2'), 'a2 deleted it') FROM dc.projects WHERE id = attack.id('P');
SELECT attack.refused(format('UPDATE dc.projects SET %s WHERE id = %L', change, attack.id('P')), '42501', '55000', '23514', '23503')
FROM unnest(ARRAY['deleted_by = attack.id(''a1'')', 'deleted_by = NULL', 'deletion_id = gen_random_uuid()', 'deleted_at = ''2001-01-01''']) AS change;
SELECT attack.refused('SELECT rowkit.soft_delete(''dc.projects'', attack.id(''Q''), deleted_by => attack.id(''a1''))', '42501');
DO $$
BEGIN
    UPDATE dc.projects SET deleted_at = now(), deleted_by = attack.id('a1') WHERE id = attack.id('Q');
    PERFORM attack.holds((SELECT deleted_by IS NOT DISTINCT FROM attack.id('a2') FROM dc.projects WHERE id = attack.id('Q')), 'a delete by hand is the caller''s');
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state OR check_violation THEN NULL;
END
$$;
-- The book of deletions is nobody's of the API.
SELECT attack.refused('UPDATE dc.deletions SET deleted_by = attack.id(''a1'')', '42501'), attack.refused('DELETE FROM dc.deletions', '42501'), attack.refused('INSERT INTO dc.deletions (id) VALUES (gen_random_uuid())', '42501'), attack.refused('SELECT * FROM dc.deletions', '42501');
-- created_by and the audit's user, too.
SELECT attack.sign_in('a3');
DO $$
DECLARE
    maker uuid;
BEGIN
    INSERT INTO ct.records (table_id, name, data, created_by) VALUES (attack.id('A table'), 'x', '{"salary": 1500}', attack.id('a1')) RETURNING created_by INTO maker;
    PERFORM attack.holds(maker = attack.id('a3'), 'created_by is who asks');
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;
\connect - rowkit
SELECT attack.holds(count(*) = 0, 'the log names nobody who did nothing') FROM ct.audit_logs WHERE user_id = attack.id('a1');
