//! Relations and the foreign keys between them, and what SQL says of them.
//!
//! A row is found again by its handle: where it lies, or in a partitioned table, whose rows lie in many, its primary key.
use crate::core::sql::{list, literal, quoted};
use crate::core::work;

/// What happens to a child when its parent is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Cascade,
    Restrict,
    SetNull,
    SetDefault,
}

impl Action {
    /// Reads pg_constraint.confdeltype; NO ACTION and RESTRICT both refuse.
    pub fn of(code: &str) -> Action {
        match code {
            "c" => Action::Cascade,
            "n" => Action::SetNull,
            "d" => Action::SetDefault,
            _ => Action::Restrict,
        }
    }

    /// Whether a purge leaves a parent while a child refers to it; a default might not be there to take its place.
    pub fn keeps_parent(self) -> bool {
        self != Action::SetNull
    }

    /// Whether the child cannot be live while its parent is deleted; otherwise its reference gives way.
    pub fn binds(self) -> bool {
        matches!(self, Action::Cascade | Action::Restrict)
    }
}

/// A column of a primary or foreign key.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: String,
    /// Equality as SQL writes it, with its schema.
    pub equals: String,
    /// Whether it is an array or a composite, which JSON writes in another way than SQL.
    pub is_structured: bool,
}

impl Column {
    /// The value as it is written down, the same in every session.
    fn json(&self, alias: &str) -> String {
        format!("rowkit_internal._value_json({alias}.{})", quoted(&self.name))
    }

    /// The value that a JSON object which was written down has under the column's name.
    fn member(&self, written: &str) -> String {
        if self.is_structured {
            return self.structure(written);
        }
        let Column { name, kind, .. } = self;
        let name = literal(name);
        format!("rowkit_internal._text_value({written} OPERATOR(pg_catalog.->>) {name}, NULL::{kind}[])")
    }

    /// The value that a JSON object of the caller's has under the column's name: its text is in the session's style.
    fn given(&self, written: &str) -> String {
        if self.is_structured {
            return self.structure(written);
        }
        format!("({written} OPERATOR(pg_catalog.->>) {})::{}", literal(&self.name), self.kind)
    }

    fn structure(&self, written: &str) -> String {
        let (name, kind) = (quoted(&self.name), &self.kind);
        format!("(SELECT part.{name} FROM pg_catalog.jsonb_to_record({written}) AS part({name} {kind}))")
    }
}

#[derive(Clone, Debug, Default)]
pub struct Relation {
    pub oid: u32,
    /// Whether the deletion of the root can reach it; the others are only parents of such.
    pub is_reached: bool,
    pub name: String,
    pub label: String,
    pub schema: String,
    pub is_partitioned: bool,
    pub has_soft_delete: bool,
    /// A BEFORE UPDATE trigger may keep rows as they are.
    pub has_before_trigger: bool,
    pub key: Vec<Column>,
    /// The columns that foreign keys refer to.
    pub referenced: Vec<String>,
}

/// The columns of a foreign key, one of the child beside one of the parent.
#[derive(Clone, Debug)]
pub struct ColumnPairs {
    /// The referring columns.
    pub columns: Vec<Column>,
    pub parent_columns: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// Its number in pg_constraint.
    pub oid: u32,
    pub name: String,
    /// Places in the graph.
    pub child: usize,
    pub parent: usize,
    pub action: Action,
    pub pairs: ColumnPairs,
    /// The columns that it refers to, with their own types and operators of equality.
    pub referred: Vec<Column>,
    /// Whether the server checks at COMMIT that no child refers to a parent that goes.
    pub is_deferred: bool,
    /// The columns that SET NULL and SET DEFAULT change, when not all.
    pub set_columns: Vec<String>,
}

fn unnest(count: usize, first: usize) -> String {
    let arrays: Vec<String> = (first..first + count).map(|number| format!("pg_catalog.unnest(${number})")).collect();
    format!("ROWS FROM ({})", arrays.join(", "))
}

fn object(columns: &[Column], alias: &str) -> String {
    let members = list(columns, ", ", |_, column| format!("{}, {}", literal(&column.name), column.json(alias)));
    format!("pg_catalog.jsonb_build_object({members})")
}

/// For FROM and UPDATE: a partitioned table with all its partitions, another without what inherits from it.
pub fn only(name: &str, is_partitioned: bool) -> String {
    if is_partitioned { name.to_owned() } else { format!("ONLY {name}") }
}

impl Relation {
    /// As [`only`] writes it.
    pub fn only(&self) -> String {
        only(&self.name, self.is_partitioned)
    }

    /// A root's own name, as the conditions of its policies call it.
    pub fn alias(&self) -> String {
        quoted(&self.label)
    }

    pub fn handle_width(&self) -> usize {
        if self.is_partitioned { self.key.len() } else { 1 }
    }

    /// The handle of a row as columns handle1, handle2 and on.
    pub fn handle(&self, alias: &str) -> String {
        if self.is_partitioned {
            list(&self.key, ", ", |number, column| format!("{alias}.{} AS handle{number}", quoted(&column.name)))
        } else {
            format!("{alias}.ctid AS handle1")
        }
    }

    pub fn handle_arrays(&self) -> String {
        let all: Vec<String> =
            (1..=self.handle_width()).map(|number| format!("pg_catalog.array_agg(found.handle{number})")).collect();
        all.join(", ")
    }

    /// Whether the row is among those whose handles the parameters from `first` on hold.
    pub fn is_among(&self, alias: &str, first: usize) -> String {
        if !self.is_partitioned {
            return format!("{alias}.ctid OPERATOR(pg_catalog.=) ANY (${first})");
        }
        self.has_key_among(alias, first)
    }

    /// Whether the row's primary key is among those whose columns the parameters from `first` on hold.
    pub fn has_key_among(&self, alias: &str, first: usize) -> String {
        let names = list(&self.key, ", ", |number, _| format!("handle{number}"));
        let equal = list(&self.key, " AND ", |number, column| {
            format!("{alias}.{} {} handle.handle{number}", quoted(&column.name), column.equals)
        });
        format!("EXISTS (SELECT FROM {} AS handle({names}) WHERE {equal})", unnest(self.key.len(), first))
    }

    pub fn key_order(&self, alias: &str) -> String {
        list(&self.key, ", ", |_, column| format!("{alias}.{}", quoted(&column.name)))
    }

    /// The primary key as a JSON object.
    pub fn key_object(&self, alias: &str) -> String {
        object(&self.key, alias)
    }

    /// The primary key as callers write it: the text of a single column, or the JSON object.
    pub fn key_text(&self, alias: &str) -> String {
        match &self.key[..] {
            [column] => format!("rowkit_internal._value_text({alias}.{})", quoted(&column.name)),
            _ => format!("{}::pg_catalog.text", self.key_object(alias)),
        }
    }

    /// The key that `written` is, SQL for a text as callers write it.
    pub fn key_of(&self, written: &str) -> String {
        match &self.key[..] {
            [column] => format!("({written}::{})", column.kind),
            _ => {
                let written = format!("{written}::pg_catalog.jsonb");
                format!("ROW({})", list(&self.key, ", ", |_, column| column.given(&written)))
            }
        }
    }

    /// Whether the row has the key that a text names.
    pub fn key_is(&self, alias: &str, written: &str) -> String {
        match &self.key[..] {
            [column] => {
                format!("{alias}.{} {} {written}::{}", quoted(&column.name), column.equals, column.kind)
            }
            _ => list(&self.key, " AND ", |_, column| {
                let given = column.given(&format!("{written}::pg_catalog.jsonb"));
                format!("{alias}.{} {} {given}", quoted(&column.name), column.equals)
            }),
        }
    }

    /// Whether the row's key is the JSON object.
    pub fn key_is_object(&self, alias: &str, written: &str) -> String {
        list(&self.key, " AND ", |_, column| {
            format!("{alias}.{} {} {}", quoted(&column.name), column.equals, column.member(written))
        })
    }

    /// The columns that foreign keys refer to, as arrays of the rows found.
    pub fn referenced_columns(&self, alias: &str) -> String {
        self.referenced.iter().enumerate().fold(String::new(), |text, (index, name)| {
            format!("{text}, {alias}.{} AS referenced{}", quoted(name), index + 1)
        })
    }

    pub fn referenced_arrays(&self) -> String {
        (1..=self.referenced.len())
            .fold(String::new(), |text, number| format!("{text}, pg_catalog.array_agg(found.referenced{number})"))
    }
}

impl ColumnPairs {
    /// Parents as rows out of the arrays of the parameters from `first` on.
    pub fn parents(&self, first: usize) -> String {
        let names = list(&self.columns, ", ", |number, _| format!("part{number}"));
        format!("{} AS parent({names})", unnest(self.columns.len(), first))
    }

    /// Whether a child refers to such a parent.
    pub fn refers(&self, child: &str) -> String {
        list(&self.columns, " AND ", |number, column| {
            format!("parent.part{number} {} {child}.{}", column.equals, quoted(&column.name))
        })
    }

    /// Whether a parent's row is the one that a child's values, as rows out of arrays, refer to.
    pub fn is_referred(&self, parent: &str) -> String {
        list(&self.columns, " AND ", |number, column| {
            let name = quoted(&self.parent_columns[number - 1]);
            format!("{parent}.{name} {} child.part{number}", column.equals)
        })
    }

    /// Whether a parent's row is the one that a child's row refers to.
    pub fn joins(&self, parent: &str, child: &str) -> String {
        list(&self.columns, " AND ", |number, column| {
            let name = quoted(&self.parent_columns[number - 1]);
            format!("{parent}.{name} {} {child}.{}", column.equals, quoted(&column.name))
        })
    }

    pub fn children(&self, first: usize) -> String {
        let names = list(&self.columns, ", ", |number, _| format!("part{number}"));
        format!("{} AS child({names})", unnest(self.columns.len(), first))
    }

    pub fn child_columns(&self, alias: &str) -> String {
        list(&self.columns, ", ", |number, column| format!("{alias}.{} AS part{number}", quoted(&column.name)))
    }

    pub fn child_is_set(&self, alias: &str) -> String {
        list(&self.columns, " AND ", |_, column| format!("{alias}.{} IS NOT NULL", quoted(&column.name)))
    }

    /// The referring columns as a JSON object.
    pub fn child_object(&self, alias: &str) -> String {
        object(&self.columns, alias)
    }

    pub fn parent_columns(&self, alias: &str) -> String {
        list(&self.parent_columns, ", ", |number, name| format!("{alias}.{} AS part{number}", quoted(name)))
    }
}

impl ForeignKey {
    /// Whether a parent's row is the one that the JSON object of referring columns names. The values are read by the types of the parent's columns: those of the child
    /// run code of its owner, such as the CHECK of a domain.
    pub fn parent_is_object(&self, parent: &str, written: &str) -> String {
        list(&self.referred, " AND ", |number, column| {
            let held = Column { name: self.pairs.columns[number - 1].name.clone(), ..column.clone() };
            format!("{parent}.{} {} {}", quoted(&column.name), column.equals, held.member(written))
        })
    }

    fn changed(&self) -> impl Iterator<Item = &Column> {
        self.pairs
            .columns
            .iter()
            .filter(|column| self.set_columns.is_empty() || self.set_columns.contains(&column.name))
    }

    /// SET of what ON DELETE SET NULL or SET DEFAULT does.
    pub fn apply_set_null(&self) -> String {
        let value = if self.action == Action::SetDefault { "DEFAULT" } else { "NULL" };
        let columns: Vec<&Column> = self.changed().collect();
        list(&columns, ", ", |_, column| format!("{} = {value}", quoted(&column.name)))
    }

    /// SET of the columns back to the JSON object's values.
    pub fn put_back(&self, written: &str) -> String {
        let columns: Vec<&Column> = self.changed().collect();
        list(&columns, ", ", |_, column| format!("{} = {}", quoted(&column.name), column.member(written)))
    }
}

/// The relations' places, parents before children as far as cycles allow.
pub fn parents_first(relations: usize, keys: &[ForeignKey]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(relations);
    let mut left: Vec<usize> = (0..relations).collect();
    while !left.is_empty() {
        work::step();
        let waits = |place: &usize| {
            keys.iter().any(|key| key.child == *place && key.parent != *place && left.contains(&key.parent))
        };
        let next = left.iter().position(|place| !waits(place)).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Action, Column, ColumnPairs, ForeignKey, Relation, parents_first};

    fn column(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            kind: "integer".to_owned(),
            equals: "OPERATOR(pg_catalog.=)".to_owned(),
            is_structured: false,
        }
    }

    fn foreign_key(child: usize, parent: usize, columns: &[&str]) -> ForeignKey {
        ForeignKey {
            oid: 1,
            name: "fk".to_owned(),
            child,
            parent,
            action: Action::SetNull,
            pairs: ColumnPairs {
                columns: columns.iter().map(|name| column(name)).collect(),
                parent_columns: columns.iter().map(|name| format!("p_{name}")).collect(),
            },
            referred: columns.iter().map(|name| column(&format!("p_{name}"))).collect(),
            is_deferred: false,
            set_columns: Vec::new(),
        }
    }

    #[test]
    fn parents_come_first_as_far_as_cycles_allow() {
        let keys = [foreign_key(0, 1, &["a"]), foreign_key(1, 2, &["a"]), foreign_key(1, 1, &["a"])];
        assert_eq!(parents_first(3, &keys), [2, 1, 0]);
        let cycle = [foreign_key(0, 1, &["a"]), foreign_key(1, 0, &["a"]), foreign_key(2, 1, &["a"])];
        assert_eq!(parents_first(3, &cycle), [0, 1, 2]);
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        let relation = Relation { key: vec![column("i\"d'\\")], ..Relation::default() };
        assert_eq!(relation.key_order("t"), "t.\"i\"\"d'\\\"");
        assert_eq!(
            relation.key_object("t"),
            "pg_catalog.jsonb_build_object(E'i\"d''\\\\', rowkit_internal._value_json(t.\"i\"\"d'\\\"))"
        );
    }

    #[test]
    fn values_of_a_child_are_read_by_the_types_of_the_parent() {
        let mut key = foreign_key(0, 1, &["parent"]);
        key.pairs.columns[0].kind = "attacker.domain".to_owned();
        assert_eq!(
            key.parent_is_object("parent", "item.held"),
            "parent.\"p_parent\" OPERATOR(pg_catalog.=) rowkit_internal._text_value(item.held OPERATOR(pg_catalog.->>) E'parent', NULL::integer[])"
        );
    }

    #[test]
    fn set_null_is_applied_to_the_named_columns_alone() {
        let mut key = foreign_key(0, 1, &["tenant", "parent"]);
        assert_eq!(key.apply_set_null(), "\"tenant\" = NULL, \"parent\" = NULL");
        key.set_columns = vec!["parent".to_owned()];
        assert_eq!(key.apply_set_null(), "\"parent\" = NULL");
        assert_eq!(
            key.pairs.refers("c"),
            "parent.part1 OPERATOR(pg_catalog.=) c.\"tenant\" AND parent.part2 OPERATOR(pg_catalog.=) c.\"parent\""
        );
    }
}
