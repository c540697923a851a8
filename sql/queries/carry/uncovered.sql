-- Settings of redact of the audit of records ($1) that cover a key of data under its old name ($2), and what would cover it under the new one ($3) and is not
-- set. A setting goes on into the value: data.key.key.
WITH audit AS (
    SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) AS settings
    FROM pg_catalog.pg_trigger AS trigger
    WHERE trigger.tgrelid OPERATOR(pg_catalog.=) $1 AND trigger.tgfoid OPERATOR(pg_catalog.=) 'rowkit.log_audit_trail()'::pg_catalog.regprocedure
), needed AS (
    SELECT audit.settings, pg_catalog.substr(setting.text, 8) AS covered,
        'data.' OPERATOR(pg_catalog.||) renamed.new_name
            OPERATOR(pg_catalog.||) pg_catalog.substr(setting.text, 13 OPERATOR(pg_catalog.+) pg_catalog.length(renamed.old_name)) AS needed
    FROM audit
    CROSS JOIN LATERAL pg_catalog.unnest(audit.settings) AS setting(text)
    JOIN ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS renamed(old_name, new_name)
        ON pg_catalog.starts_with(
            setting.text OPERATOR(pg_catalog.||) '.', 'redact=data.' OPERATOR(pg_catalog.||) renamed.old_name OPERATOR(pg_catalog.||) '.')
)
SELECT needed.covered, needed.needed
FROM needed
WHERE NOT EXISTS (
    SELECT
    FROM pg_catalog.unnest(needed.settings) AS given(text)
    WHERE pg_catalog.starts_with('redact=' OPERATOR(pg_catalog.||) needed.needed OPERATOR(pg_catalog.||) '.', given.text OPERATOR(pg_catalog.||) '.'))
ORDER BY needed.covered, needed.needed
LIMIT 1
