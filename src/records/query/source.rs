//! The records of a table, as the caller sees them.
use crate::core::fault::{Fault, to_json};
use crate::core::fields::Instant;
use crate::core::query::{FieldPath, Query, Record};
use crate::core::schema::{Common, Schema};
use crate::core::sql::{quoted, sql};
use crate::pg::clock;
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights::{self, OwnedTable, Privilege};
use crate::pg::spi::{self, Batch, Mode, Parameter, ResultRow};
use crate::records::catalog::{self, TableId};
use crate::records::search;
use pgrx::pg_sys::Oid;
use std::ops::ControlFlow;
use std::rc::Rc;

/// So many records are read at once.
pub const BATCH: usize = 1_000;

/// A table of records.
pub struct Source {
    pub records: Oid,
    pub table_id: TableId,
    pub schema: Rc<Schema>,
    live: &'static str,
}

impl Source {
    /// 42704 for a table that the caller does not see.
    pub fn find(tables: Option<Regclass>, table_id: &TableId) -> Result<Source> {
        let tables = catalog::tables_relation(tables)?;
        let records = rights::required_beside(
            tables,
            "records",
            "Records are in the table records beside the relation of schemas.",
        )?;
        let schema = rights::as_caller(tables, || catalog::schema_for_reading(tables, table_id))?;
        let live = if rights::has_deleted_rows(records)? { "AND record.deleted_at IS NULL" } else { "" };
        Ok(Source { records, table_id: *table_id, schema, live })
    }

    /// A table beside the records that rowkit reads for whoever may read records.
    pub fn beside(&self, name: &str) -> Result<Option<OwnedTable>> {
        OwnedTable::granted(self.records, Privilege::Select)?.beside(name)
    }

    pub fn quoted_name(&self) -> String {
        relation::quoted_name(self.records)
    }

    pub fn live(&self) -> &'static str {
        self.live
    }

    /// The columns beside id and data that a query reads, or all.
    fn columns(&self, query: &Query) -> String {
        let reads = |path: &FieldPath| query.columns.iter().any(|column| column.path == *path);
        // A column of the schema may be one of the record's own.
        let any_column = query.columns.iter().any(|column| matches!(column.path, FieldPath::Column(_)));
        let of = |name: &str, kind: &str, is_read: bool| {
            if is_read && relation::column(self.records, name).is_some() {
                format!(", record.{}", quoted(name))
            } else {
                format!(", NULL::pg_catalog.{kind}")
            }
        };
        let mut columns = String::new();
        for common in Common::ALL {
            let is_read = reads(&FieldPath::Common(common)) || any_column && self.has_column_for(common);
            columns += &of(common.name(), "text", is_read);
        }
        for (name, path, kind) in [
            ("created_at", FieldPath::CreatedAt, "timestamptz"),
            ("updated_at", FieldPath::UpdatedAt, "timestamptz"),
            ("created_by", FieldPath::CreatedBy, "uuid"),
        ] {
            let is_read = reads(&path) || any_column && self.schema.has_computed;
            columns += &of(name, kind, is_read);
        }
        columns
    }

    fn has_column_for(&self, common: Common) -> bool {
        self.schema.columns.iter().any(|column| column.common == Some(common))
    }

    /// Reads records under a condition, whose parameters begin with `$2`, until `read` has enough.
    pub fn each_batch(
        &self,
        query: &Query,
        selection: &Selection<'_>,
        read: impl FnMut(&Batch<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut parameters = vec![Parameter::Uuid(self.table_id)];
        parameters.extend(selection.parameters());
        let search = Search::of(self, query)?;
        let mut condition = selection.condition.to_owned();
        if let Some(search) = &search {
            condition += &search.condition(parameters.len() + 1);
            parameters.extend(search.parameters());
        }
        let sql = sql!(
            "query/records.sql",
            columns = self.columns(query),
            records = self.quoted_name(),
            live = self.live,
            condition = condition,
            order = selection.order
        );
        spi::read_in_batches(&sql, &parameters, BATCH, read)
    }

    /// Reads these records of the table; the query's search text counts, too.
    pub fn by_ids(&self, query: &Query, ids: &[TableId], mut read: impl FnMut(&Batch<'_>) -> Result<()>) -> Result<()> {
        for ids in ids.chunks(BATCH) {
            let selection = Selection {
                condition: "AND record.id OPERATOR(pg_catalog.=) ANY ($2)",
                order: "",
                ids: Some(ids),
                place: None,
            };
            self.each_batch(query, &selection, |batch| read(batch).map(|()| ControlFlow::Continue(())))?;
        }
        Ok(())
    }

    /// How many records the caller sees, counted to `most`.
    pub fn count(&self, query: &Query, most: i64) -> Result<i64> {
        let mut parameters = vec![Parameter::Uuid(self.table_id), Parameter::Bigint(most)];
        let search = Search::of(self, query)?;
        let mut condition = String::new();
        if let Some(search) = &search {
            condition = search.condition(parameters.len() + 1);
            parameters.extend(search.parameters());
        }
        let sql = sql!("query/count.sql", records = self.quoted_name(), live = self.live, condition = condition);
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

/// What a query's search text asks of a record.
struct Search<'q> {
    text: &'q str,
    setting: search::Searched,
}

impl<'q> Search<'q> {
    fn of(source: &Source, query: &'q Query) -> Result<Option<Search<'q>>> {
        let Some(text) = query.search.as_deref() else { return Ok(None) };
        Ok(Some(Search { text, setting: search::searched(source.records)? }))
    }

    fn condition(&self, first: usize) -> String {
        format!(
            " AND rowkit.search_scope(record.table_id, record.{}) OPERATOR(rowkit.@~) rowkit.search_query(${first}, {}, $1, {})",
            quoted(&self.setting.vector),
            match self.setting.dictionary {
                Some(oid) => format!("{}::pg_catalog.oid::pg_catalog.regdictionary", u32::from(oid)),
                None => "NULL::pg_catalog.regdictionary".to_owned(),
            },
            self.setting.is_aggressive
        )
    }

    fn parameters(&self) -> [Parameter<'_>; 1] {
        [Parameter::Text(self.text)]
    }
}

/// The place of `created_at` in a row of records.sql.
pub const CREATED_AT: i32 = 7;

/// Lends the record of a row of records.sql.
pub fn with_record<T>(row: &ResultRow, read: impl FnOnce(&Record<'_>) -> T) -> Option<T> {
    let (id, data) = (row.uuid(1)?, row.lent_jsonb(2)?);
    let texts = [3, 4, 5, 6].map(|column| row.text(column));
    let instant = |column| row.microseconds(column).map(instant);
    Some(read(&Record {
        id,
        data: data.value().as_object()?,
        common: texts.each_ref().map(Option::as_deref),
        created_at: instant(CREATED_AT),
        updated_at: instant(8),
        created_by: row.uuid(9),
    }))
}

pub fn instant(microseconds: i64) -> Instant {
    let nanosecond = microseconds.rem_euclid(1_000_000) as u32 * 1_000;
    Instant { seconds: microseconds.div_euclid(1_000_000), nanosecond }
}

/// The beginning of the transaction, as `now()` has it, for relative dates.
pub fn now() -> Instant {
    instant(clock::since_1970(clock::transaction()))
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
