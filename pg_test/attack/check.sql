-- Runs as the superuser after every attack: what holds whatever the attack was.
\set ON_ERROR_STOP on
SELECT attack.holds(NOT is_called, 'nobody ran an attacker''s code with other rights than the attacker''s') FROM attack.alarm;
SELECT attack.holds(attack.roles() = before.roles, 'the roles are what they were') FROM attack.before;
-- A table that an attack made is none of B's.
SELECT attack.holds(was = ANY (string_to_array(attack.rows_of_b(), ' ')), format('the rows of tenant B are what they were: %s', was))
FROM attack.before, unnest(string_to_array(before.rows_of_b, ' ')) AS was;
SELECT attack.holds(NOT EXISTS (
    SELECT FROM pg_proc WHERE pronamespace = 'plainhome'::regnamespace AND proowner <> 'plain'::regrole
    UNION ALL SELECT FROM pg_class WHERE relnamespace = 'plainhome'::regnamespace AND relowner <> 'plain'::regrole
), 'all in plainhome is plain''s');
