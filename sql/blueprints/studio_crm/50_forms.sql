-- Forms, whose fields are columns as in tables.schema, and what people filled in. Amounts of money are fields of type currency: whole
-- numbers of the smallest unit.

CREATE TABLE IF NOT EXISTS @schema@.forms (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    type text DEFAULT 'embed' CHECK (type IN ('embed', 'popup', 'standalone', 'facebook')),
    fields jsonb NOT NULL DEFAULT '[]',
    settings jsonb DEFAULT '{"submitButton": "Submit", "successMessage": "Thank you for your submission!", "redirectUrl": null}',
    styles jsonb DEFAULT '{}',
    is_active boolean DEFAULT true,
    external_id text,
    external_data jsonb,
    submission_count integer NOT NULL DEFAULT 0,
    last_submission_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.forms IS 'Forms that visitors fill in.';
COMMENT ON COLUMN @schema@.forms.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.forms.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.forms.name IS 'The form''s name, as staff read it.';
COMMENT ON COLUMN @schema@.forms.description IS 'What the form is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.forms.type IS 'Where the form is shown: embed, popup, standalone or facebook.';
COMMENT ON COLUMN @schema@.forms.fields IS
'[{"name", "label", "type", "required", "options", …}]: the columns of tables.schema, of rowkit''s field types. Other keys are refused in submissions.';
COMMENT ON COLUMN @schema@.forms.settings IS 'How the page behaves: {"submitButton", "successMessage", "redirectUrl"}, read by the application.';
COMMENT ON COLUMN @schema@.forms.styles IS 'How the page looks, a JSON object of the application.';
COMMENT ON COLUMN @schema@.forms.is_active IS 'Whether the form takes submissions; a closed one refuses them with 55000.';
COMMENT ON COLUMN @schema@.forms.external_id IS 'The form''s id at Facebook; NULL for a form of the studio''s own.';
COMMENT ON COLUMN @schema@.forms.external_data IS 'What Facebook says about the form, as JSON; NULL for a form of the studio''s own.';
COMMENT ON COLUMN @schema@.forms.submission_count IS 'How many submissions there are; triggers on form_submissions keep it.';
COMMENT ON COLUMN @schema@.forms.last_submission_at IS 'When the latest submission came; a trigger on form_submissions keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.forms.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.forms.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_forms_organization_id ON @schema@.forms (organization_id);
CREATE INDEX IF NOT EXISTS idx_forms_is_active ON @schema@.forms (is_active);
CREATE INDEX IF NOT EXISTS idx_forms_created_at ON @schema@.forms (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_forms_external_id ON @schema@.forms (external_id);

CREATE TABLE IF NOT EXISTS @schema@.form_submissions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    form_id uuid NOT NULL,
    lead_id uuid,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (form_id, organization_id) REFERENCES @schema@.forms (id, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (lead_id, organization_id) REFERENCES @schema@.leads (id, organization_id) ON DELETE SET NULL (lead_id)
);
COMMENT ON TABLE @schema@.form_submissions IS 'What visitors filled in; each is valid by the fields that the form had then.';
COMMENT ON COLUMN @schema@.form_submissions.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.form_submissions.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the form when left out.';
COMMENT ON COLUMN @schema@.form_submissions.form_id IS 'The form that was filled in: references forms of the same organization.';
COMMENT ON COLUMN @schema@.form_submissions.lead_id IS
'The lead that was made of it: references leads of the same organization. NULL when none was, and after the lead is deleted.';
COMMENT ON COLUMN @schema@.form_submissions.data IS 'What the visitor filled in: {field name: value}. A trigger validates it against forms.fields.';
COMMENT ON COLUMN @schema@.form_submissions.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.form_submissions.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_form_submissions_organization_id ON @schema@.form_submissions (organization_id);
CREATE INDEX IF NOT EXISTS idx_form_submissions_form_id ON @schema@.form_submissions (organization_id, form_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_form_submissions_created_at ON @schema@.form_submissions (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_form_submissions_data ON @schema@.form_submissions USING gin (data jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_form_submissions_lead_id ON @schema@.form_submissions (organization_id, lead_id) WHERE lead_id IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.forms$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.form_submissions$rowkit$);

-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.enforce_form_fields() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
BEGIN
    PERFORM rowkit_internal._check_form_submission(NEW.fields, '{}');
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.enforce_form_fields() IS 'Trigger on forms: refuses fields that are no columns of rowkit''s types, with 22023.';
CREATE OR REPLACE TRIGGER enforce_form_fields BEFORE INSERT OR UPDATE OF fields ON @schema@.forms
    FOR EACH ROW EXECUTE FUNCTION @schema@.enforce_form_fields();

-- PL/pgSQL: as above, and it raises. Its schema is known by the trigger only, so that it can be renamed. The owner's rights: whoever fills a form in need not be allowed to read it.
CREATE OR REPLACE FUNCTION @schema@.enforce_form_submission() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    problems jsonb;
    is_open boolean;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'forms');
    -- Of the row's own organization alone: what this raises must not tell of another one's form.
    EXECUTE format(
        'SELECT form.is_active, rowkit_internal._check_form_submission(form.fields, $2) FROM %1$I.forms AS form '
        'WHERE form.organization_id OPERATOR(pg_catalog.=) $3 AND form.id OPERATOR(pg_catalog.=) $1', TG_TABLE_SCHEMA)
    INTO is_open, problems USING NEW.form_id, NEW.data, NEW.organization_id;
    -- A form that is not there is the foreign key's to refuse.
    IF (TG_OP = 'INSERT' OR NEW.form_id OPERATOR(pg_catalog.<>) OLD.form_id) AND NOT is_open THEN
        RAISE EXCEPTION 'the form is closed' USING ERRCODE = rowkit_internal._error_sqlstate('conflict'), HINT = 'Set is_active of the form.';
    ELSIF problems <> '[]' THEN
        RAISE EXCEPTION '%', (SELECT string_agg(problem ->> 'message', '; ') FROM jsonb_path_query(problems, '$[0 to 2]') AS problem) USING
            ERRCODE = '23514', DETAIL = problems, HINT = 'DETAIL lists every problem as JSON; validate_form_submission() tells them without an error.';
    END IF;
    RETURN NEW;
END
$trigger$;
REVOKE EXECUTE ON FUNCTION @schema@.enforce_form_submission() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.enforce_form_submission() IS
'Trigger on form_submissions: refuses what the form''s fields refuse (23514, DETAIL as rowkit.validate_record), and new ones of a closed form, or ones that are moved to it (55000).';
-- After form_submissions_a_tenant: triggers of one kind fire in the order of their names.
DROP TRIGGER IF EXISTS enforce_form_submission ON @schema@.form_submissions;
CREATE OR REPLACE TRIGGER form_submissions_enforce BEFORE INSERT OR UPDATE OF form_id, data ON @schema@.form_submissions
    FOR EACH ROW EXECUTE FUNCTION @schema@.enforce_form_submission();

CREATE OR REPLACE TRIGGER update_forms_updated_at BEFORE UPDATE ON @schema@.forms
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER form_submissions_a_tenant BEFORE INSERT ON @schema@.form_submissions
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('form_id');
CREATE OR REPLACE TRIGGER update_form_submissions_updated_at BEFORE UPDATE ON @schema@.form_submissions
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.form_submissions$rowkit$, $rowkit$@schema@.forms$rowkit$, 'submission_count', foreign_key_column => 'form_id', limit_column => '');
CREATE OR REPLACE TRIGGER z_last_submission_at AFTER INSERT ON @schema@.form_submissions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('forms', 'last_submission_at', 'form_id', 'created_at');
CREATE OR REPLACE TRIGGER z_last_submission_at_guard BEFORE UPDATE ON @schema@.forms
    FOR EACH ROW WHEN (NEW.last_submission_at IS DISTINCT FROM OLD.last_submission_at AND row_security_active($rowkit$@schema@.forms$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_submission_at');

CREATE OR REPLACE FUNCTION @schema@.validate_form_submission(form_id uuid, data jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._check_form_submission(form.fields, validate_form_submission.data)
        FROM @schema@.forms AS form WHERE form.id = validate_form_submission.form_id;
    END;
COMMENT ON FUNCTION @schema@.validate_form_submission(uuid, jsonb) IS
'Returns the problems of a submission as a JSON array; [] means valid.
What is wrong with a submission, as rowkit.validate_record() tells it; [] is valid, NULL without the form. 22023 when data is no object. STABLE. '
'form_id is the form.';

CREATE OR REPLACE FUNCTION @schema@.submit_form(form_id uuid, data jsonb) RETURNS uuid
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        INSERT INTO @schema@.form_submissions (form_id, data) VALUES (submit_form.form_id, submit_form.data) RETURNING id;
    END;
REVOKE EXECUTE ON FUNCTION @schema@.submit_form(uuid, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION @schema@.submit_form(uuid, jsonb) IS
'Writes a submission of a form down, and returns its id.
23514 with every problem as JSON in DETAIL, 55000 for a closed form, 23503 for none. With the owner''s rights, '
'for visitors: anon, authenticated and service_role where they are; grant EXECUTE to others. VOLATILE. '
'form_id is the form. data is what was filled in, {field name: value}.';
