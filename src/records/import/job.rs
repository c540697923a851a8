//! What an import does: its options, its mapping, and by what its rows are matched and linked.
use super::choices::{self, NewChoices};
use super::chunks::ChunkSource;
use super::feed::{ChunkFeed, Feed, read_into_rows};
use super::home::{Home, refused};
use super::links::Links;
use super::matching::Matcher;
use super::new_columns;
use super::preview::{Sample, sample};
use super::state::Import;
use super::touched::Touched;
use crate::core::import::error_file::is_error_file;
use crate::core::import::mapping::{Mapping, resolve};
use crate::core::import::new_column::{NewColumn, propose};
use crate::core::import::options::{EVERY_OTHER, ImportOptions, Mapped, read_mapping};
use crate::core::jsonb::{JsonObjectWriter, Object, Value};
use crate::core::schema::Schema;
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::JsonbResult;
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::{self, TableId};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The rows that tell the types, date orders and decimal marks of columns.
pub const SAMPLE_ROWS: usize = 5_000;

pub struct Job<'h> {
    pub home: &'h Home,
    pub import: Import,
    pub schema: Rc<Schema>,
    pub options: ImportOptions,
    /// The file is JSON, which tells types of values by itself.
    pub is_json: bool,
    pub mapping: Mapping,
    pub matcher: Option<Matcher>,
    pub touched: Touched,
    pub links: Links,
    /// The choices, statuses and columns that were made for it.
    pub new_choices: Vec<NewChoices>,
    pub new_columns: Vec<NewColumn>,
}

/// Where the columns of a file go, and the columns that were made for it.
pub struct Chosen {
    pub schema: Rc<Schema>,
    pub mapping: Mapping,
    pub columns: Vec<NewColumn>,
}

/// Which columns of a file go where, by the options or by what was remembered. Makes new columns where the options ask for them.
pub fn choose<'f>(
    home: &Home,
    table_id: &TableId,
    mut schema: Rc<Schema>,
    options: &ImportOptions,
    sample: &mut Sample,
    rows: impl FnOnce() -> Result<Feed<'f>>,
) -> Result<Chosen> {
    if options.create_columns && !sample.is_whole {
        sample.complete(&mut rows()?)?;
    }
    let (names, facts) = (&sample.names, &sample.facts);
    let remembered = remembered(home, table_id, &schema, names, Mode::Write)?;
    let mut mapping = resolve(names, facts, &schema, options, remembered.as_ref()).map_err(refused)?;
    let columns = propose(&mut mapping, names, facts, &schema, options);
    if !columns.is_empty() {
        schema = new_columns::create(home, table_id, &columns)?;
        mapping.settle(&schema, options).map_err(refused)?;
    }
    Ok(Chosen { schema, mapping, columns })
}

/// The mapping of the last import of such a header, with the names that the table's columns have now.
pub fn remembered(
    home: &Home,
    table_id: &TableId,
    schema: &Schema,
    header: &[String],
    mode: Mode,
) -> Result<Option<BTreeMap<String, Mapped>>> {
    let sql = sql!("import/remembered.sql", imports = home.imports());
    let hash = super::feed::header_hash(header);
    let parameters = [Parameter::Uuid(*table_id), Parameter::Text(&hash)];
    let found = spi::query(&sql, &parameters, mode, |row| Some((row.jsonb(1)?, row.jsonb(2))))?;
    let Some((document, ids)) = found.into_iter().flatten().next() else { return Ok(None) };
    // What cannot be read any more is not remembered.
    let Ok(mut mapping) = read_mapping(Value::root(&document)) else { return Ok(None) };
    let ids = ids.as_deref().and_then(|ids| Value::root(ids).as_object());
    // The rows of an error file are read as those of the file that they come from; another file decides for itself.
    let keeps_found = is_error_file(header);
    for mapped in mapping.values_mut() {
        work::step();
        if !keeps_found {
            mapped.forget_found();
        }
        let id = mapped.column.as_deref().and_then(|name| ids?.get(name)?.as_str());
        if let Some(column) = id.and_then(|id| schema.named(id)) {
            mapped.column = Some(column.name.clone());
        }
    }
    Ok(Some(mapping).filter(|mapping| mapping.values().any(|mapped| mapped.column.is_some())))
}

/// The options and the mapping that an import was begun with.
pub fn begun(import: &Import, schema: &Schema) -> Result<(ImportOptions, Mapping)> {
    let mut options = import.options.as_deref().map(read_options).transpose()?.unwrap_or_default();
    options.is_json = is_json(import);
    if let Some(mapping) = &import.mapping {
        let mut mapping = read_mapping(Value::root(mapping)).map_err(refused)?;
        // The stored mapping names every column that is imported.
        let left_out = || Mapped { is_left_out: true, ..Mapped::default() };
        mapping.entry(EVERY_OTHER.to_owned()).or_insert_with(left_out);
        options.mapping = Some(mapping);
    }
    let mapping = resolve(&import.header, &[], schema, &options, None).map_err(refused)?;
    Ok((options, mapping))
}

/// The ids of the table's columns that a mapping names, by their names.
fn mapped_ids(mapping: &Mapping, schema: &Schema) -> String {
    let names = mapping.columns.iter().map(|mapped| &mapped.column).inspect(|_| work::step());
    let ids = names.filter_map(|name| Some((name, schema.column(name)?.id.as_deref()?)));
    ids.fold(JsonObjectWriter::new(), |object, (name, id)| object.text(name, id)).object()
}

impl<'h> Job<'h> {
    /// The job of an import: as it was begun, or begun now by these options.
    pub fn open(home: &'h Home, mut import: Import, given: Option<&[u8]>) -> Result<Job<'h>> {
        let schema = catalog::schema_for_reading(home.tables, &import.table_id)?;
        if import.state == "running" {
            let stored = import.options.clone().unwrap_or_default();
            let is_other = |given: &[u8]| {
                let stored = Value::root(&stored).as_object();
                let is_same = |key: &[u8], value: Value<'_>| {
                    let before = stored.and_then(|stored| stored.get(&String::from_utf8_lossy(key)));
                    key == b"on_problem" || before.is_some_and(|before| before.same_bytes(value))
                };
                Value::root(given)
                    .as_object()
                    .is_some_and(|given| !given.iter().all(|(key, value)| is_same(key, value)))
            };
            if given.is_some_and(is_other) {
                return Err(import.in_wrong_state(
                    "An import goes on with the options that it was begun with: leave them out. Only on_problem may change.",
                ));
            }
            let (mut options, mapping) = begun(&import, &schema)?;
            let has_choice =
                |given: &&[u8]| Value::root(given).as_object().is_some_and(|given| given.get("on_problem").is_some());
            if let Some(given) = given.filter(has_choice) {
                options.on_problem = read_options(given)?.on_problem;
            }
            return Job::new(home, import, schema, options, mapping);
        }
        let mut options = given.map(read_options).transpose()?.unwrap_or_default();
        let (id, byte_count) = (import.id, import.byte_count);
        read_into_rows(home, &mut import, &options.reading, || {
            Ok(Box::new(ChunkSource::open(home, &id, byte_count)?))
        })?;
        options.is_json = is_json(&import);
        let mut feed = ChunkFeed::from(home, &id, 0).map(Feed::Chunks)?;
        let header = import.header.clone();
        let mut sample = sample(SAMPLE_ROWS, || feed.next(), || header)?;
        let rows = || ChunkFeed::from(home, &id, 0).map(Feed::Chunks);
        Job::start(home, import, schema, options, &mut sample, given, rows)
    }

    /// The job of a file at hand, whose first rows were looked at.
    pub fn of_file<'f>(
        home: &'h Home,
        mut import: Import,
        schema: Rc<Schema>,
        options: ImportOptions,
        given: Option<&[u8]>,
        (sample, form): (&mut Sample, &str),
        rows: impl Fn() -> Result<Feed<'f>>,
    ) -> Result<Job<'h>> {
        import.reading = Some(form.to_owned());
        Job::start(home, import, schema, options, sample, given, rows)
    }

    fn start<'f>(
        home: &'h Home,
        mut import: Import,
        schema: Rc<Schema>,
        options: ImportOptions,
        sample: &mut Sample,
        given: Option<&[u8]>,
        rows: impl Fn() -> Result<Feed<'f>>,
    ) -> Result<Job<'h>> {
        let Chosen { mut schema, mapping, columns } = choose(home, &import.table_id, schema, &options, sample, &rows)?;
        import.header.clone_from(&sample.names);
        let new_choices =
            if options.create_choices { choices::find(&mut rows()?, &schema, &mapping)? } else { Vec::new() };
        if !new_choices.is_empty() {
            schema = choices::create(home, &import.table_id, &new_choices)?;
        }
        let document = JsonbResult::parse(&mapping.to_json(&import.header));
        let options_given =
            given.map_or_else(|| JsonbResult::parse("{}"), |given| JsonbResult::document(given.to_vec()));
        let sql = sql!("import/start.sql", imports = home.imports());
        let ids = JsonbResult::parse(&mapped_ids(&mapping, &schema));
        let (given, chosen, ids) = (options_given.to_value(), document.to_value(), ids.to_value());
        let parameters =
            [Parameter::Uuid(import.id), Parameter::Value(&given), Parameter::Value(&chosen), Parameter::Value(&ids)];
        spi::execute(&sql, &parameters, Mode::Write)?;
        import.state = "running".to_owned();
        import.mapping = Some(document.into_bytes());
        Job::new(home, import, schema, options, mapping).map(|job| Job { new_choices, new_columns: columns, ..job })
    }

    fn new(
        home: &'h Home,
        import: Import,
        schema: Rc<Schema>,
        options: ImportOptions,
        mapping: Mapping,
    ) -> Result<Job<'h>> {
        let matcher = Matcher::new(&schema, &options.match_on, mapping.record_id.is_some())?;
        let columns: Vec<String> = mapping.columns.iter().map(|mapped| mapped.column.clone()).collect();
        let links = Links::new(home, (&import.table_id, &schema), &columns, &options)?;
        let is_json = is_json(&import);
        let (new_choices, new_columns) = (Vec::new(), Vec::new());
        let touched = Touched::since(import.next_row);
        Ok(Job { home, import, schema, options, is_json, mapping, matcher, touched, links, new_choices, new_columns })
    }
}

fn is_json(import: &Import) -> bool {
    import.reading.as_deref().is_some_and(|reading| reading.starts_with("json "))
}

pub fn read_options(document: &[u8]) -> Result<ImportOptions> {
    ImportOptions::read(options_object(Value::root(document))?).map_err(refused)
}

/// The members of the options; 22023 for what is no object.
pub fn options_object(options: Value<'_>) -> Result<Object<'_>> {
    options.as_object().ok_or_else(|| {
        Error::invalid_parameter(format!("options must be a JSON object, not {}", options.kind()))
            .hint("Pass {} to use the default of every option.")
    })
}
