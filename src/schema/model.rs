//! A compiled schema: the columns in the order of jsonb's keys, ready for one merge pass over a record.
use crate::fields::{self, Choices, Rule};
use crate::jsonb::{Object, Value, compare_keys};

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

/// A column's definition as it was given, before its options are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColumnParts<'a> {
    pub id: Option<&'a str>,
    pub name: &'a str,
    pub label: Option<&'a str>,
    pub kind: &'a str,
    pub required: bool,
    pub unique: bool,
    pub searchable: bool,
    pub default: Option<Value<'a>>,
    pub options: Option<Object<'a>>,
}

#[derive(Debug)]
pub struct Column {
    pub id: Option<String>,
    pub name: String,
    pub label: String,
    /// The name of the type.
    pub kind: String,
    pub rule: Rule,
    pub required: bool,
    pub unique: bool,
    /// Whether full-text search reads it.
    pub searchable: bool,
    pub common: Option<Common>,
    /// The default, as a jsonb document of its own; it passes the column's rule.
    pub default: Option<Box<[u8]>>,
    /// Where the column stands in the schema's own order.
    pub position: usize,
}

#[derive(Debug)]
pub struct Schema {
    pub version: i64,
    /// In jsonb's key order.
    pub columns: Vec<Column>,
    pub statuses: Choices,
    pub unknown_keys: UnknownKeys,
    /// No column is named "status", so the statuses rule the record's own status.
    pub implicit_status: bool,
    pub has_defaults: bool,
    pub has_unique: bool,
    pub has_autonumbers: bool,
    pub has_references: bool,
}

impl Schema {
    pub fn new(version: i64, mut columns: Vec<Column>, statuses: Choices, unknown_keys: UnknownKeys) -> Schema {
        columns.sort_by(|left, right| compare_keys(left.name.as_bytes(), right.name.as_bytes()));
        Schema {
            implicit_status: !statuses.is_empty()
                && !columns.iter().any(|column| column.common == Some(Common::Status)),
            has_defaults: columns.iter().any(|column| column.default.is_some()),
            has_unique: columns.iter().any(|column| column.unique),
            has_autonumbers: columns.iter().any(|column| matches!(column.rule, Rule::Autonumber)),
            has_references: columns
                .iter()
                .any(|column| matches!(&column.rule, Rule::Link(link) if link.target.is_some())),
            version,
            columns,
            statuses,
            unknown_keys,
        }
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
            Some(name) => format!("column \"{name}\": {} {}", self.fault.option, self.fault.message),
            None => format!("table schema: {} {}", self.fault.option, self.fault.message),
        }
    }
}
