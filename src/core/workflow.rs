//! Workflows as graphs: nodes with ids, edges between them, no cycle. Reads jsonb in place.

use crate::core::fields::{Faults, shown};
use crate::core::jsonb::{Array, JsonObjectWriter, Object, Value};
use crate::core::work;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Adds a fault for whatever keeps nodes and edges from being a graph without cycles. Paths begin with /nodes or /edges.
pub fn check(nodes: Value<'_>, edges: Value<'_>, faults: &mut Faults) {
    let (Some(nodes), Some(edges)) = (list(nodes, "nodes", faults), list(edges, "edges", faults)) else { return };
    // What a node or an edge takes in all the tables below.
    const NODE_BYTES: usize = 128;
    work::reserve((nodes.len() + edges.len()).saturating_mul(NODE_BYTES));
    let places = read_nodes(nodes, faults);
    let edges = read_edges(edges, &places, faults);
    if let Some(cycle) = cycle(places.len(), &edges) {
        let mut names = vec![""; places.len()];
        for (name, place) in &places {
            names[*place] = name;
        }
        let names: Vec<Cow<'_, str>> = cycle.iter().take(NAMED).map(|place| shown(names[*place])).collect();
        let params = JsonObjectWriter::new().list("nodes", names.iter()).json("length", cycle.len() - 1);
        let more = if cycle.len() > NAMED { ", …" } else { "" };
        let message = format!("form a cycle: {}{more}", names.join(", "));
        faults.add_at("/edges".to_owned(), "workflow.cycle", params, message);
    }
}

/// So many nodes of a cycle are named.
const NAMED: usize = 20;

fn list<'a>(value: Value<'a>, name: &str, faults: &mut Faults) -> Option<Array<'a>> {
    let array = value.as_array();
    if array.is_none() {
        let params = JsonObjectWriter::new().text("expected", "array").text("actual", value.kind());
        faults.add_at(format!("/{name}"), "type", params, format!("must be an array, not {}", value.kind()));
    }
    array
}

/// An object's member that must be a text, and not an empty one.
fn name<'a>(object: Object<'a>, member: &str, path: &str, faults: &mut Faults) -> Option<&'a str> {
    let value = object.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    if value.is_none() {
        faults.add_at(
            format!("{path}/{member}"),
            "required",
            JsonObjectWriter::new(),
            "must be a text that is not empty",
        );
    }
    value
}

fn object<'a>(value: Value<'a>, path: &str, faults: &mut Faults) -> Option<Object<'a>> {
    let object = value.as_object();
    if object.is_none() {
        let params = JsonObjectWriter::new().text("expected", "object").text("actual", value.kind());
        faults.add_at(path.to_owned(), "type", params, format!("must be an object, not {}", value.kind()));
    }
    object
}

/// The ids of the nodes, each with a number of its own from 0 on.
fn read_nodes<'a>(nodes: Array<'a>, faults: &mut Faults) -> HashMap<&'a str, usize> {
    let mut places = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        let path = format!("/nodes/{index}");
        let Some(id) = object(node, &path, faults).and_then(|node| name(node, "id", &path, faults)) else { continue };
        let place = places.len();
        if places.contains_key(id) {
            let id = shown(id);
            let message = format!("is taken by another node: \"{id}\"");
            faults.add_at(
                format!("{path}/id"),
                "workflow.duplicate_node",
                JsonObjectWriter::new().text("id", &id),
                message,
            );
        } else {
            places.insert(id, place);
        }
    }
    places
}

/// The edges between nodes that are there. An edge may go without an id, but two cannot share one.
fn read_edges(edges: Array<'_>, places: &HashMap<&str, usize>, faults: &mut Faults) -> Vec<(usize, usize)> {
    let mut ids = HashSet::new();
    let mut found = Vec::new();
    for (index, edge) in edges.iter().enumerate() {
        let path = format!("/edges/{index}");
        let Some(edge) = object(edge, &path, faults) else { continue };
        if edge.get("id").is_some_and(|id| !id.is_null())
            && let Some(id) = name(edge, "id", &path, faults)
            && !ids.insert(id)
        {
            let id = shown(id);
            let message = format!("is taken by another edge: \"{id}\"");
            faults.add_at(
                format!("{path}/id"),
                "workflow.duplicate_edge",
                JsonObjectWriter::new().text("id", &id),
                message,
            );
        }
        let mut end = |member: &str| {
            let id = name(edge, member, &path, faults)?;
            let place = places.get(id).copied();
            if place.is_none() {
                let id = shown(id);
                let message = format!("names no node: \"{id}\"");
                faults.add_at(
                    format!("{path}/{member}"),
                    "workflow.unknown_node",
                    JsonObjectWriter::new().text("id", &id),
                    message,
                );
            }
            place
        };
        if let (Some(source), Some(target)) = (end("source"), end("target")) {
            found.push((source, target));
        }
    }
    found
}

/// The nodes of one cycle in the order of its edges, the first again at the end. Nodes that nothing leads to are taken
/// away until none is left (Kahn 1962); what cannot be taken away has a predecessor that cannot either, so going
/// backwards comes round. Linear in nodes and edges, and without recursion.
fn cycle(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut incoming = vec![0usize; count];
    let mut targets = vec![Vec::new(); count];
    for &(source, target) in edges {
        work::step();
        incoming[target] += 1;
        targets[source].push(target);
    }
    let mut free: Vec<usize> = (0..count).filter(|node| incoming[*node] == 0).collect();
    while let Some(node) = free.pop() {
        work::step();
        for &target in &targets[node] {
            work::step();
            incoming[target] -= 1;
            if incoming[target] == 0 {
                free.push(target);
            }
        }
    }
    let mut before = vec![None; count];
    for &(source, target) in edges.iter().filter(|(source, _)| incoming[*source] > 0) {
        work::step();
        before[target] = before[target].or(Some(source));
    }
    let mut way = Vec::new();
    let mut seen = vec![None; count];
    let mut node = incoming.iter().position(|left| *left > 0)?;
    while seen[node].is_none() {
        work::step();
        seen[node] = Some(way.len());
        way.push(node);
        node = before[node]?;
    }
    way.drain(..seen[node]?);
    way.push(node);
    way.reverse();
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::{check, cycle};
    use crate::core::fields::Faults;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::random::Random;

    fn faults(nodes: &str, edges: &str) -> Vec<String> {
        let (nodes, edges) = (document(nodes), document(edges));
        let mut faults = Faults::all();
        check(Value::root(&nodes), Value::root(&edges), &mut faults);
        faults.iter().map(|fault| format!("{} {} {}", fault.at, fault.code, fault.message)).collect()
    }

    #[test]
    fn graphs_pass() {
        assert!(faults("[]", "[]").is_empty());
        let nodes = r#"[{"id":"a","type":"trigger"},{"id":"b","data":{"label":"x"}},{"id":"c"}]"#;
        let edges = r#"[{"id":"1","source":"a","target":"b"},{"source":"a","target":"c"},{"id":null,"source":"b","target":"c"}]"#;
        assert!(faults(nodes, edges).is_empty());
    }

    #[test]
    fn every_fault_has_its_place() {
        assert_eq!(
            faults("{}", "5"),
            ["/nodes type must be an array, not object", "/edges type must be an array, not number"]
        );
        assert_eq!(
            faults(r#"[1,{},{"id":""},{"id":7},{"id":"a"},{"id":"a"}]"#, "[]"),
            [
                "/nodes/0 type must be an object, not number",
                "/nodes/1/id required must be a text that is not empty",
                "/nodes/2/id required must be a text that is not empty",
                "/nodes/3/id required must be a text that is not empty",
                "/nodes/5/id workflow.duplicate_node is taken by another node: \"a\"",
            ]
        );
        let edges = r#"[null,{"source":"a"},{"id":"1","source":"x","target":"b"},{"id":"1","source":"a","target":"y"},{"id":2,"source":"a","target":"b"}]"#;
        assert_eq!(
            faults(r#"[{"id":"a"},{"id":"b"}]"#, edges),
            [
                "/edges/0 type must be an object, not null",
                "/edges/1/target required must be a text that is not empty",
                "/edges/2/source workflow.unknown_node names no node: \"x\"",
                "/edges/3/id workflow.duplicate_edge is taken by another edge: \"1\"",
                "/edges/3/target workflow.unknown_node names no node: \"y\"",
                "/edges/4/id required must be a text that is not empty",
            ]
        );
    }

    #[test]
    fn cycles_are_named() {
        let nodes = r#"[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]"#;
        let edges = |list: &[&str]| {
            let edges: Vec<String> =
                list.iter().map(|pair| format!(r#"{{"source":"{}","target":"{}"}}"#, &pair[..1], &pair[1..])).collect();
            format!("[{}]", edges.join(","))
        };
        assert_eq!(faults(nodes, &edges(&["aa"])), ["/edges workflow.cycle form a cycle: a, a"]);
        assert_eq!(faults(nodes, &edges(&["ab", "bc", "cb", "cd"])), ["/edges workflow.cycle form a cycle: b, c, b"]);
        assert!(faults(nodes, &edges(&["ab", "ac", "bd", "cd", "ad", "ad"])).is_empty());
    }

    #[test]
    fn messages_are_bounded() {
        let long = "x".repeat(1_000_000);
        let found = faults(
            &format!(r#"[{{"id":"{long}"}},{{"id":"{long}"}}]"#),
            &format!(r#"[{{"source":"{long}","target":"{long}y"}}]"#),
        );
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|fault| fault.len() < 300 && fault.ends_with("x…\"")), "{found:?}");
        let ids: Vec<String> = (0..1000).map(|n| format!(r#"{{"id":"{n}"}}"#)).collect();
        let edges: Vec<String> =
            (0..1000).map(|n| format!(r#"{{"source":"{n}","target":"{}"}}"#, (n + 1) % 1000)).collect();
        let found = faults(&format!("[{}]", ids.join(",")), &format!("[{}]", edges.join(",")));
        assert!(found.len() == 1 && found[0].len() < 200 && found[0].ends_with(", …"), "{found:?}");
    }

    #[test]
    fn a_cycle_is_found_exactly_where_one_can_walk_back() {
        let mut random = Random(7);
        for _ in 0..2000 {
            let count = 1 + random.next() % 8;
            let edges: Vec<(usize, usize)> =
                (0..random.next() % 12).map(|_| (random.next() % count, random.next() % count)).collect();
            // The closure of the edges, the slow way.
            let mut reach = vec![vec![false; count]; count];
            edges.iter().for_each(|&(source, target)| reach[source][target] = true);
            for middle in 0..count {
                for from in 0..count {
                    for to in 0..count {
                        reach[from][to] |= reach[from][middle] && reach[middle][to];
                    }
                }
            }
            let found = cycle(count, &edges);
            assert_eq!(found.is_some(), (0..count).any(|node| reach[node][node]), "{edges:?}");
            if let Some(found) = found {
                assert_eq!(found.first(), found.last());
                assert!(found.windows(2).all(|step| edges.contains(&(step[0], step[1]))), "{edges:?} {found:?}");
            }
        }
    }

    #[test]
    fn a_long_chain_is_no_deep_recursion() {
        let edges: Vec<(usize, usize)> = (0..100_000).map(|node| (node, node + 1)).collect();
        assert_eq!(cycle(100_001, &edges), None);
    }
}
