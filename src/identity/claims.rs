//! Who is asking, by the settings of the request.
use crate::core::claims::{claim, denies, user_id};
use crate::core::fields::email;
use crate::core::fields::identifier::uuid_bytes;
use crate::pg::error::{Error, Result};
use crate::pg::rights;
use crate::pg::setting;
use pgrx::pg_extern;
use std::ffi::{CStr, CString};

/// All claims as JSON. Where it is set, the others do not count.
const CLAIMS: &CStr = c"request.jwt.claims";
/// The settings that hold one user's id.
const SUBJECTS: [&CStr; 3] = [c"request.jwt.claim.sub", c"jwt.claims.sub", c"jwt.claims.user_id"];
/// What one claim's setting begins with.
const PREFIXES: [&str; 2] = ["request.jwt.claim.", "jwt.claims."];

/// The settings that say who asks, as they were at one moment.
#[derive(Debug, Default)]
pub struct Identity {
    claims: Option<String>,
    subjects: [Option<String>; 3],
}

impl Identity {
    pub fn current() -> Identity {
        Identity { claims: setting::text(CLAIMS), subjects: SUBJECTS.map(setting::text) }
    }

    /// Whether the settings still say the same.
    pub fn is_current(&self) -> bool {
        setting::is(CLAIMS, self.claims.as_deref())
            && (self.claims.as_ref().is_some_and(|text| !text.is_empty())
                || SUBJECTS.iter().zip(&self.subjects).all(|(name, known)| setting::is(name, known.as_deref())))
    }

    /// Whether [`setting::assignments`] tells when the settings say something else. Only claims as JSON are watched: where they are set, the others do
    /// not count.
    pub fn is_watched(&self) -> bool {
        self.claims.as_ref().is_some_and(|text| !text.is_empty()) && setting::watch(CLAIMS)
    }

    /// Whether somebody came through an API, known or not.
    pub fn has_claims(&self) -> bool {
        self.claims.iter().chain(self.subjects.iter().flatten()).any(|text| !text.is_empty())
    }

    pub fn user_id(&self) -> Option<[u8; 16]> {
        user_id(self.claims.as_deref(), self.subjects.iter().flatten().map(String::as_str))
    }
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn current_user_id() -> Option<pgrx::Uuid> {
    user()
}

/// The same for rowkit itself.
pub fn user() -> Option<pgrx::Uuid> {
    Identity::current().user_id().map(pgrx::Uuid::from_bytes)
}

/// The claim that says whether the address in EMAIL was checked, and that address.
const EMAIL: &str = "email";
const EMAIL_VERIFIED: &str = "email_verified";

/// The e-mail address that the claims give to who is asking.
pub enum ClaimedEmail {
    None,
    /// The claims say that nobody checked it: it is nobody's address.
    Unverified,
    Verified(String),
}

pub fn claimed_email() -> ClaimedEmail {
    match claim_as_it_is(EMAIL).filter(|email| !email.is_empty()) {
        None => ClaimedEmail::None,
        Some(_) if is_email_unverified() => ClaimedEmail::Unverified,
        Some(email) => ClaimedEmail::Verified(email),
    }
}

/// Providers that check every address do not have the claim.
fn is_email_unverified() -> bool {
    let denied = match setting::text(CLAIMS).filter(|text| !text.is_empty()) {
        Some(claims) => denies(&claims, EMAIL_VERIFIED),
        None => claim_as_it_is(EMAIL_VERIFIED).is_some_and(|verified| verified != "true"),
    };
    denied && crate::core::check::in_force("verified_email")
}

#[pg_extern(sql = false, stable, parallel_safe)]
pub fn current_claim(name: &str) -> Option<String> {
    let claim = claim_as_it_is(name)?;
    (name != EMAIL || !is_email_unverified()).then_some(claim)
}

fn claim_as_it_is(name: &str) -> Option<String> {
    match setting::text(CLAIMS).filter(|text| !text.is_empty()) {
        Some(claims) => claim(&claims, name),
        None => PREFIXES
            .iter()
            .filter_map(|prefix| setting::text(&CString::new(format!("{prefix}{name}")).ok()?))
            .find(|text| !text.is_empty()),
    }
}

#[pg_extern(sql = false, immutable, parallel_safe)]
fn email_key(email: &str) -> String {
    email::email_key(email)
}

#[pg_extern(sql = false, stable, parallel_safe)]
fn current_claim_uuid(name: &str) -> Option<pgrx::Uuid> {
    uuid_bytes(&current_claim(name)?).map(pgrx::Uuid::from_bytes)
}

/// Returns the user of the claims. None for a backend: a session without claims, or claims of a role that bypasses row security.
pub fn acting_user() -> Result<Option<[u8; 16]>> {
    let identity = Identity::current();
    let user = identity.user_id();
    if user.is_none() && identity.has_claims() && !rights::bypasses_row_security() {
        return Err(Error::insufficient_privilege("the claims name no user")
            .hint("Sign in first. A backend works without claims, or as a role with BYPASSRLS."));
    }
    Ok(user)
}

/// On whose behalf something is done: an end user can only do it on their own.
pub fn on_behalf_of(named: Option<[u8; 16]>, argument: &str) -> Result<Option<[u8; 16]>> {
    match (acting_user()?, named) {
        (Some(current), Some(named)) if current != named => Err(Error::insufficient_privilege(format!(
            "{argument} is not the user of the claims"
        ))
        .hint(format!("Leave {argument} out. A backend that acts for others works without the claims of a user."))),
        (current, named) => Ok(current.or(named)),
    }
}
