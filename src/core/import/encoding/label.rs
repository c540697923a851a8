//! Names of encodings as users give them.
use super::super::source::{Problem, ProblemClass};
use crate::core::fields::shown;
use encoding_rs::{Encoding, REPLACEMENT};

/// Names that PostgreSQL, Python or Windows use and the WHATWG Encoding Standard lacks.
const OTHER_NAMES: [(&str, &str); 25] = [
    ("cp932", "shift_jis"),
    ("win932", "shift_jis"),
    ("shift_jis_2004", "shift_jis"),
    ("euc_jp", "euc-jp"),
    ("iso2022jp", "iso-2022-jp"),
    ("euc_kr", "euc-kr"),
    ("uhc", "euc-kr"),
    ("cp949", "euc-kr"),
    ("win949", "euc-kr"),
    ("euc_cn", "gbk"),
    ("cp936", "gbk"),
    ("win936", "gbk"),
    ("cp950", "big5"),
    ("win950", "big5"),
    ("utf16", "utf-16le"),
    ("utf16le", "utf-16le"),
    ("utf_16_le", "utf-16le"),
    ("utf16be", "utf-16be"),
    ("utf_16_be", "utf-16be"),
    ("utf-8-sig", "utf-8"),
    ("utf8-sig", "utf-8"),
    ("win1250", "windows-1250"),
    ("win1251", "windows-1251"),
    ("win1252", "windows-1252"),
    ("win1254", "windows-1254"),
];

/// The encoding of a name, in any case.
pub fn named(name: &str) -> Result<&'static Encoding, Problem> {
    let lower = name.trim().to_ascii_lowercase();
    let label = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map_or(&*lower, |(_, label)| label);
    Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != REPLACEMENT).ok_or_else(|| {
        Problem::new(
            ProblemClass::Malformed,
            "import.unknown_encoding",
            format!("\"{}\" is not the name of an encoding.", shown(name)),
        )
        .hint("Give a name such as UTF-8, Shift_JIS, EUC-JP, GBK, Big5, EUC-KR, UTF-16LE or windows-1252.")
    })
}
