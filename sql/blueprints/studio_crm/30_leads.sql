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
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, assigned_to) REFERENCES @schema@.auth_users (organization_id, id)
);
COMMENT ON TABLE @schema@.leads IS 'Who may become a client.';
COMMENT ON COLUMN @schema@.leads.assigned_to IS 'Staff of the same organization.';
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

SELECT rowkit_internal._ensure_id_default($rowkit$@schema@.leads$rowkit$);
CREATE OR REPLACE TRIGGER update_leads_updated_at BEFORE UPDATE ON @schema@.leads
    FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at_column();
