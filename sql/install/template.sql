-- Text with variables: SQL declarations of the functions in src/apps/template.rs.

CREATE FUNCTION rowkit.template_variables(template text) RETURNS text[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'template_variables_wrapper';
COMMENT ON FUNCTION rowkit.template_variables(text) IS
'The variables of a text such as ''Hello {{name}}'', each once, in the order in which they stand there. A name is a letter or _, then letters, digits, _, '
'- and dots. 22023 for {{ without }} and for what is no name. IMMUTABLE. '
'template is the text.';

CREATE FUNCTION rowkit.render_text(template text, variables jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'render_text_wrapper';
COMMENT ON FUNCTION rowkit.render_text(text, jsonb) IS
'Returns the text with the values of its variables: strings as they are (for HTML escape them first), numbers digit for digit, true and false. {{client.name}} is the '
'member "client.name", else name within client. 22023 for variables without a value, all of them as JSON in DETAIL, and for a malformed template; '
'54000 for a text that would take more than rowkit.max_work_mem. IMMUTABLE. '
'template is the text. variables is an object with a member for each variable.';
