//! The trigger that keeps a search vector.
use crate::core::jsonb::Value;
use crate::core::schema::Schema;
use crate::core::search::hash::fnv1a;
use crate::core::search::source::{Filler, Source, marker};
use crate::core::search::token::Content;
use crate::core::search::vector::Builder;
use crate::core::search::{Char, Folding};
use crate::core::work;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::relation;
use crate::pg::rights::{self, OwnedTable};
use crate::pg::search::{Dictionary, TsVector};
use crate::pg::trigger::{Answer, Attribute, Call, Columns, Event, Row, Timing};
use crate::records::catalog::{Home, TableId};
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{JSONBOID, Oid, TEXTARRAYOID, TEXTOID, TSVECTOROID, UUIDOID, VARCHAROID};
use std::rc::Rc;

const FUNCTION: &str = "maintain_search_vector()";
/// The language of stems, unless the trigger names another dictionary or `none`.
const DICTIONARY: &str = "pg_catalog.english_stem";

/// The stems of words met lately: a word's place is its hash, and a newer word takes it.
#[derive(Default)]
struct Stems(Vec<Option<(String, Option<String>)>>);

impl Stems {
    fn tell(&mut self, word: &str, dictionary: Dictionary, tell: &mut dyn FnMut(&str)) {
        const PLACES: usize = 4096;
        self.0.resize(PLACES, None);
        let place = &mut self.0[fnv1a(word.bytes()) as usize % PLACES];
        let known = match place {
            Some(known) if known.0 == word => known,
            place => place.insert((word.to_owned(), dictionary.stem(word))),
        };
        known.1.iter().for_each(|stem| tell(stem));
    }
}

/// What the trigger's arguments say.
pub struct Setting {
    pub arguments: Vec<String>,
    pub target: String,
    sources: Vec<Source>,
    dictionary: Option<String>,
    pub folding: Folding,
}

impl Setting {
    pub fn read(arguments: Vec<String>) -> Result<Setting> {
        let wrong = |message: String| {
            Error::trigger_protocol(message).hint(
                "For example EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'phone:B:phone', 'data:C'); \
                 'dictionary=none' leaves stems out, 'folds=aggressive' takes more for the same.",
            )
        };
        let Some((target, rest)) = arguments.split_first() else {
            return Err(wrong(format!("{FUNCTION} takes a tsvector column and its sources")));
        };
        let mut setting = Setting {
            target: target.clone(),
            sources: Vec::new(),
            dictionary: Some(DICTIONARY.to_owned()),
            folding: Folding::Standard,
            arguments: arguments.clone(),
        };
        for argument in rest {
            work::step();
            if let Some(name) = argument.strip_prefix("dictionary=") {
                setting.dictionary = Some(name.to_owned()).filter(|name| name != "none");
            } else if let Some(name) = argument.strip_prefix("folds=") {
                setting.folding = match name {
                    "standard" => Folding::Standard,
                    "aggressive" => Folding::Aggressive,
                    _ => return Err(wrong(format!("{FUNCTION}: there are no folds \"{name}\""))),
                };
            } else {
                let source = Source::read(argument).ok_or_else(|| {
                    wrong(format!("{FUNCTION}: \"{argument}\" is not a column and a weight from A to D"))
                })?;
                setting.sources.push(source);
            }
        }
        if setting.sources.is_empty() {
            return Err(wrong(format!("{FUNCTION} takes at least one source")));
        }
        Ok(setting)
    }

    pub fn dictionary(&self) -> Result<Option<Dictionary>> {
        self.dictionary.as_deref().map(Dictionary::named).transpose()
    }

    /// The relation of schemas, when the trigger's is one of records.
    pub fn tables(&self, relation: Oid) -> Result<Option<Oid>> {
        let has = |name: &str| relation::column(relation, name).is_some();
        let is_records = has("table_id") && self.sources.iter().any(|source| source.column == "data");
        if is_records { rights::beside(relation, "tables") } else { Ok(None) }
    }
}

/// What one statement looks up once.
struct SearchTriggerState {
    setting: Setting,
    target: Attribute,
    sources: Vec<(Attribute, Source)>,
    dictionary: Option<Dictionary>,
    stems: Stems,
    builder: Builder,
    chars: Vec<Char>,
    /// For records: the relation of their schemas, and the column that names the table.
    records: Option<(Home, Attribute)>,
    /// Rows of one table and tenant come in runs.
    last: Option<(Option<TableId>, Option<TableId>, Basis)>,
}

impl SearchTriggerState {
    fn new(call: &Call<'_>) -> Result<SearchTriggerState> {
        let setting = Setting::read(call.arguments())?;
        let kinds = [TEXTOID, VARCHAROID, TEXTARRAYOID, JSONBOID];
        let sources =
            setting.sources.iter().map(|source| Ok((call.required_attribute(&source.column, &kinds)?, source.clone())));
        let tables = setting.tables(call.relation())?;
        let tables = tables.map(|tables| OwnedTable::of_trigger(call)?.of_same_owner(tables)).transpose()?;
        Ok(SearchTriggerState {
            target: call.required_attribute(&setting.target, &[TSVECTOROID])?,
            sources: sources.collect::<Result<_>>()?,
            dictionary: setting.dictionary()?,
            stems: Stems::default(),
            builder: Builder::default(),
            chars: Vec::new(),
            records: tables
                .map(|tables| {
                    let column = call.required_attribute("table_id", &[UUIDOID])?;
                    Ok::<_, Error>((Home::find(call, tables, "table_id")?, column))
                })
                .transpose()?,
            last: None,
            setting,
        })
    }

    /// Schema and version marker of the row's search vector.
    fn basis(&mut self, row: &Row<'_>) -> Result<Basis> {
        let id = self.records.as_ref().and_then(|(_, attribute)| row.uuid(*attribute));
        let tenant = self.records.as_ref().and_then(|(home, _)| home.tenant(row));
        if let Some((.., basis)) = self.last.as_ref().filter(|(last, of, _)| *last == id && *of == tenant) {
            return Ok(basis.clone());
        }
        let schema = match (&self.records, id) {
            (Some((home, _)), Some(id)) => home.schema_for_writing(row, &id)?,
            _ => None,
        };
        let mark = marker(&self.setting.arguments, schema.as_deref()).into();
        let basis = Basis { schema, mark };
        self.last = Some((id, tenant, basis.clone()));
        Ok(basis)
    }
}

/// The schema of the row's table, and the mark of a vector made under it.
#[derive(Clone)]
struct Basis {
    schema: Option<Rc<Schema>>,
    mark: Rc<str>,
}

#[pg_extern(sql = false)]
fn maintain_search_vector(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    let call = Call::new(fcinfo, FUNCTION, Timing::BeforeRow, &[Event::Insert, Event::Update])?;
    Ok(maintain(&call, &mut *call_site_or(fcinfo, || SearchTriggerState::new(&call))?)?)
}

fn maintain<'a>(call: &Call<'a>, lookups: &mut SearchTriggerState) -> Result<Answer<'a>> {
    let new = call.new_row();
    if let Some(old) = call.old_row() {
        let table = lookups.records.as_ref().map(|(_, attribute)| *attribute);
        let watched = lookups.sources.iter().map(|(attribute, _)| *attribute).chain(table).chain([lookups.target]);
        if !new.is_null(lookups.target) && watched.clone().all(|attribute| new.same_bytes(&old, attribute)) {
            return Ok(call.keep());
        }
    }
    let Basis { schema, mark } = lookups.basis(&new)?;
    let SearchTriggerState { setting, sources, dictionary, stems, target, builder, chars, .. } = lookups;
    let mut stem = |word: &str, tell: &mut dyn FnMut(&str)| {
        if let Some(dictionary) = dictionary.filter(|_| Dictionary::may_know(word)) {
            stems.tell(word, dictionary, tell);
        }
    };
    let mut filler = Filler { builder, folding: setting.folding, chars, stem: &mut stem };
    for (attribute, source) in sources.iter() {
        fill(&new, *attribute, source, schema.as_deref(), &mut filler);
    }
    builder.mark(&mark);
    let vector = builder.finish();
    Ok(call.replace(&[(*target, TsVector::from_bytes(&vector.bytes)?.into_value())]))
}

fn fill(row: &Row<'_>, attribute: Attribute, source: &Source, schema: Option<&Schema>, filler: &mut Filler<'_>) {
    let Source { weight, content, .. } = *source;
    match attribute.kind {
        JSONBOID => {
            let Some(json) = row.jsonb(attribute) else { return };
            match (json.value(), schema) {
                (Value::Object(data), Some(schema)) if source.column == "data" => filler.data(data, schema, weight),
                (value, _) => filler.value(value, weight, content),
            }
        }
        TEXTARRAYOID => row.texts(attribute).iter().for_each(|text| filler.text(text, weight, content)),
        _ => {
            if let Some(text) = row.text(attribute) {
                filler.text(&text, weight, content_of(source, schema));
            }
        }
    }
}

/// A common field's kind stands in the schema, too.
fn content_of(source: &Source, schema: Option<&Schema>) -> Content {
    let column = schema.and_then(|schema| schema.column(&source.column));
    column.map_or(source.content, |column| crate::core::search::source::content(&column.rule))
}
