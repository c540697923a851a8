-- Small arguments that ask for a large answer: each placeholder of a template takes a value in. Native memory that is not to be had ends the server, so the
-- limit has to be asked before. What comes out here would be some gigabytes; no error other than 54000 is an answer.
\connect - authenticator
SELECT attack.sign_in(NULL);
SET statement_timeout = '20s';
SELECT attack.refused($$SELECT length(rowkit.render_text(repeat('{{a}}', 1500), jsonb_build_object('a', repeat('x', 1000000))))$$, '54000');
SELECT attack.refused($$SELECT length(rowkit.render_text(repeat('{{a}}', 40000), jsonb_build_object('a', repeat('x', 30000))))$$, '54000');
