//! json, attachment and address: values with parts of their own.
use super::identifier::nearest;
use super::options::{Malformed, Options};
use super::url::{check_url, is_path};
use super::wrong_type;
use crate::core::fault::{Faults, pointer};
use crate::core::json_schema::{self, Validator};
use crate::core::jsonb::{Array, Decimal, Digits, JsonObjectWriter, Object, Value, write};
use crate::core::shown::shown;
use crate::core::work;

/// How deep a value may be nested where the column does not say. More is no data that people enter, and each level takes
/// stack of whatever reads it.
pub const DEEPEST: u32 = 64;

/// Any JSON, within limits and, if there is one, a JSON Schema.
#[derive(Debug)]
pub struct Json {
    pub schema: Option<Validator>,
    /// The schema as it was given, for the export.
    pub source: Option<String>,
    /// [`DEEPEST`] unless it is given.
    pub max_depth: u32,
    pub max_bytes: Option<u32>,
}

impl Json {
    pub fn read(options: &mut Options<'_>) -> Result<Json, Malformed> {
        let (mut schema, mut source) = (None, None);
        if let Some(value) = options.value("schema") {
            schema = Some(json_schema::compile(value).map_err(|why| Malformed::new("schema", why))?);
            let mut text = String::new();
            write(value, &mut text);
            source = Some(text);
        }
        let max_depth = options.count("max_depth", 10_000)?.unwrap_or(DEEPEST);
        Ok(Json { schema, source, max_depth, max_bytes: options.count("max_bytes", 268_435_455)? })
    }

    pub fn check(&self, value: Value<'_>, faults: &mut Faults) {
        if let Some(max) = self.max_bytes {
            let bytes = size(value);
            if bytes > max as usize {
                let params = JsonObjectWriter::new().json("max_bytes", max).json("bytes", bytes);
                faults.add("json.max_bytes", params, format!("must take at most {max} bytes, not {bytes}"));
                return;
            }
        }
        let max = self.max_depth;
        if is_deeper(value, max) {
            let message = format!("must not be nested deeper than {max} levels");
            faults.add("json.max_depth", JsonObjectWriter::new().json("max_depth", max), message);
            return;
        }
        if let Some(schema) = &self.schema {
            schema.check(value, faults);
        }
    }
}

/// The bytes that the value takes in storage.
fn size(value: Value<'_>) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(number) => number.varlena().len(),
        Value::String(bytes) => bytes.len(),
        Value::Array(array) => array.container().len(),
        Value::Object(object) => object.container().len(),
    }
}

/// Whether containers lie deeper than `limit`; a scalar has depth 0. Looks no deeper than the limit.
fn is_deeper(value: Value<'_>, limit: u32) -> bool {
    work::descend();
    match value {
        Value::Array(array) => limit == 0 || array.iter().any(|item| is_deeper(item, limit - 1)),
        Value::Object(object) => limit == 0 || object.iter().any(|(_, item)| is_deeper(item, limit - 1)),
        _ => false,
    }
}

#[derive(Debug)]
pub struct Attachment {
    pub max_files: Option<u32>,
    pub max_size: Option<u32>,
    /// Media types, `image/png` or `image/*`, in lower case.
    pub types: Option<Vec<String>>,
    schemes: [String; 2],
}

/// An attachment's address, as near as a pattern can say it: on the web, with a host and a port that can be, or a path in the application's own
/// storage that leads to no other host.
pub const ATTACHMENT_URL: &str = concat!(
    r"^(?:/(?:[^/\\\u0000-\u0020][^\u0000-\u0020]*)?|[Hh][Tt][Tt][Pp][Ss]?://(?:[^/?#\\@\u0000-\u0020]*@)?",
    r"(?:\[[0-9A-Fa-f:.]+\]|[^/?#\\@:\[\]\u0000-\u0020]+)",
    r"(?::0*(?:[0-9]{0,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(?:[/?#\\][^\u0000-\u0020]*)?)$"
);

impl Attachment {
    pub fn read(options: &mut Options<'_>) -> Result<Attachment, Malformed> {
        let types = options.texts("types")?.map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>());
        if let Some(bad) = types.iter().flatten().find(|media| !is_media_type(media)) {
            return Err(Malformed::new("types", format!("\"{}\" is not a media type", shown(bad)))
                .hint("Give types such as image/png, or image/* for all of a kind."));
        }
        Ok(Attachment {
            max_files: options.count("max_files", 10_000)?,
            max_size: options.count("max_size", u32::MAX)?,
            types: types.map(|list| list.iter().map(|media| media.to_ascii_lowercase()).collect()),
            schemes: ["http".to_owned(), "https".to_owned()],
        })
    }

    pub fn check(&self, array: Array<'_>, faults: &mut Faults) {
        if let Some(max) = self.max_files
            && array.len() > max as usize
        {
            let params = JsonObjectWriter::new().json("max_files", max).json("files", array.len());
            faults.add("attachment.max_files", params, format!("must hold at most {max} files, not {}", array.len()));
        }
        for (index, item) in array.iter().enumerate() {
            work::step();
            if faults.is_full() {
                return;
            }
            match item {
                Value::Object(file) => self.check_file(&format!("/{index}"), file, faults),
                other => wrong_type(format!("/{index}"), "object", other, faults),
            }
        }
    }

    fn check_file(&self, at: &str, file: Object<'_>, faults: &mut Faults) {
        for (part, required) in [("id", false), ("name", true), ("type", false), ("url", true)] {
            work::step();
            match file.get(part) {
                Some(Value::String(bytes)) if !bytes.is_empty() || !required => {}
                None if !required => {}
                None | Some(Value::String(_)) => {
                    faults.add_at(
                        format!("{at}/{part}"),
                        "required",
                        JsonObjectWriter::new(),
                        format!("needs a {part} for each file"),
                    );
                }
                Some(other) => wrong_type(format!("{at}/{part}"), "string", other, faults),
            }
        }
        if let Some(url) = file.get("url").and_then(Value::as_str)
            && !url.is_empty()
            && !self.is_address(url)
        {
            let message = "needs an http or https address, or a path, for each file";
            faults.add_at(format!("{at}/url"), "attachment.url", JsonObjectWriter::new(), message);
        }
        if let Some(types) = &self.types {
            self.check_type(at, types, file, faults);
        }
        match file.get("size") {
            None => {}
            Some(Value::Number(size)) => {
                let size = size.read();
                if !size.is_integer() || size.is_negative() {
                    faults.add_at(
                        format!("{at}/size"),
                        "attachment.size",
                        JsonObjectWriter::new(),
                        "needs the size of a file in whole bytes",
                    );
                } else if let Some(max) = self.max_size
                    && size.compare(&Decimal::from(max)).is_gt()
                {
                    let params = JsonObjectWriter::new().json("max_size", max).json("size", size);
                    let message = format!("must not hold a file of more than {max} bytes");
                    faults.add_at(format!("{at}/size"), "attachment.max_size", params, message);
                }
            }
            Some(other) => wrong_type(format!("{at}/size"), "number", other, faults),
        }
    }

    fn is_address(&self, url: &str) -> bool {
        // Parsing copies it.
        const COPIES: usize = 4;
        work::bytes(url.len());
        work::reserve(url.len().saturating_mul(COPIES));
        is_path(url) || check_url(url.as_bytes(), &self.schemes).is_ok()
    }

    /// A file without a type is of no type that was asked for.
    fn check_type(&self, at: &str, types: &[String], file: Object<'_>, faults: &mut Faults) {
        let media = match file.get("type") {
            None => "",
            // Another kind of value was told of already.
            Some(value) => match value.as_str() {
                Some(media) => media,
                None => return,
            },
        };
        if types.iter().any(|pattern| media_type_matches(pattern, media)) {
            return;
        }
        let media = shown(media);
        let params = JsonObjectWriter::new().text("type", &media).list("types", types.iter().map(String::as_str));
        let message = if media.is_empty() {
            "needs a media type for each file".to_owned()
        } else {
            format!("must not hold a file of type {media}")
        };
        faults.add_at(format!("{at}/type"), "attachment.type", params, message);
    }
}

/// A type and a subtype (RFC 6838); a pattern may leave the subtype open.
pub fn is_media_type(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && (subtype == "*" || is_token(subtype)))
}

fn is_token(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

/// Whether a media type is one of the pattern's, which is in lower case: letters count in either case, and parameters ("; charset=utf-8") do not (RFC 2045).
pub fn media_type_matches(pattern: &str, media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim_end_matches([' ', '\t']).to_ascii_lowercase();
    match pattern.strip_suffix("/*") {
        Some(kind) => essence.split_once('/').is_some_and(|(start, rest)| start == kind && is_token(rest)),
        None => pattern == essence,
    }
}

pub const ADDRESS_PARTS: [&str; 5] = ["street", "city", "state", "zip", "country"];

#[derive(Debug)]
pub struct Address {
    pub required: Vec<&'static str>,
}

impl Address {
    pub fn read(options: &mut Options<'_>) -> Result<Address, Malformed> {
        let mut required = Vec::new();
        for name in options.texts("required")?.unwrap_or_default() {
            work::step();
            let part = ADDRESS_PARTS.iter().find(|part| **part == name).ok_or_else(|| {
                Malformed::new("required", format!("names \"{}\", which is no part of an address", shown(name)))
                    .hint(format!("The parts are: {}.", ADDRESS_PARTS.join(", ")))
            })?;
            required.push(*part);
        }
        Ok(Address { required })
    }

    pub fn check(&self, object: Object<'_>, faults: &mut Faults) {
        for (key, value) in object.iter() {
            work::step();
            if faults.is_full() {
                return;
            }
            let key = String::from_utf8_lossy(key);
            if !ADDRESS_PARTS.contains(&key.as_ref()) {
                let near = nearest(&key, ADDRESS_PARTS.iter().copied());
                let key = shown(&key);
                let message = match near {
                    Some(part) => format!("has no part \"{key}\"; perhaps you meant \"{part}\""),
                    None => format!("has no part \"{key}\""),
                };
                faults.add_at(
                    pointer(&key),
                    "address.unknown_part",
                    JsonObjectWriter::new().text("part", &key),
                    message,
                );
            } else if !matches!(value, Value::String(_) | Value::Null) {
                wrong_type(pointer(&key), "string", value, faults);
            }
        }
        for part in &self.required {
            work::step();
            if object.get(part).is_none_or(|value| value.is_null() || matches!(value, Value::String(b""))) {
                let params = JsonObjectWriter::new().text("part", part);
                faults.add_at(pointer(part), "required", params, format!("needs a {part}"));
            }
        }
    }
}
