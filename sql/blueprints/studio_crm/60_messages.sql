-- Message templates, and messages of all channels.

CREATE TABLE IF NOT EXISTS @schema@.message_templates (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    type text NOT NULL CHECK (type IN ('email', 'sms', 'whatsapp')),
    category text,
    subject text,
    content text NOT NULL,
    variables text[] DEFAULT '{}',
    is_active boolean DEFAULT true,
    tags text[] DEFAULT '{}',
    usage_count integer NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id)
);
COMMENT ON TABLE @schema@.message_templates IS 'Texts with variables, {{name}}; render_template() fills them in.';
COMMENT ON COLUMN @schema@.message_templates.subject IS 'Of e-mails.';
COMMENT ON COLUMN @schema@.message_templates.variables IS
'What subject and content name, in order. Filled when left out or empty, and when the text changes; given otherwise, it must be that (23514).';
COMMENT ON COLUMN @schema@.message_templates.usage_count IS 'How many messages were made of it. Kept by triggers on messages, as is last_used_at.';
CREATE INDEX IF NOT EXISTS idx_message_templates_organization_id ON @schema@.message_templates (organization_id);
CREATE INDEX IF NOT EXISTS idx_message_templates_type ON @schema@.message_templates (type);
CREATE INDEX IF NOT EXISTS idx_message_templates_is_active ON @schema@.message_templates (is_active);
CREATE INDEX IF NOT EXISTS idx_message_templates_tags ON @schema@.message_templates USING gin (tags);

CREATE TABLE IF NOT EXISTS @schema@.messages (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'whatsapp', 'call')),
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    from_address text NOT NULL,
    to_address text NOT NULL,
    lead_id uuid,
    template_id uuid,
    subject text,
    body text NOT NULL,
    html_body text,
    attachments jsonb DEFAULT '[]',
    status text DEFAULT 'pending',
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    error_message text,
    external_id text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES @schema@.leads (organization_id, id) ON DELETE SET NULL (lead_id),
    FOREIGN KEY (organization_id, template_id) REFERENCES @schema@.message_templates (organization_id, id) ON DELETE SET NULL (template_id)
);
COMMENT ON TABLE @schema@.messages IS 'Messages of all channels, in and out.';
COMMENT ON COLUMN @schema@.messages.organization_id IS 'Taken from the lead when left out.';
COMMENT ON COLUMN @schema@.messages.template_id IS 'What it was made of; message_templates.usage_count counts these.';
COMMENT ON COLUMN @schema@.messages.external_id IS 'The id at who sent it, such as Twilio''s SID.';
CREATE INDEX IF NOT EXISTS idx_messages_organization_id ON @schema@.messages (organization_id);
CREATE INDEX IF NOT EXISTS idx_messages_lead_id ON @schema@.messages (lead_id);
CREATE INDEX IF NOT EXISTS idx_messages_channel ON @schema@.messages (channel);
CREATE INDEX IF NOT EXISTS idx_messages_direction ON @schema@.messages (direction);
CREATE INDEX IF NOT EXISTS idx_messages_created_at ON @schema@.messages (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_external_id ON @schema@.messages (external_id);
CREATE INDEX IF NOT EXISTS idx_messages_org_lead_created ON @schema@.messages (organization_id, lead_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_template_id ON @schema@.messages (organization_id, template_id) WHERE template_id IS NOT NULL;

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.message_templates$rowkit$);
SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.messages$rowkit$);

-- PL/pgSQL: a trigger function cannot be SQL, and it raises.
CREATE OR REPLACE FUNCTION @schema@.check_template_variables() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    named CONSTANT text[] := rowkit.template_variables(concat_ws(E'\n', NEW.subject, NEW.content));
BEGIN
    IF coalesce(cardinality(NEW.variables), 0) = 0 OR (TG_OP = 'UPDATE' AND NEW.variables IS NOT DISTINCT FROM OLD.variables) THEN
        NEW.variables := named;
    ELSIF NOT (NEW.variables <@ named AND NEW.variables @> named) THEN
        RAISE EXCEPTION 'variables of template "%" are not those of its text', NEW.name USING
            ERRCODE = '23514', DETAIL = format('Its text names %s, variables has %s.', named, NEW.variables), HINT = 'Leave variables out: they are filled in.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.check_template_variables() IS
'Trigger on message_templates: fills variables, or refuses others than the text names (23514). 22023 for a text that cannot be read.';
CREATE OR REPLACE TRIGGER check_template_variables BEFORE INSERT OR UPDATE OF subject, content, variables ON @schema@.message_templates
    FOR EACH ROW EXECUTE FUNCTION @schema@.check_template_variables();

CREATE OR REPLACE TRIGGER update_message_templates_updated_at BEFORE UPDATE ON @schema@.message_templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
CREATE OR REPLACE TRIGGER messages_a_tenant BEFORE INSERT ON @schema@.messages
    FOR EACH ROW WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION rowkit.inherit_tenant('lead_id');
CREATE OR REPLACE TRIGGER update_messages_updated_at BEFORE UPDATE ON @schema@.messages
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.messages$rowkit$, $rowkit$@schema@.message_templates$rowkit$, 'usage_count', foreign_key => 'template_id', limit_column => '');
CREATE OR REPLACE TRIGGER z_last_used_at AFTER INSERT ON @schema@.messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('message_templates', 'last_used_at', 'template_id', 'created_at');
CREATE OR REPLACE TRIGGER z_last_used_at_guard BEFORE UPDATE ON @schema@.message_templates
    FOR EACH ROW WHEN (NEW.last_used_at IS DISTINCT FROM OLD.last_used_at AND row_security_active($rowkit$@schema@.message_templates$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_used_at');

CREATE OR REPLACE FUNCTION @schema@.render_template(id uuid, "values" jsonb DEFAULT '{}')
    RETURNS TABLE(subject text, content text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.render_text(template.subject, render_template."values"), rowkit.render_text(template.content, render_template."values")
        FROM @schema@.message_templates AS template WHERE template.id = render_template.id;
    END;
COMMENT ON FUNCTION @schema@.render_template(uuid, jsonb) IS
'A template''s subject and content with the values of its variables; no row without the template. 22023 for variables without a value. '
'Escape values for HTML first. STABLE.';
