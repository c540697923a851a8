//! Blueprints: ready schemas as ordinary tables. Rust carries the scripts; sql/install/blueprint.sql runs them.
use crate::error::{Error, Result};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};

struct Blueprint {
    name: &'static str,
    version: i32,
    description: &'static str,
    /// In the order in which they run; each makes what is missing of its objects. Version 2 adds, beside these, the
    /// migrations that bring what version 1 made up to it; install_blueprint knows which version is installed.
    scripts: &'static [&'static str],
}

/// Comes first in every blueprint: what was made is written down there.
const REGISTRY: &str = include_str!("../sql/blueprints/registry.sql");

const BLUEPRINTS: &[Blueprint] = &[
    Blueprint {
        name: "custom_tables",
        version: 1,
        description: "Tables that each organization defines for itself, with records validated against tables.schema",
        scripts: &[
            include_str!("../sql/blueprints/custom_tables/10_organizations.sql"),
            include_str!("../sql/blueprints/custom_tables/20_tables.sql"),
            include_str!("../sql/blueprints/custom_tables/30_records.sql"),
            include_str!("../sql/blueprints/custom_tables/40_statistics.sql"),
            include_str!("../sql/blueprints/custom_tables/45_audit.sql"),
            include_str!("../sql/blueprints/custom_tables/50_isolation.sql"),
        ],
    },
    Blueprint {
        name: "lead_intelligence",
        version: 1,
        description: "Workspaces with queries that find leads, topics and trends, credits, exports and billing",
        scripts: &[
            include_str!("../sql/blueprints/lead_intelligence/10_workspaces.sql"),
            include_str!("../sql/blueprints/lead_intelligence/20_topics.sql"),
            include_str!("../sql/blueprints/lead_intelligence/30_queries.sql"),
            include_str!("../sql/blueprints/lead_intelligence/40_leads.sql"),
            include_str!("../sql/blueprints/lead_intelligence/50_credits.sql"),
            include_str!("../sql/blueprints/lead_intelligence/60_people.sql"),
            include_str!("../sql/blueprints/lead_intelligence/70_billing.sql"),
            include_str!("../sql/blueprints/lead_intelligence/75_audit.sql"),
            include_str!("../sql/blueprints/lead_intelligence/80_isolation.sql"),
        ],
    },
    Blueprint {
        name: "studio_crm",
        version: 1,
        description: "A studio's clients and leads, invitations, workflows, forms, messages and their templates",
        scripts: &[
            include_str!("../sql/blueprints/studio_crm/10_organizations.sql"),
            include_str!("../sql/blueprints/studio_crm/20_clients.sql"),
            include_str!("../sql/blueprints/studio_crm/30_leads.sql"),
            include_str!("../sql/blueprints/studio_crm/40_workflows.sql"),
            include_str!("../sql/blueprints/studio_crm/50_forms.sql"),
            include_str!("../sql/blueprints/studio_crm/60_messages.sql"),
            include_str!("../sql/blueprints/studio_crm/65_audit.sql"),
            include_str!("../sql/blueprints/studio_crm/70_isolation.sql"),
        ],
    },
    Blueprint {
        name: "customer_accounts",
        version: 1,
        description: "Customers and their contacts, with one primary contact each, export and selective restore",
        scripts: &[
            include_str!("../sql/blueprints/customer_accounts/10_accounts.sql"),
            include_str!("../sql/blueprints/customer_accounts/20_contacts.sql"),
            include_str!("../sql/blueprints/customer_accounts/30_functions.sql"),
            include_str!("../sql/blueprints/customer_accounts/35_audit.sql"),
            include_str!("../sql/blueprints/customer_accounts/37_import.sql"),
            include_str!("../sql/blueprints/customer_accounts/40_isolation.sql"),
        ],
    },
    Blueprint {
        name: "data_catalog",
        version: 1,
        description: "A data catalog for many accounts: projects, connections, datasets, lineage, diagrams, subscriptions and their limits",
        scripts: &[
            include_str!("../sql/blueprints/data_catalog/10_accounts.sql"),
            include_str!("../sql/blueprints/data_catalog/20_projects.sql"),
            include_str!("../sql/blueprints/data_catalog/30_connections.sql"),
            include_str!("../sql/blueprints/data_catalog/40_diagrams.sql"),
            include_str!("../sql/blueprints/data_catalog/50_billing.sql"),
            include_str!("../sql/blueprints/data_catalog/60_access.sql"),
            include_str!("../sql/blueprints/data_catalog/70_templates.sql"),
            include_str!("../sql/blueprints/data_catalog/80_lifecycle.sql"),
            include_str!("../sql/blueprints/data_catalog/90_functions.sql"),
            include_str!("../sql/blueprints/data_catalog/95_monitoring.sql"),
            include_str!("../sql/blueprints/data_catalog/96_audit.sql"),
            include_str!("../sql/blueprints/data_catalog/97_isolation.sql"),
        ],
    },
];

/// Stands in the scripts for the schema's quoted name.
const SCHEMA: &str = "@schema@";

#[pg_extern(sql = false)]
fn blueprints()
-> TableIterator<'static, (name!(name, &'static str), name!(version, i32), name!(description, &'static str))> {
    TableIterator::new(BLUEPRINTS.iter().map(|blueprint| (blueprint.name, blueprint.version, blueprint.description)))
}

#[pg_extern(sql = false)]
fn blueprint_scripts(blueprint: &str, quoted_schema: &str) -> Result<Vec<String>, ErrorReport> {
    Ok(scripts(blueprint, quoted_schema)?)
}

fn scripts(name: &str, quoted_schema: &str) -> Result<Vec<String>> {
    let blueprint = BLUEPRINTS.iter().find(|blueprint| blueprint.name == name).ok_or_else(|| {
        let names: Vec<&str> = BLUEPRINTS.iter().map(|blueprint| blueprint.name).collect();
        Error::invalid_parameter(format!("there is no blueprint \"{name}\""))
            .hint(format!("Blueprints: {}.", names.join(", ")))
    })?;
    Ok(std::iter::once(&REGISTRY)
        .chain(blueprint.scripts)
        .map(|script| script.replace(SCHEMA, quoted_schema))
        .collect())
}
