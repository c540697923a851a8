//! A column's type, date order, decimal mark and warnings, from a bounded sample of its cells.
//!
//! An order or a mark is decided only by values that no other one reads; otherwise the column is ambiguous.
use super::super::cell::Cell;
use super::convert::is_choice;
use super::dates::{ORDERS, has_offset, is_midnight};
use super::numbers::{NumberReadings, has_leading_zero, has_many_digits, is_scientific};
use super::readings::{Kind, Readings};
use super::{DateOrder, DecimalMark};
use crate::core::fields::cast::cast_boolean;
use crate::core::fields::fold::fold_text;
use crate::core::fields::{Rule, shown};
use crate::core::work;
use std::collections::BTreeMap;

/// Values that are kept to be shown.
const SAMPLES: usize = 5;
const MOST_MISFITS: usize = 16 * SAMPLES;
/// Different values that are counted for a select column.
const MOST_DISTINCT: usize = 100;
const MOST_CHOICES: usize = 20;
/// A type is proposed where at least this share of the values fits it.
const NEEDED_SHARE: f64 = 0.8;

/// What a user should know of a column before it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// leading_zeros, many_digits, scientific, mixed_types, mixed_date_orders, mixed_decimal_marks, short_years, missing_offset, formulas, errors, percents,
    /// currency_marks, nul_characters.
    pub code: &'static str,
    /// How many values of the sample it is about.
    pub count: u64,
}

/// What a sample says of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnFacts {
    /// One of rowkit's field types.
    pub field_type: &'static str,
    /// The share of the values that are there which the type takes.
    pub share: f64,
    pub filled: u64,
    pub empty: u64,
    /// Values of the column, each once, cut for display.
    pub samples: Vec<String>,
    /// Values that do not fit the type.
    pub misfits: Vec<String>,
    pub date_order: Option<DateOrder>,
    pub decimal_mark: Option<DecimalMark>,
    /// The order and the mark of those values that are dates and numbers, whatever the type is: for a column of the table that is of such a type.
    pub order_of_dates: Option<DateOrder>,
    pub mark_of_numbers: Option<DecimalMark>,
    /// What an "x" means among truth values: what other values do not say.
    pub cross: Option<bool>,
    pub warnings: Vec<Warning>,
    /// Dates with a time of day other than midnight, which a column of the type `date` does not keep.
    pub times_of_day: u64,
    /// For a select: its values, the most frequent first.
    pub choices: Vec<String>,
    /// The share of the values that each type takes, but for those that take none.
    pub shares: Vec<(&'static str, f64)>,
}

impl ColumnFacts {
    /// The warnings of the column where it goes to one of this rule: a column of days keeps no times.
    pub fn warnings_for(&self, rule: Option<&Rule>) -> Vec<Warning> {
        let mut warnings = self.warnings.clone();
        if matches!(rule, Some(Rule::Date(_))) && self.times_of_day > 0 {
            warnings.push(Warning { code: "times_of_day", count: self.times_of_day });
        }
        warnings
    }
}

/// Collects the cells of one column.
#[derive(Debug, Default)]
pub struct Survey {
    filled: u64,
    empty: u64,
    samples: Vec<String>,
    /// The first values of each set of types that take them, of which those that do not fit are shown.
    cells: Vec<(String, u16)>,
    counts: [u64; Kind::ALL.len()],
    marks: Marks,
    percent_marks: Marks,
    dates: Dates,
    distinct: BTreeMap<String, u64>,
    has_many_distinct: bool,
    line_breaks: u64,
    warnings: BTreeMap<&'static str, u64>,
    missing_offsets: u64,
    short_years: u64,
    times_of_day: u64,
}

/// Numbers by the marks that read them.
#[derive(Debug, Default)]
struct Marks {
    /// Numbers that are texts.
    read: u64,
    point_only: u64,
    comma_only: u64,
    differing: u64,
    /// Numbers of JSON and workbooks, whose values no mark decides.
    typed: u64,
}

impl Marks {
    fn add(&mut self, readings: &NumberReadings) {
        let [point, comma] = [DecimalMark::Point, DecimalMark::Comma].map(|mark| readings.number(mark).is_some());
        self.read += u64::from(point || comma);
        self.point_only += u64::from(point && !comma);
        self.comma_only += u64::from(comma && !point);
        self.differing += u64::from(readings.differs());
    }

    fn is_mixed(&self) -> bool {
        self.point_only > 0 && self.comma_only > 0
    }

    fn decide(&self) -> Option<DecimalMark> {
        match (self.point_only, self.comma_only) {
            // An error file spells typed numbers with a point.
            (0, 0) if self.read == 0 && self.typed > 0 => Some(DecimalMark::Point),
            (0, 0) => (self.differing > 0).then_some(DecimalMark::Ambiguous),
            (_, 0) => Some(DecimalMark::Point),
            (0, _) => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}

/// Dates that need an order, by the orders that read them.
#[derive(Debug, Default)]
struct Dates {
    fixed: u64,
    /// That need an order.
    ordered: u64,
    by_order: [u64; ORDERS.len()],
    differing: u64,
}

impl Dates {
    fn decide(&self, is_whole: bool) -> Option<DateOrder> {
        if self.ordered == 0 {
            return (self.fixed > 0).then_some(DateOrder::Ymd);
        }
        let fitting = ORDERS.iter().zip(self.by_order).filter(|(_, count)| *count == self.ordered);
        let mut fitting = fitting.map(|(order, _)| *order);
        match (fitting.next(), fitting.next()) {
            (Some(order), None) => Some(order),
            // All are days such as 5/5: the order does not matter, unless there are rows that were not looked at.
            (Some(order), Some(_)) if self.differing == 0 && is_whole => Some(order),
            (Some(_), Some(_)) => Some(DateOrder::Ambiguous),
            (None, _) => None,
        }
    }
}

/// Short words for yes and no that belong together, each pair in the order of its letters.
const PAIRS: [[&str; 2]; 16] = [
    ["n", "y"],
    ["no", "yes"],
    ["f", "t"],
    ["f", "v"],
    ["off", "on"],
    ["j", "n"],
    ["ja", "nein"],
    ["ja", "nej"],
    ["ja", "nei"],
    ["ja", "nee"],
    ["n", "o"],
    ["n", "s"],
    ["no", "si"],
    ["no", "s\u{ed}"],
    ["da", "ne"],
    ["da", "nu"],
];

/// Words of one or two letters are also codes of languages and countries, initials and the like.
fn is_unmistakable(word: &str) -> bool {
    let word = word.trim();
    word.len() > 2 || !word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

impl Survey {
    /// Looks at the next cell of the column.
    pub fn add(&mut self, cell: &Cell) {
        work::step();
        match cell {
            Cell::Formula => return self.warn("formulas"),
            Cell::Error(_) => return self.warn("errors"),
            _ if cell.is_blank() => return self.empty += 1,
            _ => {}
        }
        let Some(text) = cell.text() else { return };
        work::bytes(text.len());
        self.filled += 1;
        let readings = Readings::of(cell);
        let mut kinds = 0_u16;
        for kind in Kind::ALL.into_iter().filter(|kind| readings.is(*kind)) {
            self.counts[kind as usize] += 1;
            kinds |= 1 << kind as u16;
        }
        self.marks.add(&readings.numbers);
        if matches!(cell, Cell::Text(_)) && !readings.numbers.is_number() {
            self.marks.add(&NumberReadings::of_amount(text));
        }
        self.percent_marks.add(&readings.percents);
        for marks in [&mut self.marks, &mut self.percent_marks] {
            marks.typed += u64::from(matches!(cell, Cell::Number { .. }));
        }
        if readings.is(Kind::Date) || readings.is(Kind::DateTime) {
            self.add_date(cell, &readings);
        }
        self.add_text(text, matches!(cell, Cell::Text(_)), &readings);
        let shown = shown(text);
        if self.samples.len() < SAMPLES && !self.samples.iter().any(|sample| *sample == shown) {
            self.samples.push(shown.clone().into_owned());
        }
        let alike = self.cells.iter().filter(|(_, other)| *other == kinds);
        if self.cells.len() < MOST_MISFITS
            && alike.clone().count() < SAMPLES
            && !alike.clone().any(|(text, _)| *text == shown)
        {
            self.cells.push((shown.into_owned(), kinds));
        }
    }

    /// The values that are kept for what does not fit.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        self.cells.len()
    }

    fn warn(&mut self, code: &'static str) {
        *self.warnings.entry(code).or_default() += 1;
    }

    fn add_date(&mut self, cell: &Cell, readings: &Readings) {
        let dates = &readings.dates;
        let clock = match cell {
            Cell::DateTime(text) => text.split_once('T').map(|(_, clock)| clock),
            _ => dates.clock.as_deref(),
        };
        self.missing_offsets += u64::from(clock.is_some_and(|clock| !has_offset(clock)));
        self.times_of_day += u64::from(clock.is_some_and(|clock| !is_midnight(clock)));
        self.short_years += u64::from(dates.has_short_year);
        if !matches!(cell, Cell::Text(_)) || !dates.needs_order() {
            self.dates.fixed += 1;
            return;
        }
        self.dates.ordered += 1;
        self.dates.differing += u64::from(dates.differs());
        for (count, order) in self.dates.by_order.iter_mut().zip(ORDERS) {
            *count += u64::from(dates.date(order).is_some());
        }
    }

    fn add_text(&mut self, text: &str, is_text: bool, readings: &Readings) {
        let tests: [(&'static str, bool); 6] = [
            ("leading_zeros", has_leading_zero(text)),
            ("many_digits", has_many_digits(text)),
            ("scientific", is_text && is_scientific(text)),
            ("percents", readings.is(Kind::Percent)),
            ("currency_marks", readings.is(Kind::Number) && text.contains(['¥', '￥', '$', '€', '£', '円'])),
            ("nul_characters", text.contains('\0')),
        ];
        tests.into_iter().filter(|(_, holds)| *holds).for_each(|(code, _)| self.warn(code));
        self.line_breaks += u64::from(text.contains(crate::core::fields::LINE_BREAKS));
        if let Some(count) = self.distinct.get_mut(text) {
            *count += 1;
        } else if self.distinct.len() < MOST_DISTINCT && text.len() <= 100 {
            self.distinct.insert(text.to_owned(), 1);
        } else {
            self.has_many_distinct = true;
        }
    }

    /// Whether the values are the two short words of one language for yes and no.
    fn is_pair(&self) -> bool {
        let mut words: Vec<String> = self.distinct.keys().map(|word| word.trim().to_lowercase()).collect();
        words.sort_unstable();
        words.dedup();
        matches!(&words[..], [one, other] if PAIRS.contains(&[one.as_str(), other.as_str()]))
    }

    /// What the sample says. `is_whole`: every row was looked at.
    pub fn finish(mut self, is_whole: bool) -> ColumnFacts {
        let filled = self.filled;
        let share = move |count: u64| if filled == 0 { 0.0 } else { count as f64 / filled as f64 };
        let counted = |kind: Kind| self.counts[kind as usize];
        let shares: Vec<(Kind, f64)> =
            Kind::ALL.into_iter().map(|kind| (kind, share(counted(kind)))).filter(|(_, share)| *share > 0.0).collect();
        // Of equals the first, which is the more specific.
        let best = shares.iter().copied().reduce(|best, other| if other.1 > best.1 { other } else { best });
        let mut kind = best.filter(|(_, share)| *share >= NEEDED_SHARE).map(|(kind, _)| kind);
        if kind == Some(Kind::Boolean) && !self.distinct.keys().all(|word| is_unmistakable(word)) && !self.is_pair() {
            kind = None;
        }
        // An amount per hundred in one row is one in all, where all are numbers.
        let is_number = |kind: Kind| matches!(kind, Kind::Integer | Kind::Number | Kind::Percent);
        let has_codes = self.warnings.contains_key("leading_zeros") || self.warnings.contains_key("many_digits");
        let (marks, date_order) = (self.marks_of(kind), self.dates.decide(is_whole));
        let (is_mixed_number, decimal_mark) = (marks.is_mixed(), marks.decide());
        if kind.is_some_and(is_number) && is_mixed_number {
            self.warnings.insert("mixed_decimal_marks", marks.comma_only.min(marks.point_only));
            kind = None;
        }
        if kind.is_some_and(is_number) && has_codes {
            kind = Some(Kind::Phone).filter(|kind| share(self.counts[*kind as usize]) >= NEEDED_SHARE);
        }
        let is_date = |kind: Kind| matches!(kind, Kind::Date | Kind::DateTime);
        if kind.is_some_and(is_date) {
            if date_order.is_none() {
                self.warnings.insert("mixed_date_orders", self.dates.ordered);
                kind = None;
            } else {
                self.add_date_warnings(kind);
            }
        }
        let fits = kind.map_or(1.0, |kind| share(self.counts[kind as usize]));
        let is_mixed_text = kind.is_none() && best.is_some_and(|(_, share)| share >= 0.2) && !has_codes;
        if (kind.is_some() && fits < 1.0) || is_mixed_text {
            let count = best.map_or(0, |(kind, _)| self.filled - self.counts[kind as usize]);
            if count > 0 {
                self.warnings.insert("mixed_types", count);
            }
        }
        let choices = if kind.is_none() && self.line_breaks == 0 { self.choices() } else { Vec::new() };
        let cross = self.cross();
        let field_type = match kind {
            Some(kind) => kind.type_name(),
            None if self.line_breaks > 0 => "long_text",
            None if !choices.is_empty() && !has_codes => "select",
            None => "text",
        };
        let misfits = kind.map(|kind| self.misfits(kind)).unwrap_or_default();
        ColumnFacts {
            field_type,
            share: fits,
            filled: self.filled,
            empty: self.empty,
            samples: self.samples,
            misfits,
            order_of_dates: date_order,
            mark_of_numbers: decimal_mark,
            date_order: date_order.filter(|_| kind.is_some_and(is_date)),
            decimal_mark: decimal_mark.filter(|_| kind.is_some_and(is_number)),
            cross,
            warnings: self.warnings.into_iter().map(|(code, count)| Warning { code, count }).collect(),
            times_of_day: self.times_of_day,
            choices: if field_type == "select" { choices } else { Vec::new() },
            shares: shares.into_iter().map(|(kind, share)| (kind.type_name(), share)).collect(),
        }
    }

    fn marks_of(&self, kind: Option<Kind>) -> &Marks {
        if kind == Some(Kind::Percent) { &self.percent_marks } else { &self.marks }
    }

    fn add_date_warnings(&mut self, kind: Option<Kind>) {
        if self.short_years > 0 {
            self.warnings.insert("short_years", self.short_years);
        }
        if kind == Some(Kind::DateTime) && self.missing_offsets > 0 {
            self.warnings.insert("missing_offset", self.missing_offsets);
        }
    }

    fn misfits(&self, kind: Kind) -> Vec<String> {
        let mut misfits: Vec<String> = Vec::new();
        for (text, kinds) in &self.cells {
            work::step();
            if misfits.len() < SAMPLES && kinds & 1 << kind as u16 == 0 && !misfits.contains(text) {
                misfits.push(text.clone());
            }
        }
        misfits
    }

    fn cross(&self) -> Option<bool> {
        self.distinct.keys().find(|text| matches!(fold_text(text).as_str(), "x" | "o"))?;
        let meant = |wanted: bool| {
            let means = |text: &String| match fold_text(text).as_str() {
                "o" => wanted,
                _ => cast_boolean(text) == Some(wanted),
            };
            self.distinct.keys().any(means)
        };
        match (meant(true), meant(false)) {
            (false, _) => Some(true),
            (true, false) => Some(false),
            (true, true) => None,
        }
    }

    /// The few values that all rows have, where each stands in several rows.
    fn choices(&self) -> Vec<String> {
        const ROWS_A_CHOICE: u64 = 5;
        let choices = self.distinct.iter().filter(|(text, _)| is_choice(text));
        let count = choices.clone().count() as u64;
        let are_few = !self.has_many_distinct
            && (2..=MOST_CHOICES as u64).contains(&count)
            && self.filled >= 2 * ROWS_A_CHOICE
            && count * ROWS_A_CHOICE <= self.filled;
        if !are_few {
            return Vec::new();
        }
        let mut choices: Vec<(&String, u64)> = choices.map(|(text, count)| (text, *count)).collect();
        choices.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(right.0)));
        choices.into_iter().map(|(text, _)| text.clone()).collect()
    }
}
