//! The SQL functions of sql/install/statistics.sql.
use super::store::{Home, for_each_live_record};
use crate::core::fields::identifier::uuid_text;
use crate::core::jsonb::JsonObjectWriter;
use crate::core::schema::{Column, Common};
use crate::core::statistics::{Counts, Figures, is_counted, undefined_commons};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::Regclass;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::spi::Mode;
use crate::records::catalog::{self, TableId};
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, name, pg_extern};

const HINT: &str = "Statistics are kept in the blueprint custom_tables. Install it again to bring it up to date.";

#[pg_extern(sql = false, immutable, parallel_safe)]
fn added_counts(stored: Jsonb<'_>, change: Jsonb<'_>) -> Result<JsonbResult, ErrorReport> {
    let mut counts = Counts::read(stored.value());
    counts.add(&Counts::read(change.value()));
    let document = counts.document().ok_or_else(|| Error::limit_reached("counters are larger than 256 MB"))?;
    Ok(JsonbResult::document(document))
}

#[allow(clippy::type_complexity, reason = "pgrx reads the columns of the result here")]
#[pg_extern(sql = false, stable)]
fn column_statistics(
    table_id: Option<Uuid>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(column_id, Option<Uuid>),
            name!(column_name, String),
            name!(filled_count, i64),
            name!(unique_count, Option<i64>),
            name!(min_value, Option<JsonbResult>),
            name!(max_value, Option<JsonbResult>),
            name!(top_values, Option<JsonbResult>),
        ),
    >,
    ErrorReport,
> {
    let id: TableId = *table_id.ok_or_else(|| Error::required("table_id"))?.as_bytes();
    let tables = catalog::tables_relation(tables)?;
    let schema = catalog::schema_for_reading(tables, &id)?;
    let records = rights::required_beside(tables, "records", HINT)?;
    let columns: Vec<&Column> = schema.in_order().into_iter().filter(|column| is_counted(column)).collect();
    let commons: Vec<Common> = undefined_commons(&schema).collect();
    // Each column has an equal share of the memory.
    let room = work::room() / (columns.len() + commons.len()).max(1);
    let mut of_commons: Vec<Figures> = commons.iter().map(|_| Figures::new(room)).collect();
    let mut of_columns: Vec<Figures> = columns.iter().map(|_| Figures::new(room)).collect();
    rights::reading_as_caller(records, || {
        for_each_live_record(records, &id, Mode::Read, |record| {
            for (common, figures) in commons.iter().zip(&mut of_commons) {
                figures.add_common(*common, record);
            }
            for (column, figures) in columns.iter().zip(&mut of_columns) {
                figures.add(column, record);
            }
            true
        })
    })?;
    let document = |bytes: Option<&[u8]>| bytes.map(|bytes| JsonbResult::document(bytes.to_vec()));
    let row = |id: Option<TableId>, name: &str, figures: &Figures| {
        (
            id.map(Uuid::from_bytes),
            name.to_owned(),
            figures.filled,
            figures.unique(),
            document(figures.min()),
            document(figures.max()),
            figures.top().map(JsonbResult::document),
        )
    };
    let common_rows = commons.iter().zip(&of_commons).map(|(common, figures)| row(None, common.name(), figures));
    let column_rows =
        columns.iter().zip(&of_columns).map(|(column, figures)| row(column.uuid(), &column.name, figures));
    Ok(TableIterator::new(common_rows.chain(column_rows).collect::<Vec<_>>()))
}

fn owned_home(tables: Option<Regclass>) -> Result<Home> {
    let tables = OwnedTable::owned_by_caller(catalog::tables_relation(tables)?)?;
    Home::beside(tables)?.ok_or_else(|| {
        Error::undefined_object(format!("there is no record_statistics beside {}", tables.quoted_name())).hint(HINT)
    })
}

#[pg_extern(sql = false)]
fn rebuild_table_statistics(table_id: Option<Uuid>, tables: Option<Regclass>) -> Result<i64, ErrorReport> {
    let home = owned_home(tables)?;
    let ids = match table_id {
        Some(id) => vec![*id.as_bytes()],
        None => home.marked()?,
    };
    let mut rebuilt = 0;
    for id in &ids {
        work::step();
        rebuilt += i64::from(home.rebuild(id)?);
    }
    if let Some(id) = table_id.filter(|_| rebuilt == 0) {
        Err(Error::undefined_object(format!("table {} does not exist", uuid_text(id.as_bytes())))
            .hint("table_id is the id of a row of tables."))?;
    }
    Ok(rebuilt)
}

#[pg_extern(sql = false, stable)]
fn table_statistics_drift(
    table_id: Option<Uuid>,
    tables: Option<Regclass>,
) -> Result<
    TableIterator<
        'static,
        (name!(table_name, Oid), name!(record_key, String), name!(stored, i64), name!(counted, i64)),
    >,
    ErrorReport,
> {
    let home = owned_home(tables)?;
    let ids = match table_id {
        Some(id) => vec![*id.as_bytes()],
        None => home.tables()?,
    };
    let mut drift = Vec::new();
    for id in &ids {
        let schema = home.tables.read(|| catalog::schema_for_reading(home.tables.relation(), id))?;
        let (stored, is_complete) = home.stored(id, Mode::Read)?;
        if !is_complete {
            continue;
        }
        let counted = home.counted(id, &schema, Mode::Read, i64::MAX)?.unwrap_or_default();
        let difference = counted.less(&stored);
        for path in difference.paths() {
            work::step();
            let key = JsonObjectWriter::new().text("table_id", &uuid_text(id)).list("counter", path.iter()).object();
            drift.push((home.statistics.relation(), key, stored.get(path), counted.get(path)));
        }
    }
    Ok(TableIterator::new(drift))
}
