//! Options of an import, as the functions take them in one JSON object.
use super::budget::Limits;
use super::columns::{DateOrder, DecimalMark};
use super::dialect::{Dialect, Escape};
use super::open::TextFormat;
use super::source::{Problem, ProblemClass};
use crate::core::fields::identifier::nearest;
use crate::core::jsonb::{Object, Value};
use crate::core::work;
use std::collections::BTreeMap;

/// What becomes of a row whose record is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMatch {
    /// Writes only columns in which the record has no value.
    #[default]
    Fill,
    /// Writes all mapped columns; a blank cell clears the value.
    Replace,
    ReplaceNonblank,
    Skip,
    Refuse,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnProblem {
    #[default]
    SkipRow,
    /// The row is written without the cells that have a problem.
    SkipCell,
    /// The first problem ends the call.
    Refuse,
}

/// In a mapping: every column of the file that it does not name.
pub const EVERY_OTHER: &str = "*";

/// How the file is read. Two imports of the same file with the same value give the same rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub encoding: Option<String>,
    pub format: Option<TextFormat>,
    pub delimiter: Option<u8>,
    /// Some(None): without quotes.
    pub quote: Option<Option<u8>>,
    pub has_header: Option<bool>,
    pub skip_lines: Option<u64>,
    /// The name of a sheet.
    pub sheet: Option<String>,
    pub limits: Limits,
}

/// What the caller says of one column of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// The table's column, by name or id.
    pub column: Option<String>,
    /// null was given for the column.
    pub is_left_out: bool,
    pub date_order: Option<DateOrder>,
    pub decimal_mark: Option<DecimalMark>,
    /// What an "x" means in a column of truth values.
    pub cross: Option<bool>,
    pub found: Found,
}

/// Which marks of a column were found in the values of its file: nobody has said them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub date_order: bool,
    pub decimal_mark: bool,
}

impl Found {
    /// Their names, as the member `detected` of a mapping lists them.
    pub fn names(self) -> Vec<&'static str> {
        let marks = [("date_order", self.date_order), ("decimal_mark", self.decimal_mark)];
        marks.into_iter().filter(|(_, is_found)| *is_found).map(|(name, _)| name).collect()
    }

    fn read(name: &str, value: Value<'_>) -> Result<Found, Problem> {
        let names = names_of(name, value)?;
        let is_found = |mark: &str| names.iter().any(|name| name == mark);
        Ok(Found { date_order: is_found("date_order"), decimal_mark: is_found("decimal_mark") })
    }
}

impl Mapped {
    /// Keeps the marks that somebody said.
    pub fn forget_found(&mut self) {
        let found = std::mem::take(&mut self.found);
        self.date_order = self.date_order.filter(|_| !found.date_order);
        self.decimal_mark = self.decimal_mark.filter(|_| !found.decimal_mark);
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    pub reading: Reading,
    /// By the names of the file's columns. Those that it does not name are followed as without it, unless [`EVERY_OTHER`] is left out.
    pub mapping: Option<BTreeMap<String, Mapped>>,
    pub match_on: Vec<String>,
    pub on_match: OnMatch,
    /// The caller says what becomes of rows whose records are there, or are not.
    pub wants_match: bool,
    pub skip_new: bool,
    pub on_problem: OnProblem,
    pub date_order: Option<DateOrder>,
    pub decimal_mark: Option<DecimalMark>,
    pub utc_offset: Option<String>,
    /// Whether amounts count minor units; none: those of JSON numbers do.
    pub has_minor_units: Option<bool>,
    /// No option: the file is JSON.
    pub is_json: bool,
    /// By columns of the table: the column of the other table that cells are compared with.
    pub link_by: BTreeMap<String, String>,
    pub create_choices: bool,
    /// The audit log gets an event a batch, not one a row.
    pub is_audited_by_batch: bool,
    pub create_columns: bool,
}

const NAMES: [&str; 21] = [
    "encoding",
    "format",
    "delimiter",
    "quote",
    "has_header",
    "skip_lines",
    "sheet",
    "limits",
    "mapping",
    "match_on",
    "on_match",
    "on_new",
    "on_problem",
    "date_order",
    "decimal_mark",
    "utc_offset",
    "minor_units",
    "link_by",
    "create_choices",
    "create_columns",
    "audit",
];

fn wrong(message: String) -> Problem {
    Problem::new(ProblemClass::Malformed, "import.option", message)
}

fn text<'a>(name: &str, value: Value<'a>) -> Result<&'a str, Problem> {
    value.as_str().ok_or_else(|| wrong(format!("The option {name} must be a text, not {}.", value.kind())))
}

pub fn truth(name: &str, value: Value<'_>) -> Result<bool, Problem> {
    value.as_bool().ok_or_else(|| wrong(format!("The option {name} must be true or false, not {}.", value.kind())))
}

fn choice<T: Copy>(name: &str, value: Value<'_>, choices: &[(&str, T)]) -> Result<T, Problem> {
    let given = text(name, value)?;
    choices.iter().find(|(choice, _)| *choice == given).map(|(_, chosen)| *chosen).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        wrong(format!("The option {name} cannot be \"{}\".", crate::core::fields::shown(given)))
            .hint(format!("It is one of {}.", names.join(", ")))
    })
}

fn character(name: &str, value: Value<'_>) -> Result<u8, Problem> {
    match text(name, value)?.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        b"tab" => Ok(b'\t'),
        _ => {
            Err(wrong(format!("The option {name} must be one ASCII character.")).hint("A tab can be given as \"tab\"."))
        }
    }
}

fn date_order(name: &str, value: Value<'_>) -> Result<DateOrder, Problem> {
    choice(name, value, &[("ymd", DateOrder::Ymd), ("mdy", DateOrder::Mdy), ("dmy", DateOrder::Dmy)])
}

fn decimal_mark(name: &str, value: Value<'_>) -> Result<DecimalMark, Problem> {
    choice(name, value, &[(".", DecimalMark::Point), (",", DecimalMark::Comma)])
}

fn mapped(file_column: &str, value: Value<'_>) -> Result<Mapped, Problem> {
    let name = format!("mapping of \"{}\"", crate::core::fields::shown(file_column));
    match value {
        Value::Null => Ok(Mapped { is_left_out: true, ..Mapped::default() }),
        Value::String(_) => Ok(Mapped { column: Some(text(&name, value)?.to_owned()), ..Mapped::default() }),
        Value::Object(object) => {
            let mut mapped = Mapped::default();
            for (key, value) in object.iter() {
                work::step();
                match key {
                    b"column" if value.is_null() => mapped.is_left_out = true,
                    b"column" => mapped.column = Some(text(&name, value)?.to_owned()),
                    b"date_order" => mapped.date_order = Some(date_order(&name, value)?),
                    b"decimal_mark" => mapped.decimal_mark = Some(decimal_mark(&name, value)?),
                    b"detected" => mapped.found = Found::read(&name, value)?,
                    b"x" => mapped.cross = Some(truth(&name, value)?),
                    _ => {
                        let key = String::from_utf8_lossy(key);
                        return Err(wrong(format!(
                            "The {name} has no member \"{}\".",
                            crate::core::fields::shown(&key)
                        ))
                        .hint("It has column, date_order, decimal_mark and x."));
                    }
                }
            }
            Ok(mapped)
        }
        other => Err(wrong(format!("The {name} must be a text, an object or null, not {}.", other.kind()))),
    }
}

fn names_of(name: &str, value: Value<'_>) -> Result<Vec<String>, Problem> {
    match value {
        Value::Array(array) => array.iter().map(|item| text(name, item).map(str::to_owned)).collect(),
        _ => Ok(vec![text(name, value)?.to_owned()]),
    }
}

/// Reads a mapping: {"column of the file": "column of the table"}.
pub fn read_mapping(value: Value<'_>) -> Result<BTreeMap<String, Mapped>, Problem> {
    let object = value.as_object().ok_or_else(|| {
        wrong(format!("The option mapping must be an object, not {}.", value.kind()))
            .hint("It is {\"column of the file\": \"column of the table\"}.")
    })?;
    let mut mapping = BTreeMap::new();
    for (key, value) in object.iter() {
        work::step();
        let key = String::from_utf8_lossy(key).into_owned();
        let entry = mapped(&key, value)?;
        mapping.insert(key, entry);
    }
    Ok(mapping)
}

impl ImportOptions {
    /// Reads the options; a name that is none of them is refused.
    pub fn read(given: Object<'_>) -> Result<ImportOptions, Problem> {
        let mut options = ImportOptions::default();
        for (key, value) in given.iter() {
            work::step();
            let name = String::from_utf8_lossy(key);
            if !value.is_null() || name == "quote" {
                options.set(&name, value)?;
            }
        }
        Ok(options)
    }

    /// Whether the import may change the table itself.
    pub fn edits_table(&self) -> bool {
        self.create_choices || self.create_columns
    }

    fn set(&mut self, name: &str, value: Value<'_>) -> Result<(), Problem> {
        let reading = &mut self.reading;
        match name {
            "encoding" => reading.encoding = Some(text(name, value)?.to_owned()),
            "format" => {
                reading.format = choice(
                    name,
                    value,
                    &[
                        ("csv", Some(TextFormat::Csv)),
                        ("json", Some(TextFormat::Json)),
                        ("xlsx", None),
                        ("workbook", None),
                    ],
                )?;
            }
            "delimiter" => reading.delimiter = Some(character(name, value)?),
            "quote" if value.is_null() || value.as_str() == Some("") => reading.quote = Some(None),
            "quote" => reading.quote = Some(Some(character(name, value)?)),
            "has_header" => reading.has_header = Some(truth(name, value)?),
            "skip_lines" => {
                let lines = value.as_number().and_then(|number| number.to_string().parse::<u32>().ok());
                let lines = lines.ok_or_else(|| wrong("The option skip_lines must be an integer from 0 on.".into()))?;
                reading.skip_lines = Some(u64::from(lines));
            }
            "sheet" => reading.sheet = Some(text(name, value)?.to_owned()),
            "limits" => reading.limits = limits(value)?,
            "mapping" => self.mapping = Some(read_mapping(value)?),
            "match_on" => self.match_on = names_of(name, value)?,
            "on_match" => {
                self.wants_match = true;
                self.on_match = choice(
                    name,
                    value,
                    &[
                        ("fill", OnMatch::Fill),
                        ("replace", OnMatch::Replace),
                        ("replace_nonblank", OnMatch::ReplaceNonblank),
                        ("skip", OnMatch::Skip),
                        ("refuse", OnMatch::Refuse),
                    ],
                )?;
            }
            "on_new" => {
                self.skip_new = choice(name, value, &[("create", false), ("skip", true)])?;
                self.wants_match |= self.skip_new;
            }
            "on_problem" => {
                self.on_problem = choice(
                    name,
                    value,
                    &[
                        ("skip_row", OnProblem::SkipRow),
                        ("skip_cell", OnProblem::SkipCell),
                        ("refuse", OnProblem::Refuse),
                    ],
                )?;
            }
            "date_order" => self.date_order = Some(date_order(name, value)?),
            "decimal_mark" => self.decimal_mark = Some(decimal_mark(name, value)?),
            "utc_offset" => self.utc_offset = Some(offset(text(name, value)?)?),
            "minor_units" => self.has_minor_units = Some(truth(name, value)?),
            "link_by" => {
                let object = value.as_object().ok_or_else(|| {
                    wrong(format!("The option link_by must be an object, not {}.", value.kind()))
                        .hint("It is {\"reference column\": \"column of the other table\"}.")
                })?;
                for (key, value) in object.iter() {
                    work::step();
                    self.link_by.insert(String::from_utf8_lossy(key).into_owned(), text(name, value)?.to_owned());
                }
            }
            "create_choices" => self.create_choices = truth(name, value)?,
            "create_columns" => self.create_columns = truth(name, value)?,
            "audit" => self.is_audited_by_batch = choice(name, value, &[("rows", false), ("batch", true)])?,
            other => {
                let problem = wrong(format!("There is no option \"{}\".", crate::core::fields::shown(other)));
                return Err(match nearest(other, NAMES) {
                    Some(near) => problem.hint(format!("Did you mean {near}?")),
                    None => problem.hint(format!("The options are {}.", NAMES.join(", "))),
                });
            }
        }
        Ok(())
    }
}

fn limits(value: Value<'_>) -> Result<Limits, Problem> {
    let members = || format!("Its members are {}: integers from 1 on.", Limits::NAMES.join(", "));
    let object = value
        .as_object()
        .ok_or_else(|| wrong(format!("The option limits must be an object, not {}.", value.kind())).hint(members()))?;
    let mut limits = Limits::default();
    for (key, value) in object.iter() {
        work::step();
        let name = String::from_utf8_lossy(key);
        let shown = crate::core::fields::shown(&name);
        let limit = limits.named(&name);
        let limit =
            limit.ok_or_else(|| wrong(format!("The option limits has no member \"{shown}\".")).hint(members()))?;
        let given = value.as_number().and_then(|number| number.to_string().parse().ok()).filter(|given| *given > 0);
        *limit = Some(given.ok_or_else(|| wrong(format!("The limit {shown} must be an integer from 1 on.")))?);
    }
    Ok(limits)
}

/// Z, +09:00 or -03:30.
fn offset(given: &str) -> Result<String, Problem> {
    let is_offset = given == "Z"
        || matches!(given.as_bytes(), [b'+' | b'-', a, b, b':', c, d]
            if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()) && *a <= b'1' && *c <= b'5');
    if is_offset {
        return Ok(given.to_owned());
    }
    Err(wrong(format!("The option utc_offset cannot be \"{}\".", crate::core::fields::shown(given)))
        .hint("It is Z, or an offset such as +09:00."))
}

impl Reading {
    /// The dialect that is given, where one is: on top of the one that was found.
    pub fn apply(&self, dialect: &mut Dialect) {
        if let Some(delimiter) = self.delimiter {
            dialect.delimiter = delimiter;
        }
        if let Some(quote) = self.quote {
            dialect.quote = quote;
            dialect.escape = Escape::Doubled;
        }
        if let Some(lines) = self.skip_lines {
            dialect.preamble = lines;
        }
        if let Some(has_header) = self.has_header {
            dialect.has_header = has_header;
        }
    }

    /// The same text for the same options.
    pub fn form(&self) -> String {
        format!("{self:?}")
    }

    /// Whether the dialect that was found is another one than the caller wants.
    pub fn has_dialect(&self) -> bool {
        self.delimiter.is_some() || self.quote.is_some() || self.skip_lines.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{ImportOptions, OnMatch, OnProblem};
    use crate::core::import::budget::Budget;
    use crate::core::import::columns::{DateOrder, DecimalMark};
    use crate::core::jsonb::{Value, fixture::document};

    fn read(given: &str) -> Result<ImportOptions, String> {
        let given = document(given);
        ImportOptions::read(Value::root(&given).as_object().unwrap())
            .map_err(|problem| format!("{} {}", problem.message, problem.hint.unwrap_or_default()))
    }

    #[test]
    fn options_are_read() {
        let options = read(
            r#"{"delimiter":";","quote":null,"match_on":"email","on_match":"replace","on_problem":"skip_cell","date_order":"dmy",
                "mapping":{"A":"name","B":null,"C":{"column":"day","date_order":"mdy"}},"utc_offset":"+09:00","sheet":null,"audit":"batch"}"#,
        )
        .unwrap();
        assert_eq!((options.on_match, options.on_problem), (OnMatch::Replace, OnProblem::SkipCell));
        assert_eq!((options.reading.delimiter, options.reading.quote), (Some(b';'), Some(None)));
        assert_eq!(options.mapping.as_ref().unwrap()["C"].date_order, Some(DateOrder::Mdy));
        assert!(options.is_audited_by_batch);
        let mapping = options.mapping.unwrap();
        assert!(mapping["B"].is_left_out && mapping["B"].column.is_none() && !mapping["C"].is_left_out);
        assert_eq!(read("{}").unwrap(), ImportOptions::default());
    }

    #[test]
    fn limits_only_lower_the_settings() {
        let limits = read(r#"{"limits":{"rows":2,"columns":5000,"cells":null}}"#).map(|options| options.reading.limits);
        assert_eq!(limits, Err("The limit cells must be an integer from 1 on. ".to_owned()));
        let limits = read(r#"{"limits":{"rows":2,"columns":5000,"cells":90000000}}"#).unwrap().reading.limits;
        let budget = Budget::default().within(&limits);
        assert_eq!(budget, Budget { rows: 2, ..Budget::default() });
    }

    #[test]
    fn marks_that_were_found_are_no_words_of_anybody() {
        let given =
            read(r#"{"mapping":{"a":{"column":"a","date_order":"dmy","decimal_mark":",","detected":["date_order"]}}}"#);
        let mut mapped = given.unwrap().mapping.unwrap().remove("a").unwrap();
        assert_eq!((mapped.date_order, mapped.found.names()), (Some(DateOrder::Dmy), vec!["date_order"]));
        mapped.forget_found();
        assert_eq!((mapped.date_order, mapped.decimal_mark), (None, Some(DecimalMark::Comma)));
        assert_eq!(mapped.column.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for (given, expected) in [
            (r#"{"macth_on":"a"}"#, "There is no option \"macth_on\". Did you mean match_on?"),
            (r#"{"on_match":"x"}"#, "The option on_match cannot be \"x\". It is one of fill, replace"),
            (r#"{"delimiter":"ab"}"#, "The option delimiter must be one ASCII character."),
            (r#"{"utc_offset":"9"}"#, "The option utc_offset cannot be \"9\"."),
            (r#"{"audit":"none"}"#, "The option audit cannot be \"none\". It is one of rows, batch."),
            (r#"{"limits":5}"#, "The option limits must be an object, not number. Its members are file_bytes, "),
            (r#"{"limits":{"row":1}}"#, "The option limits has no member \"row\". Its members are file_bytes, "),
            (r#"{"limits":{"rows":0}}"#, "The limit rows must be an integer from 1 on."),
            (r#"{"limits":{"rows":1.5}}"#, "The limit rows must be an integer from 1 on."),
            (r#"{"mapping":{"a":{"detected":1}}}"#, "The option mapping of \"a\" must be a text, not number."),
            (r#"{"mapping":[]}"#, "The option mapping must be an object, not array."),
            (r#"{"mapping":{"a":{"y":1}}}"#, "The mapping of \"a\" has no member \"y\"."),
        ] {
            let found = read(given).unwrap_err();
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
