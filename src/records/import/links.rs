//! References in a file: the records that its texts name, looked up once a batch.
use super::home::{Home, refused};
use super::matching::{column_key, unique_holders, visible};
use crate::core::fields::cast::read_list;
use crate::core::fields::identifier::{is_uuid, uuid_bytes, uuid_text};
use crate::core::fields::{Rule, shown};
use crate::core::import::options::ImportOptions;
use crate::core::import::problem::ImportProblem;
use crate::core::import::source::{Problem, ProblemClass};
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::schema::{Column, Schema};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::Result;
use crate::pg::spi::{self, Parameter};
use crate::records::catalog::{self, TableId};
use crate::records::import::matching::Hit;
use crate::records::stored::live_condition;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// The problem of a text that names no record.
pub const NO_LINK: &str = "import.no_link";

/// A reference column that is imported, and by what its cells name records.
struct Reference {
    label: String,
    target: TableId,
    is_list: bool,
    /// A unique column of the other table; none: the records' names.
    by: Option<(Rc<Schema>, String)>,
    /// Its records are those of the table that is imported.
    is_own: bool,
}

pub struct Links {
    references: BTreeMap<String, Reference>,
    /// By column: what the texts of the batch at hand mean.
    found: HashMap<String, HashMap<String, Hit>>,
    pub link_count: u64,
}

impl Links {
    pub fn new(
        home: &Home,
        (table_id, schema): (&TableId, &Schema),
        columns: &[String],
        options: &ImportOptions,
    ) -> Result<Links> {
        let mut references = BTreeMap::new();
        for name in columns {
            work::step();
            let Some(column) = schema.column(name) else { continue };
            let Rule::Link(link) = &column.rule else { continue };
            let Some(target) = link.target.as_deref().and_then(uuid_bytes) else { continue };
            let by = options.link_by.get(name).map(String::as_str).filter(|by| *by != "name");
            let by = by.map(|by| by_column(home, column, &target, by)).transpose()?;
            references.insert(
                name.clone(),
                Reference {
                    label: column.label.clone(),
                    target,
                    is_list: link.multiple,
                    by,
                    is_own: target == *table_id,
                },
            );
        }
        if let Some(name) = options.link_by.keys().find(|name| !references.contains_key(*name)) {
            let message = format!("link_by names \"{}\", which is no reference column that is imported.", shown(name));
            return Err(refused(Problem::new(ProblemClass::Malformed, "import.option", message)));
        }
        Ok(Links { references, found: HashMap::new(), link_count: 0 })
    }

    fn items(reference: &Reference, text: &str) -> Vec<String> {
        if reference.is_list { read_list(text) } else { vec![text.trim().to_owned()] }
    }

    /// Looks up what the texts of a batch name.
    pub fn look_up<'t>(&mut self, home: &Home, texts: impl Iterator<Item = (&'t str, &'t str)>) -> Result<()> {
        let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (column, text) in texts {
            work::step();
            let Some(reference) = self.references.get(column) else { continue };
            let items = Links::items(reference, text).into_iter().filter(|item| !item.is_empty() && !is_uuid(item));
            wanted.entry(column).or_default().extend(items);
        }
        self.found.clear();
        for (column, texts) in wanted {
            let Some(reference) = self.references.get(column) else { continue };
            let texts: Vec<String> = texts.into_iter().collect();
            let found = match &reference.by {
                Some((schema, by)) => by_unique(home, reference, schema, by, &texts)?,
                None => by_name(home, reference, &texts)?,
            };
            self.found.insert(column.to_owned(), found);
        }
        Ok(())
    }

    pub fn is_reference(&self, column: &str) -> bool {
        self.references.contains_key(column)
    }

    /// Whether a later row of the file may make the record that a text names.
    pub fn may_come(&self, column: &str, problem: &ImportProblem) -> bool {
        problem.code == NO_LINK && self.references.get(column).is_some_and(|reference| reference.is_own)
    }

    /// The value of a cell as JSON, with ids in the place of texts.
    pub fn resolve(&mut self, column: &str, text: &str) -> std::result::Result<String, ImportProblem> {
        let Some(reference) = self.references.get(column) else { return Ok("null".to_owned()) };
        let mut ids = Vec::new();
        for item in Links::items(reference, text) {
            work::step();
            if is_uuid(&item) {
                ids.push(item.to_ascii_lowercase());
                continue;
            }
            let params = JsonObjectWriter::new().text("value", &shown(&item));
            match self.found.get(column).and_then(|found| found.get(&item)) {
                Some(Hit::One(id)) => ids.push(uuid_text(id)),
                Some(Hit::Many) => {
                    let message = format!("{} names several records: \"{}\"", reference.label, shown(&item));
                    return Err(ImportProblem::new("import.match_many", message).with(params));
                }
                None => {
                    let message = format!("{} names no record: \"{}\"", reference.label, shown(&item));
                    return Err(ImportProblem::new(NO_LINK, message).with(params));
                }
            }
        }
        self.link_count += ids.len() as u64;
        let quoted: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
        Ok(if reference.is_list { format!("[{}]", quoted.join(",")) } else { quoted.join("") })
    }
}

fn by_column(home: &Home, column: &Column, target: &TableId, by: &str) -> Result<(Rc<Schema>, String)> {
    let schema = catalog::schema_for_reading(home.tables, target)?;
    let found = schema.named(by).filter(|found| found.unique).map(|found| found.name.clone());
    let Some(name) = found else {
        let message = format!("\"{}\" cannot be linked by \"{}\".", shown(&column.name), shown(by));
        let problem = Problem::new(ProblemClass::Malformed, "import.option", message);
        return Err(refused(problem.hint("Name a unique column of the other table, or name.")));
    };
    Ok((schema, name))
}

fn by_unique(
    home: &Home,
    reference: &Reference,
    schema: &Schema,
    by: &str,
    texts: &[String],
) -> Result<HashMap<String, Hit>> {
    let Some(column) = schema.column(by) else { return Ok(HashMap::new()) };
    let mut keys: HashMap<String, Vec<&String>> = HashMap::new();
    for text in texts {
        work::step();
        // As an import of the other table would read it.
        let given = crate::pg::jsonb::JsonbResult::parse(&JsonObjectWriter::new().text(by, text).object()).into_read();
        let Some(object) = given.value().as_object() else { continue };
        let casted = crate::core::validate::cast::cast_record(schema, object).data;
        let casted = crate::pg::jsonb::JsonbResult::parse(&casted).into_read();
        let value = casted.value().as_object().and_then(|object| object.get(by));
        if let Some(key) = value.and_then(|value: Value<'_>| column_key(schema, by, value)) {
            keys.entry(key).or_default().push(text);
        }
    }
    let wanted: Vec<String> = keys.keys().cloned().collect();
    let holders = unique_holders(home, &reference.target, &column.key_id, &wanted)?;
    let ids: Vec<TableId> = holders.values().copied().collect();
    let seen = visible(home, &reference.target, &ids)?;
    let mut found = HashMap::new();
    for (key, id) in holders.into_iter().filter(|(_, id)| seen.contains(id)) {
        work::step();
        for text in keys.get(&key).into_iter().flatten() {
            work::step();
            found.insert((*text).clone(), Hit::One(id));
        }
    }
    Ok(found)
}

fn by_name(home: &Home, reference: &Reference, texts: &[String]) -> Result<HashMap<String, Hit>> {
    let sql = sql!("import/titled.sql", records = home.records_name(), live = live_condition(home.records)?);
    let parameters = [Parameter::Uuid(reference.target), Parameter::Texts(texts)];
    let (_, rows) = spi::once(&sql, &parameters, |row| Some((row.text(1)?, row.uuid(2)?)))?;
    let mut found: HashMap<String, Hit> = HashMap::new();
    for (name, id) in rows.into_iter().flatten() {
        work::step();
        found.entry(name).and_modify(|hit| *hit = Hit::Many).or_insert(Hit::One(id));
    }
    Ok(found)
}
