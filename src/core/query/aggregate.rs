//! Figures over the records of a query: counts, sums, averages, distributions. Numbers are exact.
use super::identity::{Identities, Identity};
use super::model::{Query, QueryColumn};
use super::operators::Family;
use super::record::{Held, Places, Record, elements, shown};
use crate::core::index::{IndexColumn, Presence, integer_key, integer_of};
use crate::core::jsonb::{Decimal, Digits, JsonObjectWriter, Value};
use crate::core::schema::Schema;
use crate::core::work::{self, Memory};
use num_bigint::BigInt;
use std::collections::{BTreeMap, HashSet};

/// What is computed of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Count,
    Empty,
    Filled,
    Unique,
    PercentEmpty,
    PercentFilled,
    PercentUnique,
    Min,
    Max,
    Range,
    Sum,
    Average,
    Median,
    StdDev,
    Variance,
    Earliest,
    Latest,
    Checked,
    PercentChecked,
    Distribution,
}

use Function::*;

const NAMES: [(Function, &str); 20] = [
    (Count, "count"),
    (Empty, "empty"),
    (Filled, "filled"),
    (Unique, "unique"),
    (PercentEmpty, "percent_empty"),
    (PercentFilled, "percent_filled"),
    (PercentUnique, "percent_unique"),
    (Min, "min"),
    (Max, "max"),
    (Range, "range"),
    (Sum, "sum"),
    (Average, "average"),
    (Median, "median"),
    (StdDev, "std_dev"),
    (Variance, "variance"),
    (Earliest, "earliest"),
    (Latest, "latest"),
    (Checked, "checked"),
    (PercentChecked, "percent_checked"),
    (Distribution, "distribution"),
];

impl Function {
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    pub fn named(name: &str) -> Option<Function> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(function, _)| *function)
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, name)| *name)
    }

    pub fn all() -> impl Iterator<Item = Function> {
        NAMES.iter().map(|(function, _)| *function)
    }

    /// Whether it can be computed of such a column.
    pub fn is_for(self, family: Family) -> bool {
        match self {
            Count | Empty | Filled | PercentEmpty | PercentFilled => true,
            Unique | PercentUnique | Distribution => !matches!(family, Family::Attachment | Family::Opaque),
            Sum | Average | Median | StdDev | Variance => family == Family::Number,
            Min | Max | Range => matches!(family, Family::Number | Family::Date | Family::Instant | Family::Time),
            Earliest | Latest => matches!(family, Family::Date | Family::Instant | Family::Time),
            Checked | PercentChecked => family == Family::Boolean,
        }
    }
}

/// One figure of the result.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Its name in the result.
    pub name: String,
    pub function: Function,
    /// The place of its column in the query; none for `count` of all records.
    pub column: Option<usize>,
}

/// A distribution names at most so many values.
pub const MAX_DISTRIBUTION: usize = 5_000;
/// Digits behind the point that quotients have.
const QUOTIENT_DIGITS: u32 = 20;

/// The figures of one group of records.
pub struct Figures<'a> {
    aggregates: &'a [Aggregate],
    states: Vec<State>,
    pub count: u64,
}

/// A value of a distribution: the record with the lowest id that has it, the value as it stands there, and how many have it.
struct Counted {
    record: [u8; 16],
    document: Vec<u8>,
    count: u64,
}

#[derive(Default)]
struct State {
    filled: u64,
    checked: u64,
    unique: HashSet<Identity>,
    sum: Sum,
    squares: Sum,
    numbers: Vec<Decimal>,
    least: Option<(Vec<u8>, Vec<u8>)>,
    most: Option<(Vec<u8>, Vec<u8>)>,
    counts: BTreeMap<Identity, Counted>,
    /// The bytes of its extremes and sums that were asked for.
    held: usize,
}

impl State {
    /// Asks for the memory that extremes and sums have grown to.
    fn hold(&mut self, memory: &mut Memory) {
        let length =
            |found: &Option<(Vec<u8>, Vec<u8>)>| found.as_ref().map_or(0, |(key, text)| key.len() + text.len());
        let now = length(&self.least) + length(&self.most) + self.sum.bytes() + self.squares.bytes();
        memory.take(now.saturating_sub(self.held));
        self.held = self.held.max(now);
    }
}

/// How the figures read records under one schema.
pub struct Aggregator<'q> {
    query: &'q Query,
    places: Places,
    orders: Vec<Option<IndexColumn<'q>>>,
    identities: Identities<'q>,
}

impl<'q> Aggregator<'q> {
    /// None if the schema no longer has the columns as the query was read with.
    pub fn new(query: &'q Query, schema: &'q Schema) -> Option<Aggregator<'q>> {
        let order = |column: &QueryColumn| {
            let known = column.path.column(schema);
            known.and_then(|known| IndexColumn::new(&known.rule))
        };
        let orders = query.columns.iter().map(order).collect();
        let identities = Identities::new(query, schema);
        Some(Aggregator { query, places: Places::new(&query.columns, schema)?, orders, identities })
    }

    pub fn add(&self, figures: &mut Figures<'_>, record: &Record<'_>, memory: &mut Memory) {
        figures.count += 1;
        let values = self.places.read(record);
        for (aggregate, state) in figures.aggregates.iter().zip(&mut figures.states) {
            work::step();
            let Some(column) = aggregate.column else { continue };
            if let Some(held) = values.get(column) {
                state.filled += 1;
                self.add_value(aggregate.function, column, held, &record.id, state, memory);
            }
        }
    }

    fn add_value(
        &self,
        function: Function,
        column: usize,
        held: Held<'_>,
        record: &[u8; 16],
        state: &mut State,
        memory: &mut Memory,
    ) {
        let family = self.query.columns[column].family;
        match function {
            Checked | PercentChecked => {
                state.checked += u64::from(matches!(held, Held::Json(value) if value.as_bool() == Some(true)));
            }
            Sum | Average | StdDev | Variance => {
                if let Held::Json(Value::Number(number)) = held {
                    let number = number.read();
                    state.sum.add(&number);
                    state.checked += 1;
                    if matches!(function, StdDev | Variance) {
                        state.squares.add_square(&number);
                    }
                    state.hold(memory);
                }
            }
            Median => {
                if let Held::Json(Value::Number(number)) = held {
                    let number = number.read().to_decimal();
                    memory.take(size_of::<Decimal>() + 2 * number.count());
                    state.numbers.push(number);
                }
            }
            Min | Max | Range | Earliest | Latest => {
                if let Some((key, document)) = self.key(column, held) {
                    if state.least.as_ref().is_none_or(|(least, _)| key < *least) {
                        state.least = Some((key.clone(), document.clone()));
                    }
                    if state.most.as_ref().is_none_or(|(most, _)| key > *most) {
                        state.most = Some((key, document));
                    }
                    state.hold(memory);
                }
            }
            Unique | PercentUnique => each_element(held, family, |element| {
                if state.unique.insert(self.identities.of_element(column, element)) {
                    memory.take(48);
                }
            }),
            Distribution => each_element(held, family, |element| {
                let key = self.identities.of_element(column, element);
                if let Some(counted) = state.counts.get_mut(&key) {
                    counted.count += 1;
                    if *record < counted.record {
                        let document = shown(element);
                        memory.take(document.len().saturating_sub(counted.document.len()));
                        (counted.record, counted.document) = (*record, document);
                    }
                } else if state.counts.len() < MAX_DISTRIBUTION {
                    let document = shown(element);
                    memory.take(96 + document.len());
                    state.counts.insert(key, Counted { record: *record, document, count: 1 });
                } else {
                    work::refuse(
                        &format!("a distribution must not have more than {MAX_DISTRIBUTION} values"),
                        "Narrow the filter, or take a column of choices.",
                    );
                }
            }),
            Count | Empty | Filled | PercentEmpty | PercentFilled => {}
        }
    }

    /// A value's place in the order of its type, and its JSON text.
    fn key(&self, column: usize, held: Held<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
        match held {
            Held::Instant(at) => Some((integer_key(at.since_2000()).to_vec(), shown(held))),
            Held::Id(_) => None,
            Held::Json(value) => match self.orders[column]?.sorted_by(Some(value)) {
                (Presence::Present, key) => Some((key, shown(held))),
                _ => None,
            },
        }
    }
}

/// Calls `each` for the elements of a list, or for the one value.
fn each_element<'v>(held: Held<'v>, family: Family, mut each: impl FnMut(Held<'v>)) {
    match held {
        Held::Json(value) => elements(value, family).for_each(|element| {
            work::step();
            each(Held::Json(element));
        }),
        other => each(other),
    }
}

impl<'a> Figures<'a> {
    /// The memory of one without values.
    pub fn size(aggregates: &[Aggregate]) -> usize {
        aggregates.len() * size_of::<State>()
    }

    pub fn new(aggregates: &'a [Aggregate]) -> Figures<'a> {
        Figures { aggregates, states: aggregates.iter().map(|_| State::default()).collect(), count: 0 }
    }

    /// The figures as a JSON object.
    pub fn object(mut self, query: &Query) -> String {
        let mut object = JsonObjectWriter::new();
        for (aggregate, state) in self.aggregates.iter().zip(&mut self.states) {
            work::step();
            let family = aggregate.column.map_or(Family::Opaque, |column| query.columns[column].family);
            object = object.json(&aggregate.name, figure(aggregate.function, state, self.count, family));
        }
        object.object()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn figure(function: Function, state: &mut State, count: u64, family: Family) -> String {
    let null = || "null".to_owned();
    let percent = |part: u64| match count {
        0 => null(),
        count => quotient(&BigInt::from(u128::from(part) * 100), &BigInt::from(count), 2),
    };
    let value = |found: &Option<(Vec<u8>, Vec<u8>)>| found.as_ref().map_or_else(null, |(_, document)| text(document));
    let numbers = state.checked;
    match function {
        Count => count.to_string(),
        Empty => (count - state.filled).to_string(),
        Filled => state.filled.to_string(),
        Unique => state.unique.len().to_string(),
        PercentEmpty => percent(count - state.filled),
        PercentFilled => percent(state.filled),
        PercentUnique => percent(state.unique.len() as u64),
        Checked => state.checked.to_string(),
        PercentChecked => percent(state.checked),
        Min | Earliest => value(&state.least),
        Max | Latest => value(&state.most),
        Range => range(state, family).unwrap_or_else(null),
        Sum if numbers == 0 => null(),
        Sum => state.sum.to_text(),
        Average if numbers == 0 => null(),
        Average => state.sum.divided_by(numbers),
        Median => median(&mut state.numbers).unwrap_or_else(null),
        Variance | StdDev if numbers < 2 => null(),
        Variance => variance(state, numbers, false),
        StdDev => variance(state, numbers, true),
        Distribution => {
            let mut all: Vec<&Counted> = state.counts.values().collect();
            all.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.document.cmp(&right.document)));
            let listed: Vec<String> = all
                .iter()
                .map(|one| format!("{{\"value\":{},\"count\":{}}}", text(&one.document), one.count))
                .collect();
            format!("[{}]", listed.join(","))
        }
    }
}

/// How far the largest value is from the smallest: numbers, days, or seconds.
fn range(state: &State, family: Family) -> Option<String> {
    let (least, most) = (state.least.as_ref()?, state.most.as_ref()?);
    let integer = |key: &[u8]| key.iter().fold(0_i128, |value, byte| value << 8 | i128::from(*byte));
    Some(match family {
        Family::Number => {
            let mut sum = Sum::default();
            sum.add(&Decimal::parse(&text(&most.1))?);
            sum.subtract(&Decimal::parse(&text(&least.1))?);
            sum.to_text()
        }
        Family::Date => (integer(&most.0) - integer(&least.0)).to_string(),
        // From or to infinity.
        _ if [&least.0, &most.0].iter().any(|key| [i64::MIN, i64::MAX].contains(&integer_of(key).unwrap_or(0))) => {
            return None;
        }
        _ => quotient(&BigInt::from(integer(&most.0) - integer(&least.0)), &BigInt::from(1_000_000), 6),
    })
}

fn median(numbers: &mut [Decimal]) -> Option<String> {
    if numbers.is_empty() {
        return None;
    }
    work::steps(numbers.len());
    numbers.sort_unstable_by(Decimal::compare);
    let middle = numbers.len() / 2;
    if !numbers.len().is_multiple_of(2) {
        return Some(numbers[middle].to_string());
    }
    let mut sum = Sum::default();
    sum.add(&numbers[middle - 1]);
    sum.add(&numbers[middle]);
    Some(sum.divided_by(2))
}

/// Of a sample, as var_samp and stddev_samp compute it.
fn variance(state: &State, numbers: u64, is_root: bool) -> String {
    let count = BigInt::from(numbers);
    // In one unit: that of the squares is the square of that of the sum.
    let power = state.sum.power.min((state.squares.power - 1).div_euclid(2));
    let sum = state.sum.in_units(power);
    let squares = state.squares.in_units(2 * power);
    let (above, below) = (&count * squares - &sum * &sum, &count * (&count - 1));
    let unit = 2 * power;
    if !is_root {
        return scaled_quotient(&above, &below, unit);
    }
    let digits = BigInt::from(10).pow(2 * QUOTIENT_DIGITS);
    let (above, below) =
        if unit >= 0 { (above * ten_thousand(unit), below) } else { (above, below * ten_thousand(-unit)) };
    decimal_text(&((above * digits) / below).sqrt(), QUOTIENT_DIGITS)
}

fn ten_thousand(power: i32) -> BigInt {
    work::reserve(2 * power.unsigned_abs() as usize);
    BigInt::from(10_000).pow(power.unsigned_abs())
}

/// A sum of decimal numbers: whole units of 10,000 to a power.
#[derive(Default)]
struct Sum {
    units: BigInt,
    power: i32,
}

impl Sum {
    fn add(&mut self, number: &impl Digits) {
        let (units, power) = parts(number);
        self.add_units(units, power);
    }

    fn subtract(&mut self, number: &impl Digits) {
        let (units, power) = parts(number);
        self.add_units(-units, power);
    }

    fn add_square(&mut self, number: &impl Digits) {
        let (units, power) = parts(number);
        self.add_units(&units * &units, 2 * power);
    }

    fn add_units(&mut self, units: BigInt, power: i32) {
        if power < self.power {
            self.units *= ten_thousand(self.power - power);
            self.power = power;
        }
        if power == self.power { self.units += units } else { self.units += units * ten_thousand(power - self.power) }
    }

    fn bytes(&self) -> usize {
        self.units.bits() as usize / 8
    }

    fn in_units(&self, power: i32) -> BigInt {
        &self.units * ten_thousand(self.power - power)
    }

    fn to_text(&self) -> String {
        if self.power >= 0 {
            return (&self.units * ten_thousand(self.power)).to_string();
        }
        decimal_text(&self.units, 4 * self.power.unsigned_abs())
    }

    fn divided_by(&self, count: u64) -> String {
        scaled_quotient(&self.units, &BigInt::from(count), self.power)
    }
}

/// Numbers of more digits than this, in groups of four, are not computed with: exact sums of them would be as long, and take as long.
const MAX_GROUPS_OF_DIGITS: i32 = 1_000;

fn parts(number: &impl Digits) -> (BigInt, i32) {
    let count = number.count();
    let (highest, lowest) = (number.weight(), number.weight() - (count as i32 - 1));
    if count > 0 && (highest > MAX_GROUPS_OF_DIGITS || lowest < -MAX_GROUPS_OF_DIGITS) {
        work::refuse(
            "a number has too many digits to compute with",
            "Sums and averages take numbers of up to 4,000 digits before the point and behind it.",
        );
    }
    work::steps(count);
    // Most numbers fit into one word.
    let mut units = BigInt::from(0);
    let mut word = 0_i64;
    for index in 0..count {
        if index > 0 && index.is_multiple_of(4) {
            units = units * 10_000_000_000_000_000_i64 + word;
            word = 0;
        }
        word = word * 10_000 + i64::from(number.digit(index));
    }
    let rest = (count.max(1) - 1) % 4 + 1;
    units = if count > 4 { units * 10_000_i64.pow(rest as u32) + word } else { BigInt::from(word) };
    let units = if number.is_negative() { -units } else { units };
    (units, if count == 0 { 0 } else { number.weight() - (count as i32 - 1) })
}

/// A quotient in units of 10,000 to a power.
fn scaled_quotient(above: &BigInt, below: &BigInt, power: i32) -> String {
    if power >= 0 {
        return quotient(&(above * ten_thousand(power)), below, QUOTIENT_DIGITS);
    }
    quotient(above, &(below * ten_thousand(-power)), QUOTIENT_DIGITS)
}

/// A quotient with so many digits behind the point at most, rounded away from zero at the half.
fn quotient(above: &BigInt, below: &BigInt, digits: u32) -> String {
    let scaled = above * BigInt::from(10).pow(digits) * 2;
    let half = if scaled < BigInt::from(0) { -below.clone() } else { below.clone() };
    decimal_text(&((scaled + half) / (below * 2)), digits)
}

/// Whole units of ten to a negative power, without zeros at the end.
fn decimal_text(units: &BigInt, digits: u32) -> String {
    let text = units.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let padded = format!("{text:0>width$}", width = digits as usize + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits as usize);
    let fraction = fraction.trim_end_matches('0');
    let number = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    if number == "0" { number } else { format!("{sign}{number}") }
}
