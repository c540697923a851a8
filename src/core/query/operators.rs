//! Operators of conditions, and which of them each field type takes.
use crate::core::fields::{Link, Rule};
use crate::core::schema::{Column, Common};

/// Field types whose values are compared in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// text, long_text, email, url
    Text,
    Phone,
    /// integer, number, decimal, currency, percent, rating, duration, autonumber
    Number,
    Boolean,
    Date,
    Time,
    /// datetime, created_at, updated_at
    Instant,
    /// select, status
    Choice,
    /// multi_select
    Choices,
    /// user, uuid, created_by
    Id,
    /// user and uuid with `multiple`
    Ids,
    Reference,
    /// reference with `multiple`
    References,
    Attachment,
    /// json, address
    Opaque,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    IsEmpty,
    IsNotEmpty,
    Is,
    IsNot,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    ContainsWord,
    AnyOf,
    NoneOf,
    LengthLt,
    LengthGt,
    Matches,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    IsEven,
    IsWhole,
    Before,
    OnOrBefore,
    After,
    OnOrAfter,
    Within,
    HasAny,
    HasAll,
    HasNone,
    Exactly,
    Has,
    HasNot,
    FilenameContains,
    HasFileType,
    FilesLt,
    FilesGt,
}

use Operator::*;

/// Every operator with its name in a query, in the order of [`Operator`].
const NAMES: [(Operator, &str); 38] = [
    (IsEmpty, "is_empty"),
    (IsNotEmpty, "is_not_empty"),
    (Is, "is"),
    (IsNot, "is_not"),
    (Contains, "contains"),
    (NotContains, "not_contains"),
    (StartsWith, "starts_with"),
    (EndsWith, "ends_with"),
    (ContainsWord, "contains_word"),
    (AnyOf, "any_of"),
    (NoneOf, "none_of"),
    (LengthLt, "length_lt"),
    (LengthGt, "length_gt"),
    (Matches, "matches"),
    (Equal, "="),
    (NotEqual, "!="),
    (Less, "<"),
    (LessOrEqual, "<="),
    (Greater, ">"),
    (GreaterOrEqual, ">="),
    (Between, "between"),
    (IsEven, "is_even"),
    (IsWhole, "is_whole"),
    (Before, "before"),
    (OnOrBefore, "on_or_before"),
    (After, "after"),
    (OnOrAfter, "on_or_after"),
    (Within, "within"),
    (HasAny, "has_any"),
    (HasAll, "has_all"),
    (HasNone, "has_none"),
    (Exactly, "exactly"),
    (Has, "has"),
    (HasNot, "has_not"),
    (FilenameContains, "filename_contains"),
    (HasFileType, "has_file_type"),
    (FilesLt, "files_lt"),
    (FilesGt, "files_gt"),
];

impl Operator {
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    pub fn named(name: &str) -> Option<Operator> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(operator, _)| *operator)
    }

    /// Whether it holds exactly where its positive twin does not, and so for empty values.
    pub fn is_negative(self) -> bool {
        matches!(self, IsNotEmpty | IsNot | NotContains | NoneOf | NotEqual | HasNone | HasNot)
    }

    /// Whether a condition with it has no value.
    pub fn is_unary(self) -> bool {
        matches!(self, IsEmpty | IsNotEmpty | IsEven | IsWhole)
    }
}

impl Family {
    pub fn of_column(column: &Column) -> Family {
        match &column.rule {
            Rule::Text(_) | Rule::Email | Rule::Url { .. } => Family::Text,
            Rule::Phone { .. } => Family::Phone,
            Rule::Number(_) | Rule::Autonumber(_) => Family::Number,
            Rule::Boolean => Family::Boolean,
            Rule::Date(_) => Family::Date,
            Rule::Time(_) => Family::Time,
            Rule::DateTime(_) => Family::Instant,
            Rule::Select(_) | Rule::Status => Family::Choice,
            Rule::MultiSelect(_) => Family::Choices,
            Rule::Link(Link { target: Some(_), multiple: false, .. }) => Family::Reference,
            Rule::Link(Link { target: Some(_), multiple: true, .. }) => Family::References,
            Rule::Link(Link { multiple: false, .. }) => Family::Id,
            Rule::Link(Link { multiple: true, .. }) => Family::Ids,
            Rule::Attachment(_) => Family::Attachment,
            Rule::Json(_) | Rule::Address(_) => Family::Opaque,
            Rule::Computed if column.kind == "created_by" => Family::Id,
            Rule::Computed => Family::Instant,
        }
    }

    /// The family of a common field that no column stands for.
    pub fn of_common(common: Common) -> Family {
        if common == Common::Status { Family::Choice } else { Family::Text }
    }

    /// Whether values are arrays, of which the empty one is no value.
    pub fn is_list(self) -> bool {
        matches!(self, Family::Choices | Family::Ids | Family::References | Family::Attachment)
    }

    pub fn can_be_sorted(self) -> bool {
        !matches!(self, Family::Attachment | Family::Opaque)
    }

    /// The operators that conditions on such columns take.
    pub fn operators(self) -> &'static [Operator] {
        match self {
            Family::Text | Family::Phone => &[
                IsEmpty,
                IsNotEmpty,
                Is,
                IsNot,
                Contains,
                NotContains,
                StartsWith,
                EndsWith,
                ContainsWord,
                AnyOf,
                NoneOf,
                LengthLt,
                LengthGt,
                Matches,
            ],
            Family::Number => &[
                IsEmpty,
                IsNotEmpty,
                Equal,
                NotEqual,
                Less,
                LessOrEqual,
                Greater,
                GreaterOrEqual,
                Between,
                IsEven,
                IsWhole,
            ],
            Family::Boolean => &[IsEmpty, IsNotEmpty, Is],
            Family::Date | Family::Instant => {
                &[IsEmpty, IsNotEmpty, Is, IsNot, Before, OnOrBefore, After, OnOrAfter, Within]
            }
            Family::Time => &[IsEmpty, IsNotEmpty, Is, IsNot, Before, OnOrBefore, After, OnOrAfter],
            Family::Choice | Family::Id => &[IsEmpty, IsNotEmpty, Is, IsNot, AnyOf, NoneOf],
            Family::Choices | Family::Ids => &[IsEmpty, IsNotEmpty, HasAny, HasAll, HasNone, Exactly],
            Family::Reference => &[IsEmpty, IsNotEmpty, Has, HasNot, Contains],
            Family::References => &[IsEmpty, IsNotEmpty, Has, HasNot, Contains, HasAny, HasAll, HasNone, Exactly],
            Family::Attachment => &[IsEmpty, IsNotEmpty, FilenameContains, HasFileType, FilesLt, FilesGt],
            Family::Opaque => &[IsEmpty, IsNotEmpty],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Operator};

    #[test]
    fn operators_have_names() {
        for (index, (operator, name)) in NAMES.into_iter().enumerate() {
            assert_eq!((operator as usize, operator.name()), (index, name));
            assert_eq!(Operator::named(name), Some(operator));
        }
        assert_eq!(Operator::named("like"), None);
    }
}
