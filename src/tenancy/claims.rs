//! Who is asking, by the claims of the token that the API server checked: PostgREST, Supabase and PostGraphile put them in settings.
use crate::pg::setting;
use pgrx::pg_extern;

/// The settings that hold one user's id, after `request.jwt.claims`, which holds all claims as JSON.
const SUBJECTS: [&str; 3] = ["request.jwt.claim.sub", "jwt.claims.sub", "jwt.claims.user_id"];

#[pg_extern(sql = false)]
fn current_user_id() -> Option<pgrx::Uuid> {
    user()
}

/// The same for rowkit itself.
pub fn user() -> Option<pgrx::Uuid> {
    let claims = setting::text("request.jwt.claims");
    user_id(claims.as_deref(), SUBJECTS.iter().find_map(|name| setting::text(name)).as_deref())
        .map(pgrx::Uuid::from_bytes)
}

/// Malformed claims are no identity, never an error.
fn user_id(claims: Option<&str>, subject: Option<&str>) -> Option<[u8; 16]> {
    let Some(claims) = claims.filter(|text| !text.is_empty()) else {
        return subject.and_then(crate::fields::identifier::uuid_bytes);
    };
    let claims: serde_json::Value = serde_json::from_str(claims).ok()?;
    claims.get("sub")?.as_str().and_then(crate::fields::identifier::uuid_bytes)
}

#[cfg(test)]
mod tests {
    use super::user_id;

    #[test]
    fn malformed_claims_are_nobody() {
        let id = "00000000-0000-4000-8000-00000000000a";
        let bytes = crate::fields::identifier::uuid_bytes(id);
        assert!(bytes.is_some());
        assert_eq!(user_id(Some(&format!(r#"{{"sub": "{id}", "role": "x"}}"#)), None), bytes);
        assert_eq!(user_id(Some(""), Some(id)), bytes);
        assert_eq!(user_id(None, Some(id)), bytes);
        for claims in ["{", "[]", "null", r#"{"sub": 1}"#, r#"{"sub": "x"}"#, "{}"] {
            assert_eq!(user_id(Some(claims), Some(id)), None, "{claims}");
        }
        assert_eq!(user_id(None, None), None);
    }
}
