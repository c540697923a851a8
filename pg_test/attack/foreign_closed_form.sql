\if :is_15
-- A submission of A's is moved to a form of B's that is closed: validation reads the form as its owner and its error shows B's fields.
\connect - rowkit
INSERT INTO sc.form_submissions (id, form_id, data) VALUES (attack.id('A submission'), attack.id('A form'), '{}');
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.refused_alike(command, ARRAY[attack.id('B form')::text, attack.id('no form')::text], '42501', '23503')
FROM unnest(ARRAY[
    format('UPDATE sc.form_submissions SET form_id = ''%%s'', data = ''{"topic": "?"}'' WHERE id = %L', attack.id('A submission')),
    format('INSERT INTO sc.form_submissions (organization_id, form_id, data) VALUES (%L, ''%%s'', ''{"topic": "?"}'')', attack.id('A')),
    'INSERT INTO sc.form_submissions (form_id, data) VALUES (''%s'', ''{"topic": "?"}'')']) AS command;
SELECT attack.shows_nothing(format('SELECT sc.validate_form_submission(%L, ''{"topic": "?"}'')', attack.id('B form')), '42501', '42704');
-- A closed form tells visitors that it is closed, and nothing of itself.
\connect - rowkit
INSERT INTO sc.forms (id, organization_id, name, is_active, fields) SELECT attack.id('B closed'), organization_id, name, false, fields FROM sc.forms WHERE id = attack.id('B form');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.refused(format('SELECT sc.submit_form(%L, ''{"topic": "?"}'')', attack.id('B closed')), '55000', '23503', '42501');
SELECT attack.sign_in('a3');
SELECT attack.refused(format('UPDATE sc.form_submissions SET form_id = %L, data = ''{"topic": "?"}'' WHERE id = %L', attack.id('B closed'), attack.id('A submission')), '42501', '23503');
\connect - rowkit
DELETE FROM sc.forms WHERE id = attack.id('B closed');
-- The same where a workflow, a client or a lead of B's is named.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.refused_alike(format('INSERT INTO sc.messages (organization_id, client_id, type, content) VALUES (%L, ''%%s'', ''email'', ''x'')', attack.id('A')), ARRAY[attack.id('B client')::text, attack.id('no client')::text], '42501', '23503', '42703', '23502', '23514');
\endif
