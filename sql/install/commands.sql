-- What functions that make or change objects answer: one row for each command, with the object that it is about.

CREATE FUNCTION rowkit_internal._command_object(command text, OUT kind text, OUT identity text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
    AS $$
-- PL/pgSQL: it keeps the plan, which takes longer to make than to run.
BEGIN
    SELECT shape.kind, format(shape.identity, part.names[1], part.names[2]) INTO kind, identity
    FROM (VALUES
        (1, 'schema', '%1$s', '^(?:CREATE|ALTER|DROP) SCHEMA (?:IF (?:NOT )?EXISTS )?({name})'),
        (2, 'view', '%1$s', '^(?:CREATE|CREATE OR REPLACE|ALTER|DROP) VIEW ({names})'),
        (3, 'column', '%1$s.%2$s', '^ALTER TABLE ({names}) (?:ADD|ALTER|DROP|RENAME) COLUMN ({name})'),
        (4, 'constraint', '%2$s on %1$s', '^ALTER TABLE ({names}) (?:ADD|DROP|VALIDATE|RENAME) CONSTRAINT ({name})'),
        (5, 'table', '%1$s', '^ALTER TABLE {names} (?:ATTACH|DETACH) PARTITION ({names})'),
        (6, 'table', '%1$s', '^(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?({names})'),
        (7, 'index', '%1$s on %2$s', '^CREATE (?:UNIQUE )?INDEX ({name}) ON (?:ONLY )?({names})'),
        (8, 'index', 'on %1$s', '^CREATE (?:UNIQUE )?INDEX ON (?:ONLY )?({names})'),
        (9, 'index', '%1$s', '^DROP INDEX ({names})'),
        (10, 'trigger', '%1$s on %2$s', '^(?:CREATE|CREATE OR REPLACE|DROP) (?:CONSTRAINT )?TRIGGER ({name}) (?:{name},? )*ON ({names})'),
        (11, 'policy', '%1$s on %2$s', '^(?:CREATE|ALTER|DROP) POLICY ({name}) ON ({names})'),
        (12, 'function', '%1$s', '^(?:CREATE|CREATE OR REPLACE|ALTER|DROP) (?:FUNCTION|PROCEDURE|ROUTINE) ({names})'),
        (13, 'comment', '%1$s on %2$s', '^COMMENT ON [A-Z ]+ ({names}) ON ({names}) IS '),
        (14, 'comment', '%1$s', '^COMMENT ON [A-Z ]+ ({names}(?:\([^)]*\))?) IS '),
        (15, 'grant', '%1$s', '^GRANT .* ON (.*)$'),
        (16, 'revoke', '%1$s', '^REVOKE .* ON (.*)$'),
        -- What the internal functions do whose names begin so.
        (17, 'comment', '%1$s', '^SELECT rowkit_internal\._(?:comment_\w+|seal_policies)\(E?''((?:[^'']|'''')*)'''),
        (18, 'comment', '%2$s', '^SELECT rowkit_internal\._copy_column_comments\(E?''((?:[^'']|'''')*)'', E?''((?:[^'']|'''')*)'''),
        (19, 'revoke', '%1$s', '^SELECT rowkit_internal\._(?:close|seal|hide|revoke)_\w+\(E?''((?:[^'']|'''')*)'''),
        (20, 'grant', '%1$s', '^SELECT rowkit_internal\._open_\w+\(E?''((?:[^'']|'''')*)'''),
        (21, 'function', '%1$s', '^(?:SELECT|SELECT \* FROM|CALL) ({names})\('),
        (22, 'rows', '%1$s', '(?:INSERT INTO|UPDATE|DELETE FROM) ({names})')
    ) AS shape(place, kind, identity, pattern)
    CROSS JOIN LATERAL regexp_match(command, replace(replace(shape.pattern, '{names}', '{name}(?:\.{name})*'), '{name}', '(?:"(?:[^"]|"")*"|[^][\s"''.,;()]+)'))
        AS part(names)
    WHERE part.names IS NOT NULL
    ORDER BY shape.place
    LIMIT 1;
    IF NOT FOUND THEN
        kind := 'command';
        identity := split_part(command, ' ', 1);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._command_object(text) IS
'Returns what a command of rowkit is about: kind (schema, table, column, index, constraint, trigger, policy, view, function, comment, grant, revoke, rows) and identity, the name as SQL writes it; of a trigger, policy, '
'constraint or index that has a name together with its table, "name on table". IMMUTABLE. Internal.';
