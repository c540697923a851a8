//! Blueprints: ready schemas as ordinary tables. Rust carries the scripts; sql/install/blueprint.sql runs them.
use crate::core::check;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode};
use crate::pg::{lock, rights};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::TEXTOID;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{name, pg_extern};
use std::collections::HashSet;

#[cfg(feature = "pg_test")]
mod server_tests;

struct Blueprint {
    name: &'static str,
    /// The oldest PostgreSQL that runs the scripts.
    oldest_server: u32,
    description: &'static str,
    /// In the order in which they run; each makes what is missing of its objects, and replaces what can be replaced.
    scripts: &'static [&'static str],
    /// Migrations for existing tables: the first brings version 1 to version 2. install_blueprint runs those after the installed version, before the scripts.
    migrations: &'static [&'static str],
}

impl Blueprint {
    /// 1, and one more for each migration.
    fn version(&self) -> i32 {
        self.migrations.iter().fold(1, |version, _| version + 1)
    }

    fn filled(&self, script: &str, quoted_schema: &str) -> String {
        script.replace(NAME, self.name).replace(SCHEMA, quoted_schema)
    }
}

/// Comes first in every blueprint: what was made is written down there.
const REGISTRY: &str = include_str!("../../sql/blueprints/registry.sql");

/// Comes before the last script of every blueprint, which grants: takes back what default privileges, or anyone since, gave the API's roles.
const GRANTS: &str = include_str!("../../sql/blueprints/grants.sql");

/// Comes after the last script of every blueprint: all triggers are there.
const DEFAULTS: &str = include_str!("../../sql/blueprints/defaults.sql");

/// Comes last in every blueprint: the functions of all scripts are there.
const ROUTINES: &str = include_str!("../../sql/blueprints/routines.sql");

/// Comes after the functions for applications, where a blueprint has an audit log: `undo_transaction`.
const UNDO: &str = include_str!("../../sql/blueprints/undo.sql");

const BLUEPRINTS: &[Blueprint] = &[
    Blueprint {
        name: "custom_tables",
        oldest_server: 14,
        description: "Tables that each organization defines for itself, with records validated against tables.schema",
        scripts: &[
            include_str!("../../sql/blueprints/custom_tables/10_organizations.sql"),
            include_str!("../../sql/blueprints/custom_tables/20_tables.sql"),
            include_str!("../../sql/blueprints/custom_tables/30_records.sql"),
            include_str!("../../sql/blueprints/custom_tables/35_index.sql"),
            include_str!("../../sql/blueprints/custom_tables/37_views.sql"),
            include_str!("../../sql/blueprints/custom_tables/38_import.sql"),
            include_str!("../../sql/blueprints/custom_tables/40_statistics.sql"),
            include_str!("../../sql/blueprints/custom_tables/42_live_statistics.sql"),
            include_str!("../../sql/blueprints/custom_tables/45_audit.sql"),
            include_str!("../../sql/blueprints/custom_tables/47_api.sql"),
            include_str!("../../sql/blueprints/custom_tables/48_import_api.sql"),
            UNDO,
            include_str!("../../sql/blueprints/custom_tables/50_isolation.sql"),
        ],
        migrations: &[
            include_str!("../../sql/blueprints/custom_tables/migration_2.sql"),
            // record_statistics: the scripts make it and count the records that are there.
            "",
        ],
    },
    Blueprint {
        name: "lead_intelligence",
        oldest_server: 15,
        description: "Workspaces with queries that find leads, topics and trends, credits, exports and billing",
        scripts: &[
            include_str!("../../sql/blueprints/lead_intelligence/10_workspaces.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/15_plans.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/20_topics.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/30_queries.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/40_leads.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/50_credits.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/60_people.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/70_billing.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/72_monitoring.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/75_audit.sql"),
            include_str!("../../sql/blueprints/lead_intelligence/77_api.sql"),
            UNDO,
            include_str!("../../sql/blueprints/lead_intelligence/80_isolation.sql"),
        ],
        migrations: &[],
    },
    Blueprint {
        name: "studio_crm",
        oldest_server: 15,
        description: "A studio's clients and leads, invitations, workflows, forms, messages and their templates",
        scripts: &[
            include_str!("../../sql/blueprints/studio_crm/10_organizations.sql"),
            include_str!("../../sql/blueprints/studio_crm/20_clients.sql"),
            include_str!("../../sql/blueprints/studio_crm/30_leads.sql"),
            include_str!("../../sql/blueprints/studio_crm/40_workflows.sql"),
            include_str!("../../sql/blueprints/studio_crm/50_forms.sql"),
            include_str!("../../sql/blueprints/studio_crm/60_messages.sql"),
            include_str!("../../sql/blueprints/studio_crm/65_audit.sql"),
            include_str!("../../sql/blueprints/studio_crm/67_api.sql"),
            UNDO,
            include_str!("../../sql/blueprints/studio_crm/70_isolation.sql"),
        ],
        migrations: &[],
    },
    Blueprint {
        name: "customer_accounts",
        oldest_server: 14,
        description: "Customers and their contacts, with one primary contact each, export and selective restore",
        scripts: &[
            include_str!("../../sql/blueprints/customer_accounts/10_accounts.sql"),
            include_str!("../../sql/blueprints/customer_accounts/20_contacts.sql"),
            include_str!("../../sql/blueprints/customer_accounts/30_functions.sql"),
            include_str!("../../sql/blueprints/customer_accounts/35_audit.sql"),
            include_str!("../../sql/blueprints/customer_accounts/37_import.sql"),
            include_str!("../../sql/blueprints/customer_accounts/38_api.sql"),
            UNDO,
            include_str!("../../sql/blueprints/customer_accounts/40_isolation.sql"),
        ],
        migrations: &[],
    },
    Blueprint {
        name: "data_catalog",
        oldest_server: 14,
        description: "A data catalog for many accounts: projects, connections, datasets, lineage, diagrams, subscriptions and their limits",
        scripts: &[
            include_str!("../../sql/blueprints/data_catalog/10_accounts.sql"),
            include_str!("../../sql/blueprints/data_catalog/20_projects.sql"),
            include_str!("../../sql/blueprints/data_catalog/30_connections.sql"),
            include_str!("../../sql/blueprints/data_catalog/40_diagrams.sql"),
            include_str!("../../sql/blueprints/data_catalog/50_billing.sql"),
            include_str!("../../sql/blueprints/data_catalog/60_access.sql"),
            include_str!("../../sql/blueprints/data_catalog/70_templates.sql"),
            include_str!("../../sql/blueprints/data_catalog/80_lifecycle.sql"),
            include_str!("../../sql/blueprints/data_catalog/90_functions.sql"),
            include_str!("../../sql/blueprints/data_catalog/95_monitoring.sql"),
            include_str!("../../sql/blueprints/data_catalog/96_audit.sql"),
            include_str!("../../sql/blueprints/data_catalog/97_api.sql"),
            UNDO,
            include_str!("../../sql/blueprints/data_catalog/98_isolation.sql"),
        ],
        migrations: &[],
    },
];

/// Stand in the scripts for the schema's quoted name, and for the blueprint's.
const SCHEMA: &str = "@schema@";
const NAME: &str = "@blueprint@";

/// How the scripts make what may be there already, and how the same is made when it must not be there.
const CREATIONS: &[(&str, &str)] = &[
    ("CREATE TABLE IF NOT EXISTS ", "CREATE TABLE "),
    ("CREATE INDEX IF NOT EXISTS ", "CREATE INDEX "),
    ("CREATE UNIQUE INDEX IF NOT EXISTS ", "CREATE UNIQUE INDEX "),
    ("CREATE MATERIALIZED VIEW IF NOT EXISTS ", "CREATE MATERIALIZED VIEW "),
    ("CREATE OR REPLACE VIEW ", "CREATE VIEW "),
    ("CREATE OR REPLACE FUNCTION ", "CREATE FUNCTION "),
    ("CREATE OR REPLACE PROCEDURE ", "CREATE PROCEDURE "),
];

#[pg_extern(sql = false, immutable, parallel_safe)]
fn blueprints()
-> TableIterator<'static, (name!(blueprint, &'static str), name!(version, i32), name!(description, &'static str))> {
    TableIterator::new(BLUEPRINTS.iter().map(|blueprint| (blueprint.name, blueprint.version(), blueprint.description)))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn blueprint_scripts(blueprint: &str, quoted_schema: &str) -> Result<Vec<String>, ErrorReport> {
    Ok(scripts(blueprint, quoted_schema)?)
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn blueprint_migrations(blueprint: &str, quoted_schema: &str, installed: i32) -> Result<Vec<String>, ErrorReport> {
    require_updated_extension()?;
    let blueprint = find_blueprint(blueprint, quoted_schema)?;
    let done = usize::try_from(installed.saturating_sub(1)).unwrap_or_default();
    Ok(blueprint.migrations.iter().skip(done).map(|script| blueprint.filled(script, quoted_schema)).collect())
}

/// The scripts are the library's, and call functions that the database must have.
fn require_updated_extension() -> Result<()> {
    let sql = "SELECT extension.extversion::pg_catalog.text FROM pg_catalog.pg_extension AS extension \
               WHERE extension.extname OPERATOR(pg_catalog.=) 'rowkit'";
    let found = spi::query(sql, &[], Mode::Read, |row| row.text(1))?;
    let library = env!("CARGO_PKG_VERSION");
    match found.into_iter().flatten().next() {
        Some(version) if version != library => Err(Error::prerequisite_state(format!(
            "this database has rowkit {version}, and the library is rowkit {library}"
        ))
        .hint("Run ALTER EXTENSION rowkit UPDATE first.")),
        _ => Ok(()),
    }
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn plain_blueprint_scripts(
    blueprint: &str,
    quoted_schema: &str,
    existing: Vec<Option<String>>,
) -> Result<Vec<String>, ErrorReport> {
    let existing: HashSet<String> = existing.into_iter().flatten().collect();
    let scripts = scripts(blueprint, quoted_schema)?;
    Ok(scripts.iter().map(|script| create_plainly(script, quoted_schema, &existing)).collect())
}

/// The longest name of a schema, each letter a quotation mark, which is doubled.
const LONGEST_SCHEMA: usize = 2 * 63 + 2;

/// Finds a blueprint by name, and checks the schema's name and the server's version.
fn find_blueprint(name: &str, quoted_schema: &str) -> Result<&'static Blueprint> {
    // It is written hundreds of times.
    if quoted_schema.len() > LONGEST_SCHEMA {
        return Err(Error::invalid_parameter("the name of the schema is too long")
            .hint("A schema's name has at most 63 bytes."));
    }
    // In the scripts it stands between tags such as $members$, which a name must not end.
    if quoted_schema.contains('$') && check::in_force("schema_name") {
        return Err(Error::invalid_parameter("a schema for blueprints cannot have \"$\" in its name")
            .hint("The scripts quote with it: name another schema."));
    }
    let blueprint = BLUEPRINTS.iter().find(|blueprint| blueprint.name == name).ok_or_else(|| {
        let names: Vec<&str> = BLUEPRINTS.iter().map(|blueprint| blueprint.name).collect();
        Error::invalid_parameter(format!("there is no blueprint \"{name}\""))
            .hint(format!("Blueprints: {}.", names.join(", ")))
    })?;
    if pgrx::pg_sys::PG_VERSION_NUM / 10_000 < blueprint.oldest_server {
        let oldest = blueprint.oldest_server;
        return Err(Error::not_supported(format!("blueprint \"{name}\" needs PostgreSQL {oldest} or newer")).hint(
            format!("In its foreign keys ON DELETE SET NULL names a column, which PostgreSQL {oldest} can first do."),
        ));
    }
    Ok(blueprint)
}

fn scripts(name: &str, quoted_schema: &str) -> Result<Vec<String>> {
    let blueprint = find_blueprint(name, quoted_schema)?;
    let (last, before) = blueprint.scripts.split_last().map_or((&"", &[][..]), |(last, before)| (last, before));
    Ok(std::iter::once(&REGISTRY)
        .chain(before)
        .chain([&GRANTS, last, &DEFAULTS, &ROUTINES])
        .map(|script| blueprint.filled(script, quoted_schema))
        .collect())
}

/// A script that makes each object plainly, but for those that are there: what somebody else makes under such a name meanwhile is then an
/// error, and is not used in place of the blueprint's own.
fn create_plainly(script: &str, quoted_schema: &str, existing: &HashSet<String>) -> String {
    let home = format!("{quoted_schema}.");
    CREATIONS.iter().fold(script.to_string(), |script, (tolerant, plain)| {
        let mut parts = script.split(tolerant);
        let mut made = parts.next().unwrap_or_default().to_string();
        for part in parts {
            work::step();
            let named = part.strip_prefix(&home).unwrap_or(part);
            let end = named.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(named.len());
            made.push_str(if existing.contains(&named[..end]) { tolerant } else { plain });
            made.push_str(part);
        }
        made
    })
}

/// The triggers that a registry says a blueprint made. None where the caller has not the rights of its owner, as whom it is read, nor where it is no table
/// like those that blueprints have.
#[pg_extern(sql = false, stable)]
#[allow(clippy::type_complexity, reason = "the columns of the SQL function's table")]
fn registered_triggers(
    registry: Regclass,
) -> Result<TableIterator<'static, (name!(blueprint, Option<String>), name!(name, Option<String>))>, ErrorReport> {
    let is_text = |column| relation::column_type(registry.0, column) == Some(TEXTOID);
    if !rights::is_owner(registry.0)
        || relation::is_partitioned(registry.0)
        || !["blueprint", "kind", "name"].into_iter().all(is_text)
    {
        return Ok(TableIterator::new(Vec::new()));
    }
    let table = OwnedTable::owned_by_caller(registry.0)?;
    let sql = sql!("blueprint/registered_triggers.sql", registry = table.quoted_name());
    let found = table.read(|| spi::query(&sql, &[], Mode::Read, |row| (row.text(1), row.text(2))))?;
    Ok(TableIterator::new(found))
}

/// Holds off everybody else who would make a table, a view or an index in the schema, until the transaction ends.
#[pg_extern(sql = false)]
fn lock_schema(schema: pgrx::pg_sys::Oid) -> Result<(), ErrorReport> {
    if !rights::may_create_in(schema) {
        let error = Error::insufficient_privilege("only who may create objects in a schema can lock it");
        return Err(error.hint("GRANT CREATE ON SCHEMA gives that right.").into());
    }
    lock::for_making_objects(schema);
    Ok(())
}
