//! Text as people type it, read as values. Every function answers nothing where the meaning is in doubt.

use super::fold::fold_text;
use crate::core::work;

/// What stands between the items of a list.
pub const SEPARATORS: [char; 6] = [',', '、', '，', ';', '；', '\n'];

/// The items of a list in JSON, written in one line, or one to a line.
pub fn read_list(text: &str) -> Vec<String> {
    json_list(text).unwrap_or_else(|| split_list(text).into_iter().map(str::to_owned).collect())
}

/// The texts and numbers of a JSON array; nothing where the text is none.
pub fn json_list(text: &str) -> Option<Vec<String>> {
    // What the parser makes of the shortest item, and its text.
    const EXPANSION: usize = 48;
    let text = text.trim();
    if !text.starts_with('[') || !text.ends_with(']') {
        return None;
    }
    work::bytes(text.len());
    work::reserve(text.len().saturating_mul(EXPANSION));
    let items: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    let text = |item: serde_json::Value| match item {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    items.into_iter().inspect(|_| work::step()).map(text).collect()
}

/// The items of a list written in one line, or one to a line.
fn split_list(text: &str) -> Vec<&str> {
    const ITEM_BYTES: usize = 16;
    work::bytes(text.len());
    let items = || text.split(SEPARATORS).map(str::trim).filter(|item| !item.is_empty());
    work::reserve(items().count().saturating_mul(2 * ITEM_BYTES));
    items().inspect(|_| work::step()).collect()
}

/// The words and marks that forms and spreadsheets use for true and false: PostgreSQL's own input forms, and the words of many languages that mean
/// the same in each that has them.
pub fn cast_boolean(text: &str) -> Option<bool> {
    const TRUE: &[&str] = &[
        "true",
        "t",
        "yes",
        "y",
        "on",
        "1",
        "checked",
        "enabled",
        "ja",
        "j",
        "wahr",
        "oui",
        "vrai",
        "sí",
        "si",
        "sì",
        "verdadero",
        "vero",
        "sim",
        "verdadeiro",
        "tak",
        "prawda",
        "да",
        "истина",
        "так",
        "ano",
        "evet",
        "doğru",
        "igen",
        "kyllä",
        "ναι",
        "はい",
        "有",
        "有り",
        "あり",
        "真",
        "オン",
        "是",
        "对",
        "對",
        "예",
        "네",
        "참",
        "○",
        "〇",
        "◯",
        "✓",
        "✔",
        "☑",
        "✅",
    ];
    const FALSE: &[&str] = &[
        "false",
        "f",
        "no",
        "n",
        "off",
        "0",
        "unchecked",
        "disabled",
        "nein",
        "falsch",
        "non",
        "faux",
        "falso",
        "não",
        "nao",
        "nie",
        "fałsz",
        "нет",
        "ложь",
        "ні",
        "ne",
        "hayır",
        "yanlış",
        "nem",
        "nej",
        "nei",
        "nee",
        "ei",
        "όχι",
        "いいえ",
        "無",
        "無し",
        "なし",
        "偽",
        "オフ",
        "否",
        "错",
        "錯",
        "不是",
        "아니요",
        "아니오",
        "거짓",
        "×",
        "✕",
        "✗",
        "✘",
        "☐",
    ];
    // Longer than any of these words.
    const LONGEST: usize = 256;
    if text.len() > LONGEST {
        return None;
    }
    let text = fold_text(text);
    let text = text.strip_suffix('\u{FE0F}').unwrap_or(&text);
    if TRUE.contains(&text) {
        return Some(true);
    }
    FALSE.contains(&text).then_some(false)
}

/// Seconds in "1:30:00", "1:30" (hours and minutes), "1h30m", "90s", "1時間30分" or a duration of ISO 8601 without years
/// and months, whose length is not fixed; a day is 24 hours.
pub fn cast_duration(text: &str) -> Option<i64> {
    let text = fold_text(text);
    if text.contains(':') {
        return clock_duration(&text);
    }
    let Some(standard) = text.strip_prefix('p') else {
        return unit_duration(&text, &["d", "h", "m", "s"]);
    };
    let (days, clock) = match standard.split_once('t') {
        Some((_, "")) => return None,
        Some((days, clock)) => (days, clock),
        None => (standard, ""),
    };
    if standard.contains(|c: char| !c.is_ascii_digit() && !"wdhmst".contains(c)) {
        return None;
    }
    match (days, clock) {
        ("", clock) => unit_duration(clock, &["h", "m", "s"]),
        (days, "") => unit_duration(days, &["w", "d"]),
        (days, clock) => unit_duration(days, &["w", "d"])?.checked_add(unit_duration(clock, &["h", "m", "s"])?),
    }
}

fn count(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Hours and minutes, and perhaps seconds; the small parts have two digits, so that "1:5" is not guessed at.
fn clock_duration(text: &str) -> Option<i64> {
    let small = |part: &str| count(part).filter(|number| part.len() == 2 && *number < 60);
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = match rest.split_once(':') {
        Some((minutes, seconds)) => (minutes, small(seconds)?),
        None => (rest, 0),
    };
    count(hours)?.checked_mul(3600)?.checked_add(small(minutes)? * 60 + seconds)
}

/// Counts with units, the larger first and each once.
fn unit_duration(text: &str, allowed: &[&str]) -> Option<i64> {
    const UNITS: [(&str, i64, &[&str]); 5] = [
        ("w", 604_800, &["w", "week", "weeks", "週間"]),
        ("d", 86_400, &["d", "day", "days", "日", "日間"]),
        ("h", 3600, &["h", "hr", "hrs", "hour", "hours", "時間"]),
        ("m", 60, &["m", "min", "mins", "minute", "minutes", "分", "分間"]),
        ("s", 1, &["s", "sec", "secs", "second", "seconds", "秒", "秒間"]),
    ];
    let (mut rest, mut total, mut last) = (text, 0_i64, i64::MAX);
    while !rest.is_empty() {
        let (digits, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let behind = behind.trim_start();
        let (name, behind) =
            behind.split_at(behind.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(behind.len()));
        let (_, unit, _) = UNITS.iter().find(|(letter, _, names)| allowed.contains(letter) && names.contains(&name))?;
        if *unit >= last {
            return None;
        }
        last = *unit;
        total = total.checked_add(count(digits)?.checked_mul(*unit)?)?;
        rest = behind.trim_start();
    }
    (last != i64::MAX).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{cast_boolean, cast_duration, json_list, read_list, split_list};

    #[test]
    fn booleans() {
        for text in [" はい ", "TRUE", "Ｙ", "1", "on", "○", "◯", "✓", "有", "ｵﾝ"] {
            assert_eq!(cast_boolean(text), Some(true), "{text}");
        }
        for text in ["いいえ", "False", "n", "０", "off", "×", "無"] {
            assert_eq!(cast_boolean(text), Some(false), "{text}");
        }
        for text in [
            "Ja",
            "OUI",
            "vrai",
            "wahr",
            "SÍ",
            "Si",
            "verdadero",
            "Sim",
            "TAK",
            "Да",
            "是",
            "对",
            "예",
            "checked",
            "✔\u{FE0F}",
            "Evet",
        ] {
            assert_eq!(cast_boolean(text), Some(true), "{text}");
        }
        for text in [
            "Nein",
            "NON",
            "faux",
            "falsch",
            "No",
            "falso",
            "Não",
            "nao",
            "nie",
            "НЕТ",
            "否",
            "错",
            "아니요",
            "unchecked",
            "×",
        ] {
            assert_eq!(cast_boolean(text), Some(false), "{text}");
        }
        for text in ["", "x", "o", "maybe", "2", "-1", "yesno", "はいいいえ"] {
            assert_eq!(cast_boolean(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, expected) in [
            ("1:30", Some(5400)),
            ("01:30:05", Some(5405)),
            ("100:00", Some(360_000)),
            ("PT1H30M", Some(5400)),
            ("P1DT2H", Some(93_600)),
            ("P1W", Some(604_800)),
            ("90s", Some(90)),
            ("1h30m", Some(5400)),
            ("1h 30m", Some(5400)),
            ("2 hours 5 min", Some(7500)),
            ("１時間３０分", Some(5400)),
            ("90分", Some(5400)),
            ("P1M", None),
            ("P1Y", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("P1H", None),
            ("PT1hour", None),
            ("1:60", None),
            ("1:5", None),
            (":30", None),
            ("1:+3", None),
            ("1:30:00:00", None),
            ("30m1h", None),
            ("1h1h", None),
            ("-5s", None),
            ("1.5h", None),
            ("90", None),
            ("s", None),
            ("", None),
            ("9223372036854775807h", None),
            ("9223372036854775807:00", None),
        ] {
            assert_eq!(cast_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(split_list("a, b、c;;d\r\n　e，f；g"), ["a", "b", "c", "d", "e", "f", "g"]);
        assert!(split_list(" ,、\n").is_empty());
        assert_eq!(read_list("a, b"), ["a", "b"]);
        assert_eq!(read_list(r#" ["a, b", 12345678901234567890123.50] "#), ["a, b", "12345678901234567890123.50"]);
        for text in ["[", "[a]", "[null]", "[[]]", "x", r#"["a"],"b""#] {
            assert_eq!(json_list(text), None, "{text}");
        }
    }
}
