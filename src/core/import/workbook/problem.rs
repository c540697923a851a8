//! Problems of workbooks: sentences, hints and classes that several modules raise.
use crate::core::import::source::{Problem, ProblemClass};

pub fn malformed(message: impl Into<String>) -> Problem {
    Problem {
        class: ProblemClass::Malformed,
        code: "import.damaged_file",
        message: message.into(),
        hint: Some("Open the file in a spreadsheet program, save it again and import that copy.".to_owned()),
    }
}

/// The file ends before the structure that it announces.
pub fn truncated() -> Problem {
    malformed("the file is damaged: it ends too early")
}

pub fn limit(message: impl Into<String>, hint: &str) -> Problem {
    Problem { class: ProblemClass::Limit, code: "import.limit", message: message.into(), hint: Some(hint.to_owned()) }
}

pub fn unsupported(code: &'static str, message: impl Into<String>, hint: &str) -> Problem {
    Problem { class: ProblemClass::Unsupported, code, message: message.into(), hint: Some(hint.to_owned()) }
}

pub fn encrypted() -> Problem {
    unsupported(
        "import.encrypted",
        "the file is an encrypted workbook",
        "Save the workbook without a password and import that copy.",
    )
}

/// A size of the limits in messages.
pub fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MB", bytes >> 20) } else { format!("{} kB", bytes.div_ceil(1024)) }
}
