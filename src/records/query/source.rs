//! The records of a table, as the caller sees them.
use crate::core::fault::{Fault, to_json};
use crate::core::fields::{Instant, Rule};
use crate::core::query::{FieldPath, Query, Record};
use crate::core::schema::{Common, Schema};
use crate::core::sql::{quoted, sql};
use crate::core::work;
use crate::pg::clock;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Batch, Mode, Parameter, ResultRow};
use crate::records::catalog::{self, TableId};
use crate::records::search;
use crate::records::stored::{lend, live_condition};
use pgrx::Uuid;
use pgrx::pg_sys::Oid;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

/// So many records are read at once. Steps are powers of two up to this, so that few plans are kept.
pub const BATCH: usize = 1_024;

/// What it took to answer a query.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort {
    pub entries: u64,
    /// The records that were read, and those that met the filter.
    pub records: u64,
    pub found: u64,
}

/// A table of records, and what a query reads of it.
pub struct Source {
    pub records: Oid,
    pub table_id: TableId,
    pub schema: Rc<Schema>,
    live: &'static str,
    /// The columns beside id and data.
    columns: String,
    search: Option<Search>,
    /// What it took so far to answer the query.
    pub effort: Cell<Effort>,
}

impl Source {
    /// Finds the table, and reads the query on it. 42704 for a table that the caller does not see.
    pub fn find<T>(
        tables: Option<Regclass>,
        table_id: &TableId,
        read: impl FnOnce(&Schema) -> Result<(Query, T)>,
    ) -> Result<(Source, Query, T)> {
        let tables = catalog::tables_relation(tables)?;
        let records = rights::required_beside(
            tables,
            "records",
            "Records are in the table records beside the relation of schemas.",
        )?;
        let schema = catalog::schema_for_reading(tables, table_id)?;
        let (query, more) = read(&schema)?;
        let search = query.search.as_deref().map(|text| Search::of(records, table_id, text)).transpose()?;
        let columns = columns(records, &schema, &query);
        let source = Source {
            records,
            table_id: *table_id,
            schema,
            live: live_condition(records)?,
            columns,
            search,
            effort: Cell::default(),
        };
        Ok((source, query, more))
    }

    /// A table beside the records that rowkit reads for whoever may read all columns of records; none for others, whom it could tell of the rest.
    pub fn beside(&self, name: &str) -> Result<Option<OwnedTable>> {
        match OwnedTable::granted(self.records, Privilege::SelectAll) {
            Ok(records) => records.beside(name),
            Err(_) => OwnedTable::granted(self.records, Privilege::Select).map(|_| None),
        }
    }

    /// Whether a path leads to the time when the record was inserted, maybe by a column of that type.
    pub fn is_created_at(&self, path: &FieldPath) -> bool {
        match path {
            FieldPath::CreatedAt => true,
            FieldPath::Column(_) => path.column(&self.schema).is_some_and(|column| {
                matches!(column.rule, Rule::Computed) && column.common.is_none() && column.kind == "created_at"
            }),
            _ => false,
        }
    }

    pub fn quoted_name(&self) -> String {
        relation::quoted_name(self.records)
    }

    pub fn live(&self) -> &'static str {
        self.live
    }

    /// Reads records under a condition, whose parameters begin with `$2`, until `read` has enough.
    pub fn each_batch(
        &self,
        selection: &Selection<'_>,
        read: impl FnMut(&Batch<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut parameters = vec![Parameter::Uuid(self.table_id)];
        parameters.extend(selection.parameters());
        let condition = selection.condition.to_owned() + &self.search_condition(&mut parameters);
        // By ids, the table is a filter and no condition for an index.
        let in_table = match selection.ids {
            Some(_) => "(record.table_id OPERATOR(pg_catalog.=) $1) IS TRUE",
            None => "record.table_id OPERATOR(pg_catalog.=) $1",
        };
        let sql = sql!(
            "query/records.sql",
            in_table = in_table,
            columns = &self.columns,
            records = self.quoted_name(),
            live = self.live,
            condition = condition,
            order = selection.order
        );
        spi::read_in_batches(&sql, &parameters, BATCH, read)
    }

    /// Reads these records of the table; the query's search text counts, too.
    pub fn by_ids(&self, ids: &[TableId], mut read: impl FnMut(&Batch<'_>) -> Result<()>) -> Result<()> {
        for ids in ids.chunks(BATCH) {
            work::step();
            let selection = Selection {
                condition: "AND record.id OPERATOR(pg_catalog.=) ANY ($2)",
                order: "",
                ids: Some(ids),
                place: None,
            };
            self.each_batch(&selection, |batch| read(batch).map(|()| ControlFlow::Continue(())))?;
        }
        Ok(())
    }

    /// What the search text asks of a record, whose parameters are added.
    fn search_condition<'s>(&'s self, parameters: &mut Vec<Parameter<'s>>) -> String {
        let Some(Search { vector, wanted }) = &self.search else { return String::new() };
        let Some(wanted) = wanted else { return " AND false".to_owned() };
        parameters.push(Parameter::Value(wanted));
        let place = parameters.len();
        format!(" AND rowkit.search_scope(record.table_id, record.{}) OPERATOR(rowkit.@~) ${place}", quoted(vector))
    }

    /// How many records the caller sees, counted to `most`.
    pub fn count(&self, most: i64) -> Result<i64> {
        let mut parameters = vec![Parameter::Uuid(self.table_id)];
        let condition = self.search_condition(&mut parameters);
        // A limit costs a step for each record.
        let limit = if most == i64::MAX { String::new() } else { format!("LIMIT ${}", parameters.len() + 1) };
        if most < i64::MAX {
            parameters.push(Parameter::Bigint(most));
        }
        let sql = sql!(
            "query/count.sql",
            records = self.quoted_name(),
            live = self.live,
            condition = condition,
            limit = limit
        );
        let count = spi::query(&sql, &parameters, Mode::Read, |row| row.bigint(1))?;
        Ok(count.into_iter().flatten().next().unwrap_or(0))
    }
}

/// Which records of the table are read, and in which order.
pub struct Selection<'s> {
    pub condition: &'s str,
    pub order: &'s str,
    pub ids: Option<&'s [TableId]>,
    /// A moment and an id.
    pub place: Option<(&'s spi::Value, TableId)>,
}

impl Selection<'_> {
    pub const ALL: Selection<'static> = Selection { condition: "", order: "", ids: None, place: None };

    fn parameters(&self) -> Vec<Parameter<'_>> {
        let ids = self.ids.map(Parameter::Uuids);
        let place = self.place.iter().flat_map(|(at, id)| [Parameter::Value(at), Parameter::Uuid(*id)]);
        ids.into_iter().chain(place).collect()
    }
}

/// What a query searches for.
struct Search {
    /// The column of the vectors.
    vector: String,
    /// None for a text without a word, which finds nothing.
    wanted: Option<spi::Value>,
}

impl Search {
    fn of(records: Oid, table_id: &TableId, text: &str) -> Result<Search> {
        let setting = search::setting_of(records)?;
        let wanted = search::wanted(&setting, text, Some(Uuid::from_bytes(*table_id)))?;
        Ok(Search { vector: setting.target, wanted })
    }
}

/// The columns beside id and data that a query reads; NULL in the place of others.
fn columns(records: Oid, schema: &Schema, query: &Query) -> String {
    let reads = |path: &FieldPath| query.columns.iter().any(|column| column.path == *path);
    // A column of the schema may be one of the record's own.
    let any_column = query.columns.iter().any(|column| matches!(column.path, FieldPath::Column(_)));
    let of = |name: &str, kind: &str, is_read: bool| {
        if is_read && relation::column(records, name).is_some() {
            format!(", record.{}", quoted(name))
        } else {
            format!(", NULL::pg_catalog.{kind}")
        }
    };
    let mut columns = String::new();
    for common in Common::ALL {
        work::step();
        let has_column = || schema.columns.iter().any(|column| column.common == Some(common));
        columns += &of(common.name(), "text", reads(&FieldPath::Common(common)) || any_column && has_column());
    }
    for (name, path, kind) in [
        ("created_at", FieldPath::CreatedAt, "timestamptz"),
        ("updated_at", FieldPath::UpdatedAt, "timestamptz"),
        ("created_by", FieldPath::CreatedBy, "uuid"),
    ] {
        work::step();
        columns += &of(name, kind, reads(&path) || any_column && schema.has_computed);
    }
    columns
}

/// The place of `created_at` in a row of records.sql.
pub const CREATED_AT: i32 = 7;

/// Lends the record of a row of records.sql.
pub fn with_record<T>(row: &ResultRow, read: impl FnOnce(&Record<'_>) -> T) -> Option<T> {
    let id = row.uuid(1)?;
    let instant = |column| row.server_microseconds(column).map(Instant::of_server);
    lend(row, 2, |stored| {
        Some(read(&Record {
            id,
            data: stored.data?,
            common: stored.commons,
            created_at: instant(CREATED_AT),
            updated_at: instant(8),
            created_by: row.uuid(9),
        }))
    })
}

/// The beginning of the transaction, as `now()` has it, for relative dates.
pub fn now() -> Instant {
    Instant::of_server(clock::transaction())
}

/// A query that cannot be read: all its problems.
pub fn refused(faults: &[Fault]) -> Error {
    let first = faults.first().map_or_else(String::new, |fault| {
        let at = if fault.at.is_empty() { "the query".to_owned() } else { fault.at.clone() };
        format!("{at} {}", fault.message)
    });
    let message = match faults.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more problems)", count - 1),
    };
    Error::invalid_parameter(message)
        .detail(to_json(faults))
        .hint("DETAIL lists all problems, each with its path in the query.")
}
