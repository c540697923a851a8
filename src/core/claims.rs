//! The claims of the token that the API server checked: PostgREST, Supabase and PostGraphile put them in settings.
use crate::core::fields::identifier::uuid_bytes;
use serde_json::Value;

/// The user, by all claims as JSON or else by the first setting of one. Malformed claims are no identity, never an error.
pub fn user_id<'a>(claims: Option<&str>, mut subjects: impl Iterator<Item = &'a str>) -> Option<[u8; 16]> {
    match claims.filter(|text| !text.is_empty()) {
        Some(claims) => uuid_bytes(&claim(claims, "sub")?),
        None => uuid_bytes(subjects.find(|subject| !subject.is_empty())?),
    }
}

/// A claim's text, or the JSON of one that is no string; a dot goes into an object.
pub fn claim(claims: &str, name: &str) -> Option<String> {
    match find(&serde_json::from_str(claims).ok()?, name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Whether the claims have this one, and it says anything but true, such as null.
pub fn denies(claims: &str, name: &str) -> bool {
    let claims: Option<Value> = serde_json::from_str(claims).ok();
    let said = claims.as_ref().and_then(|claims| find(claims, name));
    said.is_some_and(|said| said != &Value::Bool(true) && said.as_str() != Some("true"))
}

/// A claim of exactly this name comes before one inside an object: names that are URIs have dots.
fn find<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    let claims = claims.as_object()?;
    if let Some(found) = claims.get(name) {
        return Some(found);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?, rest)
}

#[cfg(test)]
mod tests {
    use super::claim;
    use crate::core::fields::identifier::uuid_bytes;

    const ID: &str = "00000000-0000-4000-8000-00000000000a";

    fn user_id(claims: Option<&str>, subject: Option<&str>) -> Option<[u8; 16]> {
        super::user_id(claims, [None, subject].into_iter().flatten())
    }

    #[test]
    fn all_but_true_denies() {
        for said in ["false", "null", "0", "1", r#""yes""#, r#""false""#, r#""""#, "[true]"] {
            assert!(super::denies(&format!(r#"{{"email_verified": {said}}}"#), "email_verified"), "{said}");
        }
        for claims in [r#"{"email_verified": true}"#, r#"{"email_verified": "true"}"#, "{}", "{"] {
            assert!(!super::denies(claims, "email_verified"), "{claims}");
        }
    }

    #[test]
    fn malformed_claims_are_nobody() {
        let bytes = uuid_bytes(ID);
        assert!(bytes.is_some());
        assert_eq!(user_id(Some(&format!(r#"{{"sub": "{ID}", "role": "x"}}"#)), None), bytes);
        assert_eq!(user_id(Some(""), Some(ID)), bytes);
        assert_eq!(user_id(None, Some(ID)), bytes);
        for claims in ["{", "[]", "null", r#"{"sub": 1}"#, r#"{"sub": "x"}"#, "{}"] {
            assert_eq!(user_id(Some(claims), Some(ID)), None, "{claims}");
        }
        assert_eq!(user_id(None, None), None);
    }

    #[test]
    fn claims_by_name() {
        let claims = r#"{"email": "a@b.example", "email_verified": true, "n": 1, "none": null, "app_metadata": {"org": "x", "roles": ["a"]}, "https://x.example/org": "y"}"#;
        for (name, expected) in [
            ("email", Some("a@b.example")),
            ("email_verified", Some("true")),
            ("n", Some("1")),
            ("none", None),
            ("missing", None),
            ("app_metadata.org", Some("x")),
            ("app_metadata.roles", Some(r#"["a"]"#)),
            ("app_metadata.org.x", None),
            ("https://x.example/org", Some("y")),
        ] {
            assert_eq!(claim(claims, name).as_deref(), expected, "{name}");
        }
        assert_eq!(claim("{", "email"), None);
    }
}
