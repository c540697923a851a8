-- Leads: who may become a client.

CREATE TABLE IF NOT EXISTS @schema@.leads (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES @schema@.organizations (id) ON DELETE CASCADE,
    first_name text,
    last_name text,
    name text GENERATED ALWAYS AS (coalesce(first_name || ' ' || last_name, first_name, last_name, 'Unknown')) STORED,
    email text,
    phone text,
    source text DEFAULT 'manual',
    source_details jsonb DEFAULT '{}',
    utm_source text,
    utm_medium text,
    utm_campaign text,
    status text DEFAULT 'new' CHECK (status IN ('new', 'contacted', 'qualified', 'converted', 'lost')),
    tags text[] DEFAULT '{}',
    lead_score integer DEFAULT 0,
    ai_score double precision,
    assigned_to uuid,
    custom_fields jsonb DEFAULT '{}',
    notes text,
    last_contacted_at timestamptz,
    converted_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    search_vector tsvector,
    UNIQUE (organization_id, id),
    FOREIGN KEY (assigned_to, organization_id) REFERENCES @schema@.auth_users (id, organization_id)
);
COMMENT ON TABLE @schema@.leads IS 'Who may become a client.';
COMMENT ON COLUMN @schema@.leads.id IS 'Primary key: a version 7 UUID, made by the default when left out.';
COMMENT ON COLUMN @schema@.leads.organization_id IS 'The organization (tenant) that the row belongs to; references organizations.';
COMMENT ON COLUMN @schema@.leads.first_name IS 'The lead''s first name; NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.last_name IS 'The lead''s last name; NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.name IS 'The full name, generated from first_name and last_name; Unknown when both are NULL.';
COMMENT ON COLUMN @schema@.leads.email IS 'The lead''s e-mail address; NULL when unknown. Several leads may share one.';
COMMENT ON COLUMN @schema@.leads.phone IS 'The telephone number as it was typed; search finds it by its digits. NULL when unknown.';
COMMENT ON COLUMN @schema@.leads.source IS 'Where the lead came from, such as manual or website; free text of the studio.';
COMMENT ON COLUMN @schema@.leads.source_details IS 'More about the source, a JSON object of the application.';
COMMENT ON COLUMN @schema@.leads.utm_source IS 'The utm_source of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.utm_medium IS 'The utm_medium of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.utm_campaign IS 'The utm_campaign of the link that brought the lead; NULL without one.';
COMMENT ON COLUMN @schema@.leads.status IS 'new, contacted, qualified, converted or lost.';
COMMENT ON COLUMN @schema@.leads.tags IS 'Labels that the studio gives; search reads them.';
COMMENT ON COLUMN @schema@.leads.lead_score IS 'How promising the lead is, in points; the application computes it. 0 by default.';
COMMENT ON COLUMN @schema@.leads.ai_score IS 'How promising a model thinks the lead is; the application writes it. NULL until it was computed.';
COMMENT ON COLUMN @schema@.leads.assigned_to IS 'The staff member who takes care of the lead: references auth_users of the same organization. NULL for nobody.';
COMMENT ON COLUMN @schema@.leads.custom_fields IS 'Fields that the studio defines, a JSON object; search reads its values.';
COMMENT ON COLUMN @schema@.leads.notes IS 'What the staff noted about the lead; search reads it.';
COMMENT ON COLUMN @schema@.leads.last_contacted_at IS 'When somebody last got in touch with the lead; the application writes it. NULL for never.';
COMMENT ON COLUMN @schema@.leads.converted_at IS 'When the lead became a client; the application writes it. NULL until then.';
COMMENT ON COLUMN @schema@.leads.created_at IS 'When the row was inserted; now() by default.';
COMMENT ON COLUMN @schema@.leads.updated_at IS 'When the row was last changed; set by a trigger on every UPDATE.';
COMMENT ON COLUMN @schema@.leads.search_vector IS 'What search_studio() looks in; kept by a trigger.';
CREATE INDEX IF NOT EXISTS idx_leads_organization_id ON @schema@.leads (organization_id);
CREATE INDEX IF NOT EXISTS idx_leads_email ON @schema@.leads (email);
CREATE INDEX IF NOT EXISTS idx_leads_phone ON @schema@.leads (phone);
CREATE INDEX IF NOT EXISTS idx_leads_status ON @schema@.leads (status);
CREATE INDEX IF NOT EXISTS idx_leads_source ON @schema@.leads (source);
CREATE INDEX IF NOT EXISTS idx_leads_created_at ON @schema@.leads (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_tags ON @schema@.leads USING gin (tags);
CREATE INDEX IF NOT EXISTS idx_leads_org_status_created ON @schema@.leads (organization_id, status, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_leads_assigned_to ON @schema@.leads (organization_id, assigned_to);
CREATE INDEX IF NOT EXISTS idx_leads_custom_fields ON @schema@.leads USING gin (custom_fields);
CREATE INDEX IF NOT EXISTS idx_leads_source_details ON @schema@.leads USING gin (source_details jsonb_path_ops);
CREATE INDEX IF NOT EXISTS idx_leads_search ON @schema@.leads USING gin (rowkit.search_scope(organization_id, search_vector) rowkit.search_ops);
COMMENT ON INDEX @schema@.idx_leads_search IS 'Full-text search by the leakproof operator @~ within an organization, under row security, too.';

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.leads$rowkit$);
CREATE OR REPLACE TRIGGER leads_search_vector BEFORE INSERT OR UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'first_name:A', 'last_name:A', 'email:B', 'phone:B:phone', 'tags:B', 'custom_fields:C', 'notes:D');
CREATE OR REPLACE TRIGGER update_leads_updated_at BEFORE UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
