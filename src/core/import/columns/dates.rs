//! Dates as files write them, read in each order of day, month and year.
//!
//! A year of four digits in front, a Japanese era or the name of a month leaves no doubt; any other date needs an order.
use super::DateOrder;
use crate::core::fields::fold::half_width;
use crate::core::fields::{cast_date, cast_datetime, cast_time, time};
use crate::core::work;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The readings of a date, perhaps with a time behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateReadings {
    /// The date, whatever the order.
    fixed: Option<String>,
    ymd: Option<String>,
    mdy: Option<String>,
    dmy: Option<String>,
    /// HH:MM:SS as it was written, perhaps with an offset.
    pub clock: Option<String>,
    pub has_short_year: bool,
}

/// The orders that a date can have.
pub const ORDERS: [DateOrder; 3] = [DateOrder::Ymd, DateOrder::Dmy, DateOrder::Mdy];

impl DateReadings {
    pub fn of(text: &str) -> DateReadings {
        if text.len() > time::LONGEST {
            return DateReadings::default();
        }
        let text = half_width(text);
        let text = text.trim();
        if !text.contains(|c: char| c.is_ascii_digit() || c == '元') {
            return DateReadings::default();
        }
        // The time first: a date by itself would be read without it.
        for (at, _) in text.match_indices(['T', 't', ' ']) {
            work::step();
            work::step();
            let Some(clock) = read_clock(text[at + 1..].trim()) else { continue };
            let date = read_date(without_weekday(text[..at].trim_end()));
            if date.is_date() {
                return DateReadings { clock: Some(clock), ..date };
            }
        }
        read_date(without_weekday(text))
    }

    pub fn is_date(&self) -> bool {
        self.fixed.is_some() || ORDERS.iter().any(|order| self.date(*order).is_some())
    }

    pub fn needs_order(&self) -> bool {
        self.fixed.is_none()
    }

    /// The date in an order, as ISO 8601.
    pub fn date(&self, order: DateOrder) -> Option<&str> {
        let ordered = match order {
            DateOrder::Ymd => &self.ymd,
            DateOrder::Mdy => &self.mdy,
            DateOrder::Dmy => &self.dmy,
            DateOrder::Ambiguous => &None,
        };
        self.fixed.as_deref().or(ordered.as_deref())
    }

    /// Whether two orders give different dates.
    pub fn differs(&self) -> bool {
        let mut dates = ORDERS.iter().filter_map(|order| self.date(*order));
        let first = dates.next();
        dates.any(|date| Some(date) != first)
    }
}

/// A day of the week in parentheses behind the date, as Japanese files have it.
fn without_weekday(text: &str) -> &str {
    let inner = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match inner {
        Some((date, day)) if day.chars().count() == 1 && "日月火水木金土".contains(day) => date.trim_end(),
        _ => text,
    }
}

/// A time of day, with or without an offset.
fn read_clock(text: &str) -> Option<String> {
    let with_offset = || cast_datetime(&format!("2000-01-01 {text}")).map(|moment| moment[11..].to_owned());
    cast_time(text).map(|time| if time.len() == 5 { time + ":00" } else { time }).or_else(with_offset)
}

/// Whether a time of day is 00:00, with or without seconds, fractions and an offset.
pub fn is_midnight(clock: &str) -> bool {
    let rest = clock.trim_start_matches(['0', ':', '.']);
    rest.is_empty() || rest.starts_with(['Z', '+', '-'])
}

pub fn has_offset(clock: &str) -> bool {
    clock.ends_with('Z') || clock.contains(['+', '-'])
}

fn read_date(text: &str) -> DateReadings {
    let fixed = cast_date(text).or_else(|| named_month(text));
    if fixed.is_some() {
        return DateReadings { fixed, ..DateReadings::default() };
    }
    let Some(separator) = text.chars().find(|c| matches!(c, '/' | '.' | '-')) else {
        return DateReadings::default();
    };
    let parts: Vec<&str> = text.splitn(4, separator).map(str::trim).collect();
    let [first, second, third] = parts[..] else {
        return DateReadings::default();
    };
    let is_short = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_short(first) || !is_short(second) {
        return DateReadings::default();
    }
    let Some(last_year) = read_year(third) else {
        return DateReadings::default();
    };
    let has_short_year = third.len() == 2;
    let ymd = if has_short_year { read_year(first).and_then(|year| iso(year, second, third)) } else { None };
    DateReadings {
        ymd,
        mdy: iso(last_year, first, second),
        dmy: iso(last_year, second, first),
        has_short_year,
        ..DateReadings::default()
    }
}

/// A year of four digits, or of two as POSIX reads them: 69 to 99 are of the last century.
fn read_year(text: &str) -> Option<u32> {
    let number: u32 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()?;
    match text.len() {
        4 => Some(number),
        2 => Some(if number < 69 { 2000 + number } else { 1900 + number }),
        _ => None,
    }
}

fn iso(year: u32, month: &str, day: &str) -> Option<String> {
    cast_date(&format!("{year:04}-{month:0>2}-{day:0>2}"))
}

/// The names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch, without accents.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "janner", "jaenner", "janvier", "enero", "gennaio", "janeiro", "januari"],
    &["february", "februar", "feber", "fevrier", "febrero", "febbraio", "fevereiro", "februari"],
    &["march", "marz", "maerz", "mars", "marzo", "marco", "maart", "mrt", "mrz"],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "maio", "mei"],
    &["june", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "juli", "juillet", "julio", "luglio", "julho"],
    &["august", "aout", "agosto", "augustus"],
    &["september", "septembre", "septiembre", "setiembre", "settembre", "setembro"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["november", "novembre", "noviembre", "novembro"],
    &["december", "dezember", "decembre", "diciembre", "dicembre", "dezembro"],
];

/// The names of the days of the week in these languages, without accents.
const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "montag", "lundi", "lunes", "lunedi", "segunda", "maandag"],
    &["tuesday", "dienstag", "mardi", "martes", "martedi", "terca", "dinsdag"],
    &["wednesday", "mittwoch", "mercredi", "miercoles", "mercoledi", "quarta", "woensdag"],
    &["thursday", "donnerstag", "jeudi", "jueves", "giovedi", "quinta", "donderdag"],
    &["friday", "freitag", "vendredi", "viernes", "venerdi", "sexta", "vrijdag"],
    &["saturday", "samstag", "sonnabend", "samedi", "sabado", "sabato", "zaterdag"],
    &["sunday", "sonntag", "dimanche", "domingo", "domenica", "zondag"],
];

/// Words between the parts of a date.
const JOINTS: [&str; 8] = ["de", "del", "di", "do", "of", "den", "der", "le"];

/// The place of the only list that has a name which begins so, with three letters or more.
fn named(word: &str, lists: &[&[&str]]) -> Option<usize> {
    if word.len() < 3 {
        return None;
    }
    let begins = |names: &&[&str]| names.iter().any(|name| name.starts_with(word));
    let mut found = lists.iter().enumerate().filter(|(_, names)| begins(names));
    let (place, _) = found.next()?;
    found.next().is_none().then_some(place)
}

/// A date with the name of its month: "5 Jan 2024", "Jan 5, 2024", "05-Jan-24", "3. März 2024", "5 de enero de 2024".
fn named_month(text: &str) -> Option<String> {
    if !text.chars().any(char::is_alphabetic) {
        return None;
    }
    let plain: String = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words = plain.split([' ', '-', '/', ',', '.']).filter(|word| !word.is_empty() && !JOINTS.contains(word));
    let mut words: Vec<&str> = words.take(6).collect();
    while words.len() > 3 && (named(words[0], &WEEKDAYS).is_some() || words[0] == "feira") {
        words.remove(0);
    }
    let [first, second, third] = words[..] else {
        return None;
    };
    let month = |word: &str| named(word, &MONTHS).map(|index| (index + 1).to_string());
    let day = |word: &str| {
        let endings = ["st", "nd", "rd", "th", "er", "º", "°", "o"];
        let number = endings.iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        ((1..=2).contains(&number.len()) && is_number).then(|| number.to_owned())
    };
    match (month(first), month(second)) {
        (Some(month), None) => iso(read_year(third)?, &month, &day(second)?),
        // "10th" is a day, and has as many characters as a year.
        (None, Some(month)) if first.len() == 4 && read_year(first).is_some() => {
            iso(read_year(first)?, &month, &day(third)?)
        }
        (None, Some(month)) => iso(read_year(third)?, &month, &day(first)?),
        _ => None,
    }
}
