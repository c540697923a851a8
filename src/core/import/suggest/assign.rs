//! The best assignment of file columns to table columns: the sum of scores is the greatest, and none is used twice.
use crate::core::work;
use std::collections::BTreeMap;

/// A file column, a table column, and how well they go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub left: usize,
    pub right: usize,
    pub score: f64,
}

/// A group of columns beyond this size is assigned by the highest score first.
const MOST_EXACT: usize = 64;

/// Returns the pairs of the best assignment, in the order of the file's columns.
pub fn assign(pairs: &[Pair]) -> Vec<Pair> {
    let mut chosen = Vec::new();
    for group in groups(pairs) {
        work::step();
        let count = |side: fn(&Pair) -> usize| {
            let mut sides: Vec<usize> = group.iter().map(side).collect();
            sides.sort_unstable();
            sides.dedup();
            sides
        };
        let (lefts, rights) = (count(|pair| pair.left), count(|pair| pair.right));
        if lefts.len().max(rights.len()) <= MOST_EXACT {
            chosen.extend(exact(&group, &lefts, &rights));
        } else {
            chosen.extend(greedy(group));
        }
    }
    chosen.sort_by_key(|pair| pair.left);
    chosen
}

/// The pairs by connected columns: each group can be assigned on its own.
fn groups(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let lefts = pairs.iter().map(|pair| pair.left + 1).max().unwrap_or(0);
    let rights = pairs.iter().map(|pair| pair.right + 1).max().unwrap_or(0);
    let mut parents: Vec<usize> = (0..lefts + rights).collect();
    fn root(parents: &mut [usize], mut node: usize) -> usize {
        while parents[node] != node {
            work::step();
            parents[node] = parents[parents[node]];
            node = parents[node];
        }
        node
    }
    for pair in pairs {
        let (left, right) = (root(&mut parents, pair.left), root(&mut parents, lefts + pair.right));
        parents[left] = right;
    }
    let mut groups: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
    for pair in pairs {
        groups.entry(root(&mut parents, pair.left)).or_default().push(*pair);
    }
    groups.into_values().collect()
}

fn greedy(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by(|one, other| {
        other.score.total_cmp(&one.score).then(one.left.cmp(&other.left)).then(one.right.cmp(&other.right))
    });
    let (mut lefts, mut rights) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    let is_free = |pair: &Pair| {
        work::step();
        let free = !lefts.contains(&pair.left) && !rights.contains(&pair.right);
        free && lefts.insert(pair.left) && rights.insert(pair.right)
    };
    pairs.into_iter().filter(is_free).collect()
}

/// The Hungarian method with potentials, on a square of costs whose missing pairs cost as much as no assignment.
fn exact(pairs: &[Pair], lefts: &[usize], rights: &[usize]) -> Vec<Pair> {
    let size = lefts.len().max(rights.len());
    let mut scores = vec![vec![0.0; size]; size];
    for pair in pairs {
        let place = |list: &[usize], of: usize| list.binary_search(&of).unwrap_or_default();
        scores[place(lefts, pair.left)][place(rights, pair.right)] = pair.score;
    }
    // Row and column 0 stand for "none yet".
    let (mut row_potential, mut column_potential) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    let mut row_of = vec![0; size + 1];
    for row in 1..=size {
        let (mut least, mut before, mut is_done) =
            (vec![f64::INFINITY; size + 1], vec![0; size + 1], vec![false; size + 1]);
        let mut column = 0;
        row_of[0] = row;
        while row_of[column] != 0 {
            is_done[column] = true;
            let current = row_of[column];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for other in (1..=size).filter(|other| !is_done[*other]) {
                work::step();
                let cost = -scores[current - 1][other - 1] - row_potential[current] - column_potential[other];
                if cost < least[other] {
                    (least[other], before[other]) = (cost, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=size {
                if is_done[other] {
                    row_potential[row_of[other]] += step;
                    column_potential[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let found = (1..=size).map(|column| (row_of[column] - 1, column - 1));
    let found =
        found.filter(|(left, right)| *left < lefts.len() && *right < rights.len() && scores[*left][*right] > 0.0);
    found.map(|(left, right)| Pair { left: lefts[left], right: rights[right], score: scores[left][right] }).collect()
}
