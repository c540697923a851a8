//! The SQL functions of sql/install/search.sql.
use super::trigger::Setting;
use crate::core::search::rank::{INSIDE, Ranking};
use crate::core::search::source::{each_text, marker};
use crate::core::search::{Folding, highlight, scoped, tag, to_tsquery};
use crate::core::sql::sql;
use crate::pg::call::{FunctionCallInfo, call_site};
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::Jsonb;
use crate::pg::operation::{self, OperationGuard};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::search::{Dictionary, TsQuery, TsVector};
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::Call;
use crate::records::catalog;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::Oid;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Array, Uuid, name, pg_extern};

#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_key(text: &str) -> String {
    crate::core::search::search_key(text)
}

fn folding(aggressive: Option<bool>) -> Folding {
    Folding::aggressive(aggressive.unwrap_or(false))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_query(
    query: Option<&str>,
    dictionary: Option<Oid>,
    scope: Option<Uuid>,
    aggressive: Option<bool>,
) -> Result<Option<TsQuery>, ErrorReport> {
    let Some(query) = query else { return Ok(None) };
    let dictionary = dictionary.map(Dictionary::known).transpose()?;
    Ok(Some(TsQuery::parse(&query_text(query, dictionary, scope, folding(aggressive)))?))
}

/// The text of a tsquery that finds a query, in the rows of one table or all; empty for a query without a word.
fn query_text(query: &str, dictionary: Option<Dictionary>, scope: Option<Uuid>, folding: Folding) -> String {
    let tag = scope.map(|table_id| tag(table_id.as_bytes())).unwrap_or_default();
    to_tsquery(query, folding, &tag, &|word| dictionary?.stem(word))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_highlight(
    text: Option<&str>,
    query: Option<&str>,
    dictionary: Option<Oid>,
    aggressive: Option<bool>,
) -> Result<Option<String>, ErrorReport> {
    let dictionary = dictionary.map(Dictionary::known).transpose()?;
    let Some(text) = text else { return Ok(None) };
    Ok(Some(highlight(text, query.unwrap_or_default(), folding(aggressive), &mut |word| dictionary?.stem(word))))
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn search_scope(table_id: Uuid, search_vector: &[u8]) -> Result<TsVector, ErrorReport> {
    Ok(TsVector::from_bytes(&scoped(search_vector, &tag(table_id.as_bytes())))?)
}

#[derive(Default)]
struct Site(Option<(String, bool, Ranking)>);

#[pg_extern(sql = false, immutable, parallel_safe)]
fn match_level(
    query: Option<&str>,
    texts: Option<Array<'_, &str>>,
    data: Option<Jsonb<'_>>,
    aggressive: Option<bool>,
    fcinfo: FunctionCallInfo<'_>,
) -> Result<i32, ErrorReport> {
    let query = query.ok_or_else(|| Error::required("query"))?;
    let texts = texts.ok_or_else(|| Error::required("texts"))?;
    let aggressive = aggressive.ok_or_else(|| Error::required("aggressive"))?;
    let mut site = call_site::<Site>(fcinfo);
    if site.0.as_ref().is_none_or(|(known, way, _)| known != query || *way != aggressive) {
        site.0 = Some((query.to_owned(), aggressive, Ranking::new(query, Folding::aggressive(aggressive))));
    }
    let Some((_, _, ranking)) = &mut site.0 else { return Ok(INSIDE) };
    let mut best = texts.iter().flatten().filter_map(|text| ranking.class(text)).min().unwrap_or(INSIDE);
    if let Some(data) = data.as_ref().filter(|_| best > 0) {
        each_text(data.value(), &mut |text| best = ranking.class(text).map_or(best, |class| class.min(best)));
    }
    Ok(best)
}

/// The tsquery that finds a query in a relation's vectors, of one table or all; none for a query without a word.
pub fn wanted(setting: &Setting, query: &str, scope: Option<Uuid>) -> Result<Option<spi::Value>> {
    let text = query_text(query, setting.dictionary()?, scope, setting.folding);
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(TsQuery::parse(&text)?.into_value()))
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn search_marker(relation: Regclass, table_id: Option<Uuid>) -> Result<String, ErrorReport> {
    let setting = setting_of(relation.0)?;
    let schema = match (setting.tables(relation.0)?, table_id) {
        (Some(tables), Some(id)) => Some(catalog::schema_for_reading(tables, id.as_bytes())?),
        _ => None,
    };
    Ok(marker(&setting.arguments, schema.as_deref()))
}

/// 42704 for a table that the caller does not see. Records may have no relation of tables beside them.
#[pg_extern(sql = false, stable, parallel_safe)]
pub fn require_table_of_records(table_id: Option<Uuid>, records: Option<Regclass>) -> Result<bool, ErrorReport> {
    let table_id = table_id.ok_or_else(|| Error::required("table_id"))?;
    let records = records.ok_or_else(|| Error::required("records"))?;
    let Some(tables) = rights::beside(records.0, "tables")? else { return Ok(false) };
    catalog::require_visible(tables, table_id.as_bytes())?;
    Ok(true)
}

/// The arguments of the trigger that keeps a relation's vector.
pub fn setting_of(oid: Oid) -> Result<Setting> {
    let sql = include_str!("../../../sql/queries/search_trigger.sql");
    let found = spi::query(sql, &[Parameter::Oid(oid)], Mode::Read, |row| row.texts(1))?;
    let arguments = found.into_iter().next().unwrap_or_default();
    if arguments.is_empty() {
        let name = relation::quoted_name(oid);
        return Err(Error::undefined_object(format!("{name} has no search vector that rowkit keeps")).hint(format!(
            "SELECT * FROM rowkit.enable_search('{}', ARRAY['name:A']) attaches one.",
            name.replace('\'', "''")
        )));
    }
    Setting::read(arguments)
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn search_setting(
    relation: Regclass,
) -> Result<
    TableIterator<'static, (name!(search_vector, String), name!(dictionary, Option<Oid>), name!(aggressive, bool))>,
    ErrorReport,
> {
    let setting = setting_of(relation.0)?;
    let dictionary = setting.dictionary()?.map(|dictionary| dictionary.0);
    Ok(TableIterator::once((setting.target, dictionary, setting.folding == Folding::Aggressive)))
}

/// The relation whose vectors are being made anew.
struct Rebuilding(Oid);

/// Whether the trigger's row only gets its vector anew, which is no change of the row.
pub fn is_rebuilding_search_vectors(call: &Call<'_>) -> bool {
    let rebuilding = operation::of_trigger::<Rebuilding>();
    rebuilding.is_some_and(|rebuilding| call.is_of(rebuilding.0))
}

/// How many vectors of these pages were made anew, and how many were left because others hold their rows.
#[pg_extern(sql = false)]
fn rebuild_search_vectors(
    relation: Regclass,
    first: i64,
    last: i64,
    target: &str,
) -> Result<TableIterator<'static, (name!(made, i64), name!(left_over, i64))>, ErrorReport> {
    let quoted = relation::quoted_identifier(target);
    let (table_id, belongs) = match setting_of(relation.0)?.tables(relation.0)? {
        Some(_) => ("held.table_id", "found.table_id OPERATOR(pg_catalog.=) mark.table_id"),
        None => ("NULL::pg_catalog.uuid", "true"),
    };
    let sql = sql!(
        "rebuild_search_vectors.sql",
        relation = relation::quoted_name(relation.0),
        search_vector = quoted,
        table_id = table_id,
        belongs = belongs
    );
    let _rebuilding = OperationGuard::begin(Rebuilding(relation.0));
    let parameters = [Parameter::Bigint(first), Parameter::Bigint(last), Parameter::Oid(relation.0)];
    let counts = |row: &spi::ResultRow| (row.bigint(1).unwrap_or(0), row.bigint(2).unwrap_or(0));
    let found = rights::as_caller(relation.0, || spi::query(&sql, &parameters, Mode::Write, counts))?;
    let (made, stale) = found.into_iter().next().unwrap_or_default();
    Ok(TableIterator::once((made, stale - made)))
}
