//! A compiled schema: the columns in the order of jsonb's keys, ready for one merge pass over a record.
use crate::core::fields;
use crate::core::fields::identifier::uuid_bytes;
use crate::core::fields::{Choices, Rule};
use crate::core::jsonb::{Object, Value, compare_keys};
use crate::core::work;

/// The value of a schema whose table has no columns yet.
pub const EMPTY: &str = r#"{"columns":[],"statuses":[],"version":1}"#;

/// Names that a record's own columns have; a custom column of that name could never be told from them.
pub const RESERVED: [&str; 5] = ["id", "table_id", "organization_id", "data", "search_vector"];

/// A value that the records table keeps in a column of its own, outside `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    Name,
    Email,
    Company,
    Status,
}

impl Common {
    pub const ALL: [Common; 4] = [Common::Name, Common::Email, Common::Company, Common::Status];

    pub fn name(self) -> &'static str {
        match self {
            Common::Name => "name",
            Common::Email => "email",
            Common::Company => "company",
            Common::Status => "status",
        }
    }

    pub fn named(name: &str) -> Option<Common> {
        Common::ALL.into_iter().find(|common| common.name() == name)
    }
}

/// The values of a record, as its row stores them.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// By [`Common`].
    pub commons: [Option<&'a str>; 4],
    pub data: Option<Object<'a>>,
}

/// What becomes of keys in `data` that no column has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownKeys {
    #[default]
    Allow,
    Strict,
    Strip,
}

impl UnknownKeys {
    pub fn named(name: &str) -> Option<UnknownKeys> {
        match name {
            "allow" => Some(UnknownKeys::Allow),
            "strict" => Some(UnknownKeys::Strict),
            "strip" => Some(UnknownKeys::Strip),
            _ => None,
        }
    }
}

/// What `tables.options` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `records.email` is an e-mail address, whatever a column of that name says.
    pub check_email: bool,
    /// `records.status` is one of the table's statuses, where it has any, whatever a column of that name says.
    pub check_status: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { check_email: true, check_status: true }
    }
}

/// A column's definition as it was given, before its options are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnParts<'a> {
    pub id: Option<&'a str>,
    pub name: &'a str,
    pub renamed_from: Option<&'a str>,
    pub label: Option<&'a str>,
    pub kind: &'a str,
    pub required: bool,
    pub unique: bool,
    pub searchable: bool,
    pub indexed: bool,
    pub default: Option<Value<'a>>,
    pub options: Option<Object<'a>>,
}

#[derive(Debug)]
pub struct Column {
    pub id: Option<String>,
    pub name: String,
    /// What `record_keys` knows the column by: its id, which a rename keeps; its name where it has no UUID.
    pub key_id: String,
    /// The name that the column had before: while a rename is under way, records may hold their value under it.
    pub former: Option<String>,
    pub label: String,
    /// The name of the type.
    pub kind: String,
    pub rule: Rule,
    pub required: bool,
    pub unique: bool,
    /// Whether full-text search reads it.
    pub searchable: bool,
    /// Whether it has an index of its own in `record_index`.
    pub indexed: bool,
    pub common: Option<Common>,
    /// The default, as a jsonb document of its own; it passes the column's rule.
    pub default: Option<Box<[u8]>>,
    /// Where the column stands in the schema's own order.
    pub position: usize,
}

impl Column {
    /// The column's id, when it is a UUID.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        self.id.as_deref().and_then(uuid_bytes)
    }

    /// What a record holds in the column: in one of its own columns, or in its data.
    pub fn held_in<'a>(&self, record: &Stored<'a>) -> Option<Value<'a>> {
        match self.common {
            Some(common) => record.commons[common as usize].map(|text| Value::String(text.as_bytes())),
            None => self.value_in(record.data?),
        }
    }

    /// The column's value in a record's data, which may still be under the column's former name.
    pub fn value_in<'a>(&self, data: Object<'a>) -> Option<Value<'a>> {
        data.get(&self.name).or_else(|| data.get(self.former.as_deref()?))
    }
}

#[derive(Debug)]
pub struct Schema {
    pub version: i64,
    /// In jsonb's key order.
    pub columns: Vec<Column>,
    pub statuses: Choices,
    pub unknown_keys: UnknownKeys,
    pub settings: Settings,
    pub has_defaults: bool,
    pub has_unique: bool,
    pub has_autonumbers: bool,
    /// Some column's value is given by the server.
    pub has_computed: bool,
    pub has_references: bool,
    /// A rename is under way.
    pub has_former_names: bool,
}

impl Schema {
    pub fn new(
        version: i64,
        mut columns: Vec<Column>,
        statuses: Choices,
        unknown_keys: UnknownKeys,
        settings: Settings,
    ) -> Schema {
        columns.sort_by(|left, right| compare_keys(left.name.as_bytes(), right.name.as_bytes()));
        Schema {
            has_defaults: columns.iter().any(|column| column.default.is_some()),
            has_unique: columns.iter().any(|column| column.unique),
            has_autonumbers: columns.iter().any(|column| matches!(column.rule, Rule::Autonumber(_))),
            has_computed: columns.iter().any(|column| column.rule.is_computed()),
            has_references: columns
                .iter()
                .any(|column| matches!(&column.rule, Rule::Link(link) if link.target.is_some())),
            has_former_names: columns.iter().any(|column| column.former.is_some()),
            version,
            columns,
            statuses,
            unknown_keys,
            settings,
        }
    }

    /// What records ask of a common field, where its column does not ask it already: an e-mail address, one of the table's statuses.
    pub fn implied(&self, common: Common, column: Option<&Column>) -> Option<Rule> {
        let rule = column.map(|column| &column.rule);
        match common {
            Common::Email if self.settings.check_email && !matches!(rule, Some(Rule::Email)) => Some(Rule::Email),
            Common::Status
                if self.settings.check_status && !self.statuses.is_empty() && !matches!(rule, Some(Rule::Status)) =>
            {
                Some(Rule::Status)
            }
            _ => None,
        }
    }

    /// The column that had this name before, while it is being renamed.
    pub fn column_formerly(&self, name: &str) -> Option<&Column> {
        let was_named = |column: &&Column| column.former.as_deref() == Some(name);
        if self.has_former_names { self.columns.iter().find(was_named) } else { None }
    }

    /// The column of this name, or else of this id.
    pub fn named(&self, name: &str) -> Option<&Column> {
        self.column(name).or_else(|| {
            work::steps(self.columns.len());
            match uuid_bytes(name) {
                Some(uuid) => self.columns.iter().find(|column| column.uuid() == Some(uuid)),
                None => self.columns.iter().find(|column| column.id.as_deref() == Some(name)),
            }
        })
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .binary_search_by(|column| compare_keys(column.name.as_bytes(), name.as_bytes()))
            .ok()
            .map(|index| &self.columns[index])
    }

    /// The columns in the order in which the schema lists them.
    pub fn in_order(&self) -> Vec<&Column> {
        let mut columns: Vec<&Column> = self.columns.iter().collect();
        columns.sort_by_key(|column| column.position);
        columns
    }
}

/// Why a schema or a column cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub column: Option<String>,
    pub fault: fields::Malformed,
}

impl Malformed {
    pub fn of_column(name: &str, fault: fields::Malformed) -> Malformed {
        Malformed { column: Some(name.to_owned()), fault }
    }

    pub fn of_schema(fault: fields::Malformed) -> Malformed {
        Malformed { column: None, fault }
    }

    /// One sentence that names the column and the option.
    pub fn message(&self) -> String {
        match &self.column {
            Some(name) => format!("column \"{}\": {} {}", fields::shown(name), self.fault.option, self.fault.message),
            None => format!("table schema: {} {}", self.fault.option, self.fault.message),
        }
    }
}
