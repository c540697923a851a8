//! The tables that tokens and invitations live in: one that is named or found, and those around it.
use crate::core::sql::sql;
use crate::identity::membership::{Membership, is_registered, registered};
use crate::pg::error::{Error, Result};
use crate::pg::relation::{self, Regclass};
use crate::pg::rights;
use crate::pg::spi::{self, Mode, Parameter};
use pgrx::pg_sys::Oid;

pub type Id = [u8; 16];

/// The first number that the server gives to what users make; below are its catalogs.
const FIRST_OF_USERS: u32 = 16_384;

fn can_be_meant(table: Oid) -> bool {
    relation::is_table(table) && !relation::is_temporary(table) && u32::from(table) >= FIRST_OF_USERS
}

/// The table that the argument of its name gives, else the one of that name on the search_path.
pub fn found(named: Option<Regclass>, name: &str) -> Result<Oid> {
    let found = named.map(|named| named.0).or_else(|| relation::on_path(name)).filter(|found| can_be_meant(*found));
    found.ok_or_else(|| {
        let why = match named {
            Some(_) => {
                format!("{name} must be an ordinary or partitioned table, no catalog and none of one session")
            }
            None => format!("there is no table {name} on the search_path"),
        };
        Error::undefined_object(why).hint(format!("Name the table: {name} => 'app.{name}'."))
    })
}

/// A table that belongs to `home`: it has the same owner, so that nobody can hand in one of their own making.
pub fn neighbour(home: Oid, named: Option<Regclass>, name: &str) -> Result<Option<Oid>> {
    let is_of_owner = |table: &Oid| can_be_meant(*table) && relation::owner(*table) == relation::owner(home);
    let Some(Regclass(named)) = named else { return Ok(relation::beside(home, name).filter(is_of_owner)) };
    if is_of_owner(&named) {
        return Ok(Some(named));
    }
    let (named, home) = (relation::quoted_name(named), relation::quoted_name(home));
    Err(Error::insufficient_privilege(format!("{named} is not a table of the owner of {home}"))
        .hint("Both are trusted alike, so they must have one owner."))
}

/// The membership table that users' roles are read from: `account_users`, or one that is named. A table with these columns may say
/// something else, such as who works on one of an account's projects; so one that is named must be registered as the membership.
pub fn membership_beside(home: Oid, named: Option<Regclass>) -> Result<Option<Oid>> {
    let found = neighbour(home, named, "account_users")?;
    let (Some(_), Some(table)) = (named, found) else { return Ok(found) };
    let is_of_accounts = |membership: &Membership| {
        membership.tenant == "account_id" && membership.user == "user_id" && membership.role.as_deref() == Some("role")
    };
    if !crate::core::check::in_force("membership_of_tokens")
        || (is_registered(table)? && is_of_accounts(&*registered(table)?))
    {
        return Ok(found);
    }
    let table = relation::quoted_name(table);
    Err(Error::insufficient_privilege(format!("{table} is not registered as the membership of accounts"))
        .hint("Its owner registers the table that says who belongs to which account, with the columns account_id, user_id and role: rowkit.register_membership()."))
}

/// The membership table, which must be there for users to have roles.
pub fn membership(home: Oid, named: Option<Regclass>) -> Result<Oid> {
    membership_beside(home, named)?.ok_or_else(|| {
        Error::undefined_object(format!("there is no table account_users beside {}", relation::quoted_name(home)))
            .hint("It must have the same owner. Name another: membership => 'app.members'.")
    })
}

/// What makes a row count, as far as its table has the columns.
pub fn live(table: Oid, alias: &str) -> Result<String> {
    let mut clauses = String::new();
    if relation::column(table, "is_active").is_some() {
        clauses += &format!(" AND {alias}.is_active");
    }
    if rights::has_deleted_rows(table)? {
        clauses += &format!(" AND {alias}.deleted_at IS NULL");
    }
    Ok(clauses)
}

/// What makes a membership count, by its registration where it is registered: its columns may have other names than the usual ones.
pub fn in_force(table: Oid) -> Result<String> {
    if is_registered(table)? {
        return Ok(registered(table)?.in_force().to_owned());
    }
    live(table, "member")
}

/// A user's role in an account; none without an active membership.
pub fn role(membership: Oid, account: Id, user: Id, mode: Mode) -> Result<Option<String>> {
    let sql = sql!(
        "tokens/role.sql",
        account = "$1",
        user = "$2",
        live = in_force(membership)?,
        membership = relation::quoted_name(membership)
    );
    let roles = spi::query(&sql, &[Parameter::Uuid(account), Parameter::Uuid(user)], mode, |row| row.text(1))?;
    Ok(roles.into_iter().next().flatten())
}
