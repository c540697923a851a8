//! A query that was read: its columns by id, its values typed, its dates resolved.
use super::operators::{Family, Operator};
use super::zone::TimeZone;
use crate::core::fields::{Instant, Time};
use crate::core::jsonb::Decimal;
use crate::core::pattern::Pattern;
use crate::core::schema::{Column, Common, Schema};
use crate::core::work;
use std::ops::Bound;
use std::rc::Rc;

/// Where a record keeps a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldPath {
    /// The column with this `key_id`, in `data` or in a column of the relation. A rename does not change it.
    Column(String),
    /// A common field for which the schema has no column.
    Common(Common),
    CreatedAt,
    UpdatedAt,
    CreatedBy,
}

impl FieldPath {
    pub fn is_column(&self, id: &str) -> bool {
        matches!(self, FieldPath::Column(key_id) if key_id == id)
    }

    /// The column that the path leads to; none for a field of the relation, or where the schema no longer has it.
    pub fn column<'s>(&self, schema: &'s Schema) -> Option<&'s Column> {
        work::steps(schema.columns.len());
        schema.columns.iter().find(|column| self.is_column(&column.key_id))
    }
}

/// A column that the query names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryColumn {
    pub path: FieldPath,
    /// Its name when the query was read, for messages and statistics.
    pub name: String,
    pub family: Family,
    /// For a reference: the table whose records it names.
    pub target: Option<String>,
}

/// A read query. Columns are places in `columns`.
#[derive(Debug)]
pub struct Query {
    pub columns: Vec<QueryColumn>,
    pub filter: Option<Filter>,
    pub search: Option<String>,
    pub sort: Vec<SortEntry>,
    pub limit: Option<u32>,
    /// The cursor of the record before the page, as it was given.
    pub after: Option<String>,
    /// The cursor of the record behind the page.
    pub before: Option<String>,
    /// The columns to return; all if it is absent.
    pub fields: Option<Vec<usize>>,
    /// The reference columns whose records are returned, too.
    pub expand: Vec<usize>,
    pub zone: Rc<dyn TimeZone>,
}

impl Query {
    /// Whether records that are alike in the whole sort list come in descending order of their ids: as the first entry goes, so that an
    /// index serves both directions.
    pub fn is_descending(&self) -> bool {
        self.sort.first().is_some_and(|entry| entry.direction == Direction::Descending)
    }
}

#[derive(Debug)]
pub enum Filter {
    /// Holds if all do; an empty one holds.
    And(Vec<Filter>),
    /// Holds if any does; an empty one does not.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Condition(Condition),
}

/// One condition: `test` on the column's value, or its complement.
#[derive(Debug)]
pub struct Condition {
    pub column: usize,
    pub operator: Operator,
    pub test: Test,
}

/// What a condition's positive form asks of a value. Lists are sorted and have no duplicates.
#[derive(Debug)]
pub enum Test {
    Empty,
    Text(TextTest),
    /// Normalized numbers, any of them (see [`crate::core::fields::phone_key`]).
    Phone {
        keys: Vec<String>,
        region: Option<String>,
    },
    Number(NumberTest),
    Boolean(bool),
    Date(DateTest),
    Time(Bounds<Time>),
    Instant(InstantTest),
    Choices(Quantifier, Vec<String>),
    Ids(Quantifier, Ids),
    /// The folded text occurs in the title of a referenced record.
    Title(String),
    /// The folded text occurs in the name of a file.
    FileName(String),
    /// A media type, or all of a kind such as `image/*`, in lower case.
    FileType(String),
    /// The number of files; no value has none.
    Files(Bounds<usize>),
}

/// UUIDs.
pub type Ids = Vec<[u8; 16]>;

/// What lies between two bounds.
pub type Bounds<T> = (Bound<T>, Bound<T>);

/// How the elements of a value relate to those of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// They have one in common.
    Any,
    /// The value has all of the condition's.
    All,
    /// The same, and no others.
    Exactly,
}

/// On folded texts (see [`crate::core::fields::fold::fold_text`]) but for [`TextTest::Length`] and [`TextTest::Matches`].
#[derive(Debug)]
pub enum TextTest {
    AnyOf(Vec<String>),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    /// Occurs with no letter or digit beside it.
    ContainsWord(String),
    /// The number of characters; no value has none.
    Length(Bounds<usize>),
    Matches(Box<Pattern>),
}

#[derive(Debug)]
pub enum NumberTest {
    Within(Bounds<Decimal>),
    Even,
    Whole,
}

#[derive(Debug)]
pub enum DateTest {
    /// Days since 1970-01-01.
    Within(Bounds<i64>),
    DayOfMonth(u8),
}

#[derive(Debug)]
pub enum InstantTest {
    Within(Bounds<Instant>),
    /// The day on which it lies in the query's time zone.
    DayOfMonth(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// What selects are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The value's own order.
    Value,
    /// The place of the choice in the column's definition.
    Option,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortEntry {
    pub column: usize,
    pub direction: Direction,
    pub by: SortBy,
    /// Empty values come before the others, whatever the direction; they come after them otherwise.
    pub empty_first: bool,
}
