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
COMMENT ON COLUMN @schema@.message_templates.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.message_templates.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.message_templates.name IS 'The template''s name, as staff read it.';
COMMENT ON COLUMN @schema@.message_templates.description IS 'What the template is for; NULL when nobody wrote it down.';
COMMENT ON COLUMN @schema@.message_templates.type IS 'The channel that the text is written for: email, sms or whatsapp.';
COMMENT ON COLUMN @schema@.message_templates.category IS 'A group that staff sort templates into; free text, NULL for none.';
COMMENT ON COLUMN @schema@.message_templates.subject IS 'The subject of e-mails, with variables as {{name}}; NULL for the other channels.';
COMMENT ON COLUMN @schema@.message_templates.content IS 'The text of the message, with variables as {{name}}.';
COMMENT ON COLUMN @schema@.message_templates.variables IS
'What subject and content name, in order. Filled when left out or empty, and when the text changes; given otherwise, it must be that (23514).';
COMMENT ON COLUMN @schema@.message_templates.is_active IS 'Whether staff may still choose it.';
COMMENT ON COLUMN @schema@.message_templates.tags IS 'Labels that the studio gives.';
COMMENT ON COLUMN @schema@.message_templates.usage_count IS 'How many messages were made of it; triggers on messages keep it.';
COMMENT ON COLUMN @schema@.message_templates.last_used_at IS 'When the latest message was made of it; a trigger on messages keeps it. NULL before the first.';
COMMENT ON COLUMN @schema@.message_templates.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.message_templates.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
CREATE INDEX IF NOT EXISTS idx_message_templates_organization_id ON @schema@.message_templates (organization_id);
CREATE INDEX IF NOT EXISTS idx_message_templates_type ON @schema@.message_templates (type);
CREATE INDEX IF NOT EXISTS idx_message_templates_is_active ON @schema@.message_templates (is_active);
CREATE INDEX IF NOT EXISTS idx_message_templates_created_at ON @schema@.message_templates (organization_id, created_at DESC);
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
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (lead_id, organization_id) REFERENCES @schema@.leads (id, organization_id) ON DELETE SET NULL (lead_id),
    FOREIGN KEY (template_id, organization_id) REFERENCES @schema@.message_templates (id, organization_id) ON DELETE SET NULL (template_id)
);
COMMENT ON TABLE @schema@.messages IS 'Messages of all channels, in and out.';
COMMENT ON COLUMN @schema@.messages.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.messages.organization_id IS
'The organization (tenant) that the row belongs to; references organizations. A trigger takes it from the lead when left out.';
COMMENT ON COLUMN @schema@.messages.channel IS 'email, sms, whatsapp or call.';
COMMENT ON COLUMN @schema@.messages.direction IS 'inbound for what the studio received, outbound for what it sent.';
COMMENT ON COLUMN @schema@.messages.from_address IS 'The sender: an e-mail address or a telephone number.';
COMMENT ON COLUMN @schema@.messages.to_address IS 'The receiver: an e-mail address or a telephone number.';
COMMENT ON COLUMN @schema@.messages.lead_id IS 'The lead who wrote or was written to: references leads of the same organization. NULL for nobody known.';
COMMENT ON COLUMN @schema@.messages.template_id IS 'The template that it was made of: references message_templates, which counts these. NULL for none.';
COMMENT ON COLUMN @schema@.messages.subject IS 'The subject of an e-mail; NULL for the other channels.';
COMMENT ON COLUMN @schema@.messages.body IS 'The text as plain text; of a call, notes about it.';
COMMENT ON COLUMN @schema@.messages.html_body IS 'The text as HTML; NULL when there is plain text only.';
COMMENT ON COLUMN @schema@.messages.attachments IS 'The attached files, a JSON array of the application.';
COMMENT ON COLUMN @schema@.messages.status IS 'How far the message is, such as pending, sent or failed; the application writes it.';
COMMENT ON COLUMN @schema@.messages.sent_at IS 'When it was sent; NULL until then.';
COMMENT ON COLUMN @schema@.messages.delivered_at IS 'When the provider said that it arrived; NULL until then.';
COMMENT ON COLUMN @schema@.messages.read_at IS 'When the receiver read it; NULL until then, and where nobody tells.';
COMMENT ON COLUMN @schema@.messages.failed_at IS 'When sending it failed; NULL when it did not.';
COMMENT ON COLUMN @schema@.messages.error_message IS 'Why sending it failed, as the provider says; NULL when it did not.';
COMMENT ON COLUMN @schema@.messages.external_id IS 'The message''s id at the provider that carried it, such as Twilio''s SID. NULL for none.';
COMMENT ON COLUMN @schema@.messages.metadata IS 'Free-form data of the application; rowkit does not read it.';
COMMENT ON COLUMN @schema@.messages.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.messages.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.messages.search_vector IS 'What search_studio() looks in; kept by a trigger.';
CREATE INDEX IF NOT EXISTS idx_messages_organization_id ON @schema@.messages (organization_id);
CREATE INDEX IF NOT EXISTS idx_messages_lead_id ON @schema@.messages (lead_id);
CREATE INDEX IF NOT EXISTS idx_messages_channel ON @schema@.messages (channel);
CREATE INDEX IF NOT EXISTS idx_messages_direction ON @schema@.messages (direction);
CREATE INDEX IF NOT EXISTS idx_messages_created_at ON @schema@.messages (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_external_id ON @schema@.messages (external_id);
CREATE INDEX IF NOT EXISTS idx_messages_org_lead_created ON @schema@.messages (organization_id, lead_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_messages_metadata ON @schema@.messages USING gin (metadata jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_messages_search ON @schema@.messages USING gin (rowkit.search_scope(organization_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_messages_search IS 'Full-text search by the leakproof operator @~ within an organization, under row security, too.';
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
CREATE OR REPLACE TRIGGER messages_search_vector BEFORE INSERT OR UPDATE ON @schema@.messages
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'subject:A', 'from_address:B', 'to_address:B', 'body:C');
CREATE OR REPLACE TRIGGER update_messages_updated_at BEFORE UPDATE ON @schema@.messages
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();

SELECT FROM rowkit.enable_usage_counter(
    $rowkit$@schema@.messages$rowkit$, $rowkit$@schema@.message_templates$rowkit$, 'usage_count', foreign_key_column => 'template_id', limit_column => '');
CREATE OR REPLACE TRIGGER z_last_used_at AFTER INSERT ON @schema@.messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.keep_latest('message_templates', 'last_used_at', 'template_id', 'created_at');
CREATE OR REPLACE TRIGGER z_last_used_at_guard BEFORE UPDATE ON @schema@.message_templates
    FOR EACH ROW WHEN (NEW.last_used_at IS DISTINCT FROM OLD.last_used_at AND row_security_active($rowkit$@schema@.message_templates$rowkit$::regclass))
    EXECUTE FUNCTION rowkit.guard_usage_counter('last_used_at');

CREATE OR REPLACE FUNCTION @schema@.render_template(template_id uuid, variables jsonb DEFAULT '{}')
    RETURNS TABLE(subject text, content text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.render_text(template.subject, render_template.variables), rowkit.render_text(template.content, render_template.variables)
        FROM @schema@.message_templates AS template WHERE template.id = render_template.template_id;
    END;
COMMENT ON FUNCTION @schema@.render_template(uuid, jsonb) IS
'Returns a template''s subject and content with the values of its variables.
No row without the template. 22023 for variables without a value. '
'Escape values for HTML first. STABLE. '
'template_id is the template. variables are the values, {variable: value}.';

CREATE OR REPLACE FUNCTION @schema@.search_studio(query text, max_rows integer DEFAULT 20, organization_id uuid DEFAULT @schema@.get_user_organization_id())
    RETURNS TABLE(kind text, record_id uuid, name text, address text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            (SELECT 'lead' AS kind, found.id, found.name, found.email AS address, found.phone AS also, found.notes FROM @schema@.leads AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
            UNION ALL
            (SELECT 'client' AS kind, found.id, found.name, found.email, found.phone, found.notes FROM @schema@.clients AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
            UNION ALL
            (SELECT 'message' AS kind, found.id, coalesce(found.subject, left(found.body, 100)), CASE found.direction WHEN 'inbound' THEN found.from_address ELSE found.to_address END,
                NULL AS also, found.body FROM @schema@.messages AS found
            WHERE found.organization_id = search_studio.organization_id AND rowkit.search_scope(found.organization_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_studio.query, scope => search_studio.organization_id) LIMIT 500)
        ), ranked AS MATERIALIZED (
            SELECT candidate.kind, candidate.id, candidate.name, candidate.address,
                rowkit_internal._match_level(search_studio.query, ARRAY[candidate.name, candidate.address, candidate.also, candidate.notes], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.kind, ranked.id, ranked.name, ranked.address, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_studio.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.kind, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_studio(text, integer, uuid) IS
'Finds leads, clients and messages of a studio by their words, the best first.
Returns what a query finds among the leads, clients and messages of an organization, by default that of whoever is asking, the best first: kind is lead, client or message, name the person or the subject, address the e-mail address or '
'telephone number; match_level is as rank of rowkit.search_records, 0 the best. At most 500 of each kind are looked at. With the caller''s rights and row security. STABLE. '
'Example: SELECT kind, name FROM search_studio(''gwen''). '
'max_rows is how many rows are returned at most. organization_id is that organization. record_id is the id of what was found.';
