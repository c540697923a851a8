//! Drawn values of each type, in the forms in which people and programs write them, and their order.
use super::super::collation::IDENTICAL;
use super::rule;
use crate::core::fields::Rule;
use crate::core::fields::fold::fold_text;
use crate::core::jsonb::Value;
use crate::core::jsonb::fixture::document;
use crate::core::random::Random;
use num_bigint::BigInt;
use std::cmp::Ordering;

/// What a value is, apart from how it is written.
#[derive(Clone, Debug)]
enum Rank {
    Number(BigInt),
    Boolean(bool),
    Date(u32, u32, u32),
    Microseconds(i64),
    Uuid(String),
    /// Folded.
    Text(String),
}

impl Rank {
    fn compare(&self, other: &Rank) -> Ordering {
        match (self, other) {
            (Rank::Number(left), Rank::Number(right)) => left.cmp(right),
            (Rank::Boolean(left), Rank::Boolean(right)) => left.cmp(right),
            (Rank::Date(a, b, c), Rank::Date(x, y, z)) => [a, b, c].cmp(&[x, y, z]),
            (Rank::Microseconds(left), Rank::Microseconds(right)) => left.cmp(right),
            (Rank::Uuid(left), Rank::Uuid(right)) => left.cmp(right),
            // By the comparison of two texts, which makes no sort key.
            (Rank::Text(left), Rank::Text(right)) => IDENTICAL.compare(left, right),
            _ => panic!("values of two types"),
        }
    }
}

pub struct Sample {
    pub text: String,
    bytes: Vec<u8>,
    /// How many of the drawn values are less: it compares as the value does.
    pub ordinal: usize,
}

impl Sample {
    pub fn value(&self) -> Value<'_> {
        Value::root(&self.bytes)
    }
}

/// The types, and whether some of the drawn values are cut.
pub const TYPES: [(&str, bool); 7] = [
    ("number", true),
    ("boolean", false),
    ("date", false),
    ("time", false),
    ("datetime", false),
    ("uuid", false),
    ("text", true),
];

/// Values in no order.
pub fn drawn(kind: &str, count: usize, seed: u64) -> (Rule, Vec<Sample>) {
    let mut random = Random(seed);
    let draw = match kind {
        "number" => number,
        "boolean" => boolean,
        "date" => date,
        "time" => time,
        "datetime" => moment,
        "uuid" => uuid,
        "text" => text,
        _ => panic!("no values of {kind}"),
    };
    let mut values: Vec<(String, Rank)> = (0..count).map(|_| draw(&mut random)).collect();
    values.sort_by(|left, right| left.1.compare(&right.1));
    let mut samples: Vec<Sample> = Vec::new();
    for (at, (text, rank)) in values.iter().enumerate() {
        let is_new = at == 0 || values[at - 1].1.compare(rank).is_ne();
        let ordinal = if is_new { at } else { samples[at - 1].ordinal };
        samples.push(Sample { text: text.clone(), bytes: document(text), ordinal });
    }
    for at in (1..samples.len()).rev() {
        samples.swap(at, below(&mut random, at + 1));
    }
    (rule(kind, if kind == "text" { r#"{"keep_empty":true}"# } else { "{}" }), samples)
}

fn below(random: &mut Random, most: usize) -> usize {
    random.next() % most
}

fn digits(random: &mut Random, most: usize) -> String {
    let digits = ["0", "0", "1", "2", "5", "9", "99", "00"];
    let count = below(random, most + 1);
    random.text(&digits, count)
}

/// Few digits or many, around zero or far from it, and with zeros that change nothing.
fn number(random: &mut Random) -> (String, Rank) {
    const SCALE: i32 = 3_000;
    // More digits than a key holds, so that two numbers may differ only behind them.
    const LONG: &str = "31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679821480865132823066470938446095505822";
    let (mut whole, mut fraction) = match below(random, 8) {
        0 => (digits(random, 60), digits(random, 60)),
        1 => (format!("{LONG}{}", digits(random, 2)), digits(random, 2)),
        2 => ("0".to_owned(), format!("00000{LONG}{}", digits(random, 2))),
        _ => (digits(random, 3), digits(random, 3)),
    };
    if below(random, 4) == 0 {
        fraction += &"0".repeat(below(random, 9));
    }
    whole = whole.trim_start_matches('0').to_owned();
    let exponent = match below(random, 12) {
        0 => below(random, 3_000) as i32 - 1_500,
        1 => below(random, 10) as i32 - 5,
        _ => 0,
    };
    let magnitude: BigInt = format!("0{whole}{fraction}").parse().unwrap();
    let rank = magnitude * BigInt::from(10).pow((SCALE + exponent - fraction.len() as i32) as u32);
    let is_negative = below(random, 2) == 0;
    let mut text = format!("{}{}", if is_negative { "-" } else { "" }, if whole.is_empty() { "0" } else { &whole });
    if !fraction.is_empty() {
        text += &format!(".{fraction}");
    }
    if exponent != 0 {
        text += &format!("e{exponent}");
    }
    (text, Rank::Number(if is_negative { -rank } else { rank }))
}

fn boolean(random: &mut Random) -> (String, Rank) {
    let value = below(random, 2) == 0;
    (value.to_string(), Rank::Boolean(value))
}

fn date(random: &mut Random) -> (String, Rank) {
    let year = if below(random, 2) == 0 { below(random, 10_000) } else { 1_960 + below(random, 20) } as u32;
    let (month, day) = (1 + below(random, 12) as u32, 1 + below(random, 28) as u32);
    (format!("\"{year:04}-{month:02}-{day:02}\""), Rank::Date(year, month, day))
}

/// A time of day as text, and its microseconds.
fn clock(random: &mut Random) -> (String, i64) {
    let (hour, minute, second) = (below(random, 4) * 7, below(random, 3) * 29, below(random, 2) * 59);
    let whole = (hour * 3_600 + minute * 60 + second) as i64 * 1_000_000;
    let fraction = digits(random, 5);
    if fraction.is_empty() {
        return (format!("{hour:02}:{minute:02}:{second:02}"), whole);
    }
    let micro: i64 = format!("{fraction:0<6}")[..6].parse().unwrap();
    (format!("{hour:02}:{minute:02}:{second:02}.{fraction}"), whole + micro)
}

fn time(random: &mut Random) -> (String, Rank) {
    let (clock, microseconds) = clock(random);
    (format!("\"{clock}\""), Rank::Microseconds(microseconds))
}

fn moment(random: &mut Random) -> (String, Rank) {
    let (year, month, day) = match below(random, 2) {
        0 => (1_960 + below(random, 30) as i64, 1 + below(random, 12), 1 + below(random, 28)),
        _ => (1_970, 1, 1 + below(random, 2)),
    };
    let is_leap = |year: i64| year % 4 == 0;
    // One year after the other; 1900 and 2100 are not among them.
    let before: i64 = (1_960..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30];
    const FROM_1960_TO_1970: i64 = 3_653;
    let days = before + months[..month - 1].iter().sum::<i64>() + day as i64 - 1 - FROM_1960_TO_1970;
    let (clock, microseconds) = clock(random);
    let (sign, offset) = (if below(random, 2) == 0 { 1 } else { -1 }, below(random, 4) as i64 * 210);
    let zone = match (sign, offset) {
        (1, 0) => "Z".to_owned(),
        _ => format!("{}{:02}:{:02}", if sign > 0 { '+' } else { '-' }, offset / 60, offset % 60),
    };
    let utc = days * 86_400_000_000 + microseconds - sign * offset * 60_000_000;
    (format!("\"{year}-{month:02}-{day:02}T{clock}{zone}\""), Rank::Microseconds(utc))
}

fn uuid(random: &mut Random) -> (String, Rank) {
    let tail = random.text(&["0", "7", "a", "F"], 3);
    let text = format!("0190163d-8694-739b-aea5-966c26f8a{tail}");
    let text = if below(random, 2) == 0 { text.to_uppercase() } else { text };
    (format!("\"{text}\""), Rank::Uuid(text.to_lowercase()))
}

pub const PIECES: [&str; 40] = [
    "a",
    "A",
    "ａ",
    "b",
    "Z",
    "é",
    "e\u{301}",
    "ß",
    " ",
    "  ",
    "　",
    "-",
    ".",
    "0",
    "1",
    "2",
    "10",
    "007",
    "１０",
    "٣",
    "あ",
    "ア",
    "ｱ",
    "か",
    "ガ",
    "ｶﾞ",
    "か\u{3099}",
    "ー",
    "株式会社",
    "㈱",
    "佐藤",
    "斎藤",
    "Я",
    "Ω",
    "한",
    "กำ",
    "เก",
    "\u{200B}",
    "👩\u{200D}💻",
    "İ",
];

fn text(random: &mut Random) -> (String, Rank) {
    let count = match below(random, 60) {
        0 => 300,
        1..5 => 60,
        _ => below(random, 5),
    };
    let mut text = random.text(&PIECES, count);
    // So that long texts may differ only behind what a key holds.
    if below(random, 12) == 0 {
        text = format!("{}{}", "株式会社サトウ製作所 ".repeat(6), random.text(&PIECES, 1));
    }
    (serde_json::to_string(&text).unwrap(), Rank::Text(fold_text(&text)))
}
