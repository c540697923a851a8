//! The graph of a JSON Schema's subschemas: branches, expansion and recursion are counted, and bounded.
use super::survey::{Survey, shown};
use crate::core::work;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Subschemas that apply to one value, along every way, and how deep they nest.
const MOST_BRANCHES: u64 = 2_000;
const DEEPEST_BRANCH: u64 = 100;
const MOST_EXPANSION: u64 = 200_000;

/// To what a subschema applies another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selector<'s> {
    /// The same value.
    Here,
    Member(&'s str),
    /// Whatever member a pattern or `unevaluatedProperties` takes.
    AnyMember,
    /// The members that stand in no `properties` beside it.
    OtherMembers,
    /// The names of members, which are texts: nothing below them recurs.
    Names,
    Item(usize),
    AnyItem,
    /// The items from this one on.
    ItemsFrom(usize),
}

pub(super) struct Edge<'s> {
    pub(super) selector: Selector<'s>,
    /// One of these.
    pub(super) targets: Vec<usize>,
}

pub(super) struct Subschema<'s> {
    pub(super) value: &'s Value,
    pub(super) path: &'s str,
    pub(super) edges: Vec<Edge<'s>>,
    /// It asks once more which members or items its branches took.
    pub(super) evaluates_again: bool,
    pub(super) branches: u64,
}

pub(super) struct Graph<'a, 's> {
    pub(super) survey: &'a Survey<'s>,
    pub(super) known: HashMap<*const Value, usize>,
    pub(super) nodes: Vec<Subschema<'s>>,
}

/// The subschemas that can come back to themselves, in strongly connected components.
pub(super) struct Recursion {
    pub(super) component: Vec<Option<usize>>,
    /// Whether recursion can be reached.
    pub(super) leads: Vec<bool>,
}

impl<'a: 's, 's> Graph<'a, 's> {
    pub(super) fn new(survey: &'a Survey<'s>) -> Graph<'a, 's> {
        Graph { survey, known: HashMap::new(), nodes: Vec::new() }
    }

    /// The subschema's number; none for true, false and what is no schema.
    pub(super) fn add(&mut self, value: &'s Value) -> Result<Option<usize>, String> {
        let Value::Object(_) = value else { return Ok(None) };
        if let Some(known) = self.known.get(&std::ptr::from_ref(value)) {
            return Ok(Some(*known));
        }
        let path = self.survey.place(value).map_or("", |place| place.path.as_str());
        self.known.insert(value, self.nodes.len());
        self.nodes.push(Subschema { value, path, edges: Vec::new(), evaluates_again: false, branches: 1 });
        Ok(Some(self.nodes.len() - 1))
    }

    /// Finds the edges of every subschema that the root leads to.
    pub(super) fn explore(&mut self) -> Result<(), String> {
        let mut at = 0;
        while at < self.nodes.len() {
            work::step();
            let Value::Object(object) = self.nodes[at].value else { unreachable!("only objects are added") };
            let mut edges = Vec::new();
            for (keyword, value) in object {
                self.edges_of(at, object, keyword, value, &mut edges)?;
            }
            self.nodes[at].evaluates_again =
                object.contains_key("unevaluatedProperties") || object.contains_key("unevaluatedItems");
            self.nodes[at].edges = edges;
            at += 1;
        }
        Ok(())
    }

    pub(super) fn edges_of(
        &mut self,
        from: usize,
        object: &'s Map<String, Value>,
        keyword: &str,
        value: &'s Value,
        edges: &mut Vec<Edge<'s>>,
    ) -> Result<(), String> {
        let prefix = |name: &str| object.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        let mut one = |graph: &mut Self, selector: Selector<'s>, value: &'s Value| {
            work::step();
            if let Some(target) = graph.add(value)? {
                edges.push(Edge { selector, targets: vec![target] });
            }
            Ok::<_, String>(())
        };
        match (keyword, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                let place = self.survey.place(self.nodes[from].value).ok_or("has a subschema without a place")?;
                let referred = self.survey.referred(keyword, reference, place)?;
                let targets = referred.into_iter().map(|value| self.add(value)).collect::<Result<Vec<_>, _>>()?;
                let targets: Vec<usize> = targets.into_iter().flatten().collect();
                if !targets.is_empty() {
                    edges.push(Edge { selector: Selector::Here, targets });
                }
                Ok(())
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                list.iter().try_for_each(|value| one(self, Selector::Here, value))
            }
            ("not" | "if" | "then" | "else", value) => one(self, Selector::Here, value),
            ("dependentSchemas" | "dependencies", Value::Object(map)) => {
                map.values().try_for_each(|value| one(self, Selector::Here, value))
            }
            ("properties", Value::Object(map)) => {
                map.iter().try_for_each(|(name, value)| one(self, Selector::Member(name), value))
            }
            ("patternProperties", Value::Object(map)) => {
                map.values().try_for_each(|value| one(self, Selector::AnyMember, value))
            }
            ("additionalProperties", value) => one(self, Selector::OtherMembers, value),
            ("unevaluatedProperties", value) => one(self, Selector::AnyMember, value),
            ("propertyNames", value) => one(self, Selector::Names, value),
            ("prefixItems" | "items", Value::Array(list)) => {
                list.iter().enumerate().try_for_each(|(index, value)| one(self, Selector::Item(index), value))
            }
            ("items", value) => one(self, Selector::ItemsFrom(prefix("prefixItems")), value),
            ("additionalItems", value) => one(self, Selector::ItemsFrom(prefix("items")), value),
            ("contains" | "unevaluatedItems", value) => one(self, Selector::AnyItem, value),
            _ => Ok(()),
        }
    }

    /// What applies to the same value.
    pub(super) fn here(&self, node: usize) -> impl Iterator<Item = &Edge<'s>> {
        self.nodes[node].edges.iter().filter(|edge| edge.selector == Selector::Here)
    }

    /// The subschemas in an order in which each stands before those that apply it to the same value. Refuses circles.
    pub(super) fn order_in_place(&self) -> Result<Vec<usize>, String> {
        #[derive(Clone, Copy, PartialEq, Eq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        for start in 0..self.nodes.len() {
            // Each entry is visited twice: on the way down, and when all below it is done.
            let mut stack = vec![start];
            while let Some(node) = stack.last().copied() {
                work::step();
                match states[node] {
                    State::New => {
                        states[node] = State::Open;
                        for target in self.here(node).flat_map(|edge| &edge.targets) {
                            match states[*target] {
                                State::New => stack.push(*target),
                                State::Open => {
                                    return Err(format!(
                                        "is too complex at {}: it leads back to itself for the same value",
                                        shown(self.nodes[*target].path)
                                    ));
                                }
                                State::Done => {}
                            }
                        }
                    }
                    State::Open => {
                        states[node] = State::Done;
                        order.push(node);
                        stack.pop();
                    }
                    State::Done => {
                        stack.pop();
                    }
                }
            }
        }
        Ok(order)
    }

    pub(super) fn bound_branches(&mut self, order: &[usize]) -> Result<(), String> {
        let mut depths = vec![1_u64; self.nodes.len()];
        for &node in order {
            work::step();
            let (mut below, mut depth) = (0_u64, 0);
            for edge in self.here(node) {
                below = below
                    .saturating_add(edge.targets.iter().map(|target| self.nodes[*target].branches).max().unwrap_or(0));
                depth = depth.max(edge.targets.iter().map(|target| depths[*target]).max().unwrap_or(0));
            }
            let times = if self.nodes[node].evaluates_again { 2 } else { 1 };
            let branches = below.saturating_mul(times).saturating_add(1);
            if branches > MOST_BRANCHES {
                return Err(format!(
                    "is too complex at {}: more than {MOST_BRANCHES} branches apply to one value",
                    shown(self.nodes[node].path)
                ));
            }
            if depth + 1 > DEEPEST_BRANCH {
                return Err(format!(
                    "is too complex at {}: more than {DEEPEST_BRANCH} references and branches follow each other",
                    shown(self.nodes[node].path)
                ));
            }
            self.nodes[node].branches = branches;
            depths[node] = depth + 1;
        }
        Ok(())
    }

    /// Strongly connected components (Kosaraju), without recursion.
    pub(super) fn recursion(&self) -> Recursion {
        let count = self.nodes.len();
        let targets = |node: usize| {
            let edges = self.nodes[node].edges.iter().filter(|edge| edge.selector != Selector::Names);
            edges.flat_map(|edge| edge.targets.iter().copied())
        };
        let mut reverse = vec![Vec::new(); count];
        let mut order = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            let mut stack = vec![(start, false)];
            while let Some((node, is_left)) = stack.pop() {
                work::step();
                if is_left {
                    order.push(node);
                } else if !std::mem::replace(&mut seen[node], true) {
                    stack.push((node, true));
                    for target in targets(node) {
                        reverse[target].push(node);
                        stack.push((target, false));
                    }
                }
            }
        }
        let mut component = vec![None; count];
        let mut members = vec![0_usize; count];
        let mut leads = vec![false; count];
        for &start in order.iter().rev() {
            if component[start].is_some() {
                continue;
            }
            let mut stack = vec![start];
            component[start] = Some(start);
            while let Some(node) = stack.pop() {
                work::step();
                members[start] += 1;
                for &before in &reverse[node] {
                    if component[before].is_none() {
                        component[before] = Some(start);
                        stack.push(before);
                    }
                }
            }
        }
        for node in 0..count {
            let is_recursive =
                members[component[node].unwrap_or(node)] > 1 || targets(node).any(|target| target == node);
            if !is_recursive {
                component[node] = None;
            }
            leads[node] = is_recursive;
        }
        // `order` has each node behind those that it leads to.
        for &node in &order {
            leads[node] = leads[node] || targets(node).any(|target| leads[target]);
        }
        Recursion { component, leads }
    }

    /// Refuses a recursive subschema that leads into recursion twice for one member or item.
    pub(super) fn bound_recursion(&self, recursion: &Recursion, order: &[usize]) -> Result<(), String> {
        let mut position = vec![0; self.nodes.len()];
        order.iter().enumerate().for_each(|(index, node)| position[*node] = index);
        let mut times = vec![0_u64; self.nodes.len()];
        for start in 0..self.nodes.len() {
            if recursion.component[start].is_none() {
                continue;
            }
            // How often each subschema applies to the value that `start` applies to: those that apply others come last in `order`.
            let mut reached = std::collections::BTreeSet::from([position[start]]);
            times[start] = 1;
            let mut ways = Ways::default();
            while let Some(last) = reached.pop_last() {
                work::step();
                let node = order[last];
                let count = std::mem::take(&mut times[node]);
                for edge in &self.nodes[node].edges {
                    if edge.selector == Selector::Here {
                        for target in &edge.targets {
                            times[*target] = times[*target].saturating_add(count);
                            reached.insert(position[*target]);
                        }
                    } else if edge.targets.iter().any(|target| recursion.leads[*target]) {
                        ways.add(&edge.selector, count, self.nodes[node].value);
                    }
                }
            }
            if let Some(place) = ways.twice() {
                return Err(format!(
                    "is too complex at {}: it is recursive and leads into recursion more than once for {place}",
                    shown(self.nodes[start].path)
                ));
            }
        }
        Ok(())
    }

    pub(super) fn bound_expansion(&self, recursion: &Recursion) -> Result<(), String> {
        // Behind its targets, as a depth-first search leaves them.
        let count = self.nodes.len();
        let mut sizes: Vec<Option<u64>> = vec![None; count];
        for start in 0..count {
            let mut stack = vec![(start, false)];
            while let Some((node, is_left)) = stack.pop() {
                work::step();
                if sizes[node].is_some() {
                    continue;
                }
                let inner = |target: &usize| {
                    recursion.component[node].is_some() && recursion.component[node] == recursion.component[*target]
                };
                let edges = self.nodes[node].edges.iter();
                if !is_left {
                    stack.push((node, true));
                    // A component is linear in the document; what its members lead to is counted at each of them.
                    let targets = edges.flat_map(|edge| &edge.targets).filter(|target| !inner(target));
                    stack.extend(targets.map(|target| (*target, false)));
                    continue;
                }
                let size = edges.fold(1_u64, |sum, edge| {
                    let targets = edge.targets.iter().filter(|target| !inner(target));
                    sum.saturating_add(targets.map(|target| sizes[*target].unwrap_or(1)).max().unwrap_or(0))
                });
                if size > MOST_EXPANSION {
                    return Err(format!(
                        "is too complex at {}: more than {MOST_EXPANSION} ways lead through it",
                        shown(self.nodes[node].path)
                    ));
                }
                sizes[node] = Some(size);
            }
        }
        Ok(())
    }
}

/// How often recursion is led into, for each member and item of one value.
#[derive(Default)]
pub(super) struct Ways<'s> {
    pub(super) members: HashMap<&'s str, u64>,
    pub(super) any_member: u64,
    /// With the names that are left out.
    pub(super) other_members: Vec<(u64, &'s Value)>,
    pub(super) items: HashMap<usize, u64>,
    pub(super) any_item: u64,
    pub(super) items_from: Vec<(u64, usize)>,
}

impl<'s> Ways<'s> {
    pub(super) fn add(&mut self, selector: &Selector<'s>, count: u64, schema: &'s Value) {
        let more = |sum: &mut u64| *sum = sum.saturating_add(count);
        match selector {
            Selector::Here | Selector::Names => {}
            Selector::Member(name) => more(self.members.entry(name).or_default()),
            Selector::AnyMember => more(&mut self.any_member),
            Selector::OtherMembers => self.other_members.push((count, schema)),
            Selector::Item(index) => more(self.items.entry(*index).or_default()),
            Selector::AnyItem => more(&mut self.any_item),
            Selector::ItemsFrom(index) => self.items_from.push((count, *index)),
        }
    }

    /// The first place that more than one way leads to, for the message; none if there is at most one way to each.
    pub(super) fn twice(&self) -> Option<String> {
        let rest = |is_in: &dyn Fn(&Value) -> bool| {
            let others = self.other_members.iter().filter(|(_, schema)| !is_in(&schema["properties"]));
            others.fold(self.any_member, |sum, (count, _)| sum.saturating_add(*count))
        };
        for (name, count) in &self.members {
            work::step();
            if count.saturating_add(rest(&|properties| properties.get(name).is_some())) > 1 {
                return Some(format!("member \"{name}\""));
            }
        }
        if rest(&|_| false) > 1 {
            return Some("one member".to_owned());
        }
        let from = |index: usize| {
            let later = self.items_from.iter().filter(|(_, first)| *first <= index);
            later.fold(self.any_item, |sum, (count, _)| sum.saturating_add(*count))
        };
        for (index, count) in &self.items {
            work::step();
            if count.saturating_add(from(*index)) > 1 {
                return Some(format!("item {index}"));
            }
        }
        (from(usize::MAX) > 1).then(|| "one item".to_owned())
    }
}
