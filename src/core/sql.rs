//! Writing SQL: templates, identifiers, literals and lists.
//!
//! A query is a file under `sql/queries` with holes such as `@table@`. `sql!` fills them in one pass and does not read what it filled in, so a name that
//! looks like a hole is not replaced. A hole that the caller does not fill, and a name that is no hole of the file, do not compile.

/// SQL text that fills a hole of a template.
pub trait Fragment {
    fn write(&self, out: &mut String);
}

/// A name, quoted.
pub struct Identifier<'a>(pub &'a str);

/// A text, as a literal.
pub struct Literal<'a>(pub &'a str);

impl Fragment for Identifier<'_> {
    fn write(&self, out: &mut String) {
        out.push_str(&quoted(self.0));
    }
}

impl Fragment for Literal<'_> {
    fn write(&self, out: &mut String) {
        out.push_str(&literal(self.0));
    }
}

/// SQL text that rowkit or the server wrote: an expression, a quoted name, a list.
impl<T: AsRef<str>> Fragment for T {
    fn write(&self, out: &mut String) {
        out.push_str(self.as_ref());
    }
}

/// Fragments that several templates have in common. A template may use any of them.
pub trait SharedFragments {
    /// The names of the holes.
    const NAMES: &'static [&'static str];

    /// One fragment for each name, in the same order.
    fn fragments(&self) -> Vec<String>;
}

impl<T: SharedFragments> SharedFragments for &T {
    const NAMES: &'static [&'static str] = T::NAMES;

    fn fragments(&self) -> Vec<String> {
        T::fragments(self)
    }
}

/// No shared fragments.
impl SharedFragments for () {
    const NAMES: &'static [&'static str] = &[];

    fn fragments(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The text of a template and the names of the holes that one call fills. [`sql!`] implements it.
pub trait Template {
    const TEXT: &'static str;
    const GIVEN: &'static [&'static str];
}

/// Returns the SQL of a template with its holes filled: `sql!("links/live.sql", records = records.quoted_name(), live = condition)`.
/// `sql!("usage/hold_slots.sql", ..counter, wait = clause)` also uses the [`SharedFragments`] of `counter`.
#[cfg(feature = "pgrx")]
macro_rules! sql {
    ($path:literal, ..$shared:expr $(, $hole:ident = $value:expr)* $(,)?) => {{
        struct Text;
        impl $crate::core::sql::Template for Text {
            const TEXT: &'static str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/queries/", $path));
            const GIVEN: &'static [&'static str] = &[$(stringify!($hole)),*];
        }
        $crate::core::sql::fill_template::<Text, _>(&$shared, &[$((stringify!($hole), &$value)),*])
    }};
    ($path:literal $(, $hole:ident = $value:expr)* $(,)?) => {
        $crate::core::sql::sql!($path, ..() $(, $hole = $value)*)
    };
}
#[cfg(feature = "pgrx")]
pub(crate) use sql;

/// Returns the index after the hole that begins at `at`. A hole is `@`, lower-case letters and `_`, and `@`.
const fn hole_end(template: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    while end < template.len() && (template[end].is_ascii_lowercase() || template[end] == b'_') {
        end += 1;
    }
    if end > at + 1 && end < template.len() && template[end] == b'@' { Some(end + 1) } else { None }
}

const fn is_at(template: &[u8], at: usize, end: usize, name: &[u8]) -> bool {
    if end - at != name.len() + 2 {
        return false;
    }
    let mut place = 0;
    while place < name.len() {
        if template[at + 1 + place] != name[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// Returns the index of the hole's name among the names, or their number if it is not among them.
const fn place_of(template: &[u8], at: usize, end: usize, names: &[&str]) -> usize {
    let mut place = 0;
    while place < names.len() && !is_at(template, at, end, names[place].as_bytes()) {
        place += 1;
    }
    place
}

/// Panics, at compile time, if the template has a hole that is neither given nor shared, or lacks one that is given.
pub const fn require_holes(template: &str, given: &[&str], shared: &[&str]) {
    let template = template.as_bytes();
    assert!(given.len() <= 32, "a template has at most 32 holes");
    let (mut at, mut met) = (0, 0_u32);
    while at < template.len() {
        let end = if template[at] == b'@' { hole_end(template, at) } else { None };
        let Some(end) = end else {
            at += 1;
            continue;
        };
        let place = place_of(template, at, end, given);
        if place < given.len() {
            met |= 1 << place;
        } else {
            let is_shared = place_of(template, at, end, shared) < shared.len();
            assert!(is_shared, "the template has a hole that is not filled");
        }
        at = end;
    }
    assert!(met.count_ones() as usize == given.len(), "the template lacks a hole that is filled");
}

/// Fills the holes of a template. A hole without a fragment does not compile.
pub fn fill_template<T: Template, S: SharedFragments>(shared: &S, given: &[(&str, &dyn Fragment)]) -> String {
    const { require_holes(T::TEXT, T::GIVEN, S::NAMES) };
    let fragments = shared.fragments();
    let shared = S::NAMES.iter().zip(&fragments).map(|(name, fragment)| (*name, fragment as &dyn Fragment));
    fill(T::TEXT, &given.iter().copied().chain(shared).collect::<Vec<_>>())
}

/// Fills holes in one pass: what is filled in is not read again.
fn fill(template: &str, fragments: &[(&str, &dyn Fragment)]) -> String {
    let mut sql = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some(at) = rest.find('@') {
        sql.push_str(&rest[..at]);
        let end = hole_end(rest.as_bytes(), at);
        let name = |end: usize| &rest[at + 1..end - 1];
        let found =
            end.and_then(|end| fragments.iter().find(|(hole, _)| *hole == name(end)).map(|(_, found)| (end, found)));
        rest = match found {
            Some((end, fragment)) => {
                fragment.write(&mut sql);
                &rest[end..]
            }
            None => {
                sql.push('@');
                &rest[at + 1..]
            }
        };
    }
    sql.push_str(rest);
    sql
}

/// An identifier, always quoted.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal.
pub fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// `one, two`, numbered from 1.
pub fn list<T>(items: &[T], separator: &str, write: impl Fn(usize, &T) -> String) -> String {
    items.iter().enumerate().map(|(index, item)| write(index + 1, item)).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::{Identifier, Literal, fill, literal, quoted, require_holes};

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quoted("a@b@\\\"c"), "\"a@b@\\\"\"c\"");
        assert_eq!(literal("it's \\"), "E'it''s \\\\'");
    }

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let template = "SELECT @column@ FROM @table@ WHERE a @> $1 AND b @@ $2 AND @column@ = @text@ -- @";
        let filled = fill(
            template,
            &[("column", &Identifier("@table@")), ("table", &"app.\"t@text@\""), ("text", &Literal("@column@"))],
        );
        assert_eq!(
            filled,
            "SELECT \"@table@\" FROM app.\"t@text@\" WHERE a @> $1 AND b @@ $2 AND \"@table@\" = E'@column@' -- @"
        );
    }

    #[test]
    fn the_holes_of_a_template_are_those_that_are_given() {
        require_holes("@a@ @> @b_c@", &["b_c", "a"], &[]);
        require_holes("@a@ @b@", &["a"], &["c", "b"]);
        assert!(std::panic::catch_unwind(|| require_holes("@a@ @b@", &["a"], &["c"])).is_err());
        assert!(std::panic::catch_unwind(|| require_holes("@a@", &["a", "b"], &[])).is_err());
    }
}
