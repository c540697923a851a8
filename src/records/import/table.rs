//! A new table from a file: its columns, and its records where they are wanted.
use super::functions::required;
use super::home::{Home, refused};
use super::job::{Chosen, choose, options_object, read_options};
use super::new_columns::{edited, latest_schema};
use super::run_functions::{import_file, rows_of_file, sample_of_file};
use crate::core::fields::identifier::uuid_text;
use crate::core::import::new_column::to_json;
use crate::core::import::options::{ImportOptions, truth};
use crate::core::jsonb::{JsonObjectWriter, ObjectBuilder, Value};
use crate::core::sql::sql;
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::jsonb::{Jsonb, JsonbResult};
use crate::pg::relation::{self, Regclass};
use crate::pg::spi::{self, Mode, Parameter};
use crate::records::catalog::TableId;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{Uuid, pg_extern};

const IMPORT_ROWS: &str = "import_rows";
const CREATE_COLUMNS: &str = "create_columns";

/// What the caller wants: the options of the import as they are stored with it, and whether there is one.
struct Wanted {
    given: Vec<u8>,
    read: ImportOptions,
    has_rows: bool,
}

impl Wanted {
    fn read(options: Option<&Jsonb<'_>>) -> Result<Wanted> {
        let (mut given, mut has_rows) = (ObjectBuilder::default(), true);
        if let Some(options) = options {
            for (key, value) in options_object(options.value())?.iter() {
                work::step();
                if key == IMPORT_ROWS.as_bytes() {
                    has_rows = value.is_null() || truth(IMPORT_ROWS, value).map_err(refused)?;
                } else if key == CREATE_COLUMNS.as_bytes() {
                    if !value.is_null() && !truth(CREATE_COLUMNS, value).map_err(refused)? {
                        return Err(Error::invalid_parameter(
                            "the option create_columns cannot be false for a new table",
                        )
                        .hint("Leave it out. The mapping leaves single columns of the file out by null."));
                    }
                } else {
                    given.member(key, value);
                }
            }
        }
        given.member(CREATE_COLUMNS.as_bytes(), Value::Bool(true));
        let given = given.finish().ok_or_else(|| Error::limit_reached("the options are too large"))?;
        let read = read_options(&given)?;
        Ok(Wanted { given, read, has_rows })
    }
}

fn make_table(home: &Home, organization_id: &TableId, name: &str) -> Result<TableId> {
    let sql = sql!("import/table.sql", tables = relation::quoted_name(home.tables));
    let parameters = [Parameter::Uuid(*organization_id), Parameter::Text(name)];
    let hint = "Tables are made by members who may edit them: ask one of the organization.";
    let made = edited(hint, || spi::query(&sql, &parameters, Mode::Write, |row| row.uuid(1)))?;
    made.into_iter().flatten().next().ok_or_else(|| {
        Error::insufficient_privilege("the table was not made: a trigger left it out")
            .hint("Look at the triggers of the relation of tables.")
    })
}

#[pg_extern(sql = false)]
fn create_table_from_file(
    organization_id: Option<Uuid>,
    name: Option<&str>,
    file: Option<&[u8]>,
    options: Option<Jsonb<'_>>,
    tables: Option<Regclass>,
) -> Result<JsonbResult, ErrorReport> {
    let organization_id = required(organization_id, "organization_id")?;
    let name = name.ok_or_else(|| Error::required("name"))?;
    let file = file.ok_or_else(|| Error::required("file"))?;
    let wanted = Wanted::read(options.as_ref())?;
    let home = Home::find(tables)?;
    let answer = home.as_editor(|| {
        let table_id = make_table(&home, &organization_id, name)?;
        let answer = JsonObjectWriter::new().text("table_id", &uuid_text(&table_id));
        let schema = latest_schema(&home, &table_id)?;
        if wanted.has_rows {
            let job = import_file(&home, &table_id, schema, file, &wanted.read, Some(&wanted.given))?.job;
            let columns = to_json(&job.new_columns, &job.import.header);
            return Ok(answer.json("columns", columns).join(job.import.progress_members()).object());
        }
        let (mut sample, _) = sample_of_file(file, &wanted.read)?;
        let rows = || rows_of_file(file, &wanted.read);
        let Chosen { mapping, columns, .. } = choose(&home, &table_id, schema, &wanted.read, &mut sample, rows)?;
        let names = &sample.names;
        Ok(answer.json("columns", to_json(&columns, names)).json("mapping", mapping.to_json(names)).object())
    })?;
    Ok(JsonbResult::parse(&answer))
}
