-- A member names a private diagram of another member of the same tenant, or one that is not there. The errors must not tell which.
\connect - authenticator
SELECT attack.sign_in('a2');
SET search_path = dc, rowkit;
INSERT INTO dc.diagrams (id, account_id, name, visibility, owner_id) VALUES (attack.id('A private'), attack.id('A'), 'mine', 'private', attack.id('a2'));
SELECT attack.sign_in('a3');
SELECT attack.holds(count(*) = 0, 'a private diagram is its owner''s to see') FROM dc.diagrams WHERE id = attack.id('A private');
SELECT attack.refused_alike(command, ARRAY[attack.id('A private')::text, attack.id('no diagram')::text], '42501', '23503')
FROM unnest(ARRAY[
    format('INSERT INTO dc.diagram_datasets (account_id, diagram_id, dataset_id) VALUES (%L, ''%%s'', %L)', attack.id('A'), attack.id('A dataset')),
    format('INSERT INTO dc.diagram_datasets (diagram_id, dataset_id) VALUES (''%%s'', %L)', attack.id('A dataset')),
    format('INSERT INTO dc.diagram_datasets (account_id, diagram_id, dataset_id) VALUES (%L, ''%%s'', %L)', attack.id('A'), attack.id('no dataset'))
]) AS command;
-- One that the member sees is named as ever, and what is missing is said.
SELECT attack.sign_in('a2');
INSERT INTO dc.diagrams (id, account_id, name, visibility, owner_id) VALUES (attack.id('A shown'), attack.id('A'), 'ours', 'account', attack.id('a2'));
SELECT attack.sign_in('a3');
SELECT attack.refused(format('INSERT INTO dc.diagram_datasets (account_id, diagram_id, dataset_id) VALUES (%L, %L, %L)', attack.id('A'), attack.id('A shown'), attack.id('no dataset')), '23503');
INSERT INTO dc.diagram_datasets (account_id, diagram_id, dataset_id) VALUES (attack.id('A'), attack.id('A shown'), attack.id('A dataset'));
