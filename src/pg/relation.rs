//! Finding and naming relations.
use crate::core::check;
use crate::pg::error::{Error, Result, raise};
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use std::ffi::{CStr, CString};

/// A regclass argument or result.
#[derive(Clone, Copy, Debug)]
pub struct Regclass(pub pg_sys::Oid);

// SAFETY: a regclass is passed as an oid.
unsafe impl<'fcx> ArgAbi<'fcx> for Regclass {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: the argument is an oid; null is no relation, which is told as such.
        Regclass(unsafe { arg.unbox_arg_using_from_datum::<pg_sys::Oid>() }.unwrap_or(pg_sys::InvalidOid))
    }

    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> pgrx::nullable::Nullable<Self> {
        // SAFETY: as above; null is answered with none.
        unsafe { arg.unbox_arg_using_from_datum::<pg_sys::Oid>() }.map(Regclass).into()
    }
}

// SAFETY: a regclass is an oid by value.
unsafe impl BoxRet for Regclass {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: an oid is a valid result of a function that returns regclass.
        unsafe { fcinfo.return_raw_datum(pg_sys::Datum::from(self.0)) }
    }
}

// SAFETY: the type stands for regclass in SQL.
unsafe impl SqlTranslatable for Regclass {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Regclass);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("regclass"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("regclass")));
}

fn found(oid: pg_sys::Oid) -> Option<pg_sys::Oid> {
    (oid != pg_sys::InvalidOid).then_some(oid)
}

pub fn namespace(relation: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a look-up by oid in the system cache.
    found(unsafe { pg_sys::get_rel_namespace(relation) })
}

/// The relation of that name beside another one.
pub fn beside(relation: pg_sys::Oid, name: &str) -> Option<pg_sys::Oid> {
    let name = CString::new(name).ok()?;
    // SAFETY: a look-up by name in the system cache.
    found(unsafe { pg_sys::get_relname_relid(name.as_ptr(), namespace(relation)?) })
}

/// The relation of that name in a schema.
pub fn in_schema(schema: &CStr, name: &CStr) -> Option<pg_sys::Oid> {
    // SAFETY: look-ups by name in the system cache.
    found(unsafe { pg_sys::get_relname_relid(name.as_ptr(), found(pg_sys::get_namespace_oid(schema.as_ptr(), true))?) })
}

/// The relation of that name on the search_path.
pub fn on_path(name: &str) -> Option<pg_sys::Oid> {
    let name = CString::new(name).ok()?;
    // SAFETY: a look-up by name along the caller's search_path.
    found(unsafe { pg_sys::RelnameGetRelid(name.as_ptr()) })
}

pub fn column(relation: pg_sys::Oid, name: &str) -> Option<i16> {
    let name = CString::new(name).ok()?;
    // SAFETY: a look-up by oid and name in the system cache.
    let number = unsafe { pg_sys::get_attnum(relation, name.as_ptr()) };
    (number > 0).then_some(number)
}

/// The type that a column's values are stored as, by name: of a domain its base type.
pub fn stored_type(relation: pg_sys::Oid, name: &str) -> Option<pg_sys::Oid> {
    column_type(relation, name).map(stored_as)
}

/// The type of a column, by name.
pub fn column_type(relation: pg_sys::Oid, name: &str) -> Option<pg_sys::Oid> {
    let number = column(relation, name)?;
    // SAFETY: a look-up by oid and number in the system cache.
    found(unsafe { pg_sys::get_atttype(relation, number) })
}

/// Whether it is an ordinary or partitioned table, which alone can hold what rowkit works on.
pub fn is_table(relation: pg_sys::Oid) -> bool {
    // SAFETY: a look-up by oid in the system cache.
    let kind = unsafe { pg_sys::get_rel_relkind(relation) } as u8;
    matches!(kind, pg_sys::RELKIND_RELATION | pg_sys::RELKIND_PARTITIONED_TABLE)
}

/// Whether it is a temporary table.
pub fn is_temporary(relation: pg_sys::Oid) -> bool {
    // SAFETY: a look-up by oid in the system cache, of a relation that is there.
    unsafe { pg_sys::get_rel_persistence(relation) as u8 == pg_sys::RELPERSISTENCE_TEMP }
}

/// Whether it is a temporary table of this session.
pub fn is_own_temporary(relation: pg_sys::Oid) -> bool {
    // SAFETY: look-ups by oid in the system cache.
    unsafe { pg_sys::isTempNamespace(pg_sys::get_rel_namespace(relation)) }
}

/// Refuses a table with rules: the server runs what a rule adds as if it were rowkit's own statement, and triggers of other tables would take it for one.
pub fn refuse_rules(relation: pg_sys::Oid) -> Result<()> {
    // SAFETY: the relation is open and locked while it is looked at.
    let has_rules = unsafe {
        let open = pg_sys::try_relation_open(relation, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
        // One that is not there is refused where it is used.
        if open.is_null() {
            return Ok(());
        }
        let rules = (*open).rd_rules;
        let is_on = |place: usize| {
            let rule = *(*rules).rules.add(place);
            (*rule).event != pg_sys::CmdType::CMD_SELECT && (*rule).enabled as u8 != pg_sys::TRIGGER_DISABLED
        };
        let has_rules = !rules.is_null() && (0..(*rules).numLocks as usize).any(is_on);
        pg_sys::relation_close(open, pg_sys::NoLock as pg_sys::LOCKMODE);
        has_rules
    };
    if !has_rules || !check::in_force("tables_without_rules") {
        return Ok(());
    }
    Err(Error::prerequisite_state(format!("{} has rules", quoted_name(relation)))
        .hint("rowkit writes to no table with rules. DROP RULE, and use a trigger in its place."))
}

unsafe extern "C-unwind" {
    fn get_partition_ancestors(relation: pg_sys::Oid) -> *mut pg_sys::List;
}

/// The table that the relation is a partition of, at the top; the relation itself where it is none.
pub fn root(relation: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a look-up by oid in the catalog; the list holds oids, and is freed with the memory context of the call.
    unsafe {
        if !pg_sys::get_rel_relispartition(relation) {
            return relation;
        }
        let ancestors = get_partition_ancestors(relation);
        if ancestors.is_null() || (*ancestors).length < 1 {
            return relation;
        }
        (*(*ancestors).elements.add((*ancestors).length as usize - 1)).oid_value
    }
}

pub fn is_partitioned(relation: pg_sys::Oid) -> bool {
    // SAFETY: a look-up by oid in the system cache.
    unsafe { pg_sys::get_rel_relkind(relation) as u8 == pg_sys::RELKIND_PARTITIONED_TABLE }
}

pub fn owner(relation: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a look-up by oid in the system cache, whose row is read before it is given back.
    let owner = unsafe {
        let row = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::RELOID as i32,
            pg_sys::Datum::from(u32::from(relation)),
        );
        (!row.is_null()).then(|| {
            let owner = (*pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_class>()).relowner;
            pg_sys::ReleaseSysCache(row);
            owner
        })
    };
    owner.unwrap_or_else(|| {
        raise(
            Error::undefined_object(format!("relation {} is not there any more", u32::from(relation)))
                .hint("Another session dropped it meanwhile."),
        )
    })
}

/// Quotes names only where need be, whatever the setting quote_all_identifiers says, until it is dropped: names are compared, too.
pub(super) struct Quoting(bool);

impl Quoting {
    pub(super) fn begin() -> Quoting {
        // SAFETY: reads and sets a variable of this session, which `drop` sets back.
        unsafe {
            let before = pg_sys::quote_all_identifiers;
            pg_sys::quote_all_identifiers = false;
            Quoting(before)
        }
    }
}

impl Drop for Quoting {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::quote_all_identifiers = self.0 };
    }
}

fn owned(text: *mut std::ffi::c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the server answers a C string allocated for the caller.
    let owned = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: the string was copied.
    unsafe { pg_sys::pfree(text.cast()) };
    Some(owned)
}

/// The relation's name for use in SQL: qualified and quoted where need be.
pub fn quoted_name(relation: pg_sys::Oid) -> String {
    // SAFETY: look-ups by oid in the system cache; each answers a C string or null.
    let (schema, name) = unsafe {
        (owned(pg_sys::get_namespace_name(pg_sys::get_rel_namespace(relation))), owned(pg_sys::get_rel_name(relation)))
    };
    match (schema.and_then(|schema| CString::new(schema).ok()), name.and_then(|name| CString::new(name).ok())) {
        (Some(schema), Some(name)) => {
            let _quoting = Quoting::begin();
            // SAFETY: both are C strings; the result is the caller's.
            owned(unsafe { pg_sys::quote_qualified_identifier(schema.as_ptr(), name.as_ptr()) }).unwrap_or_default()
        }
        _ => format!("relation {}", u32::from(relation)),
    }
}

/// The relation's own name, without its schema and not quoted.
pub fn name(relation: pg_sys::Oid) -> Option<String> {
    // SAFETY: a look-up by oid in the system cache; it answers a C string or null.
    owned(unsafe { pg_sys::get_rel_name(relation) })
}

/// The relation's name as `named` reads it: bare beside another relation, else with its schema.
pub fn name_beside(relation: pg_sys::Oid, near: pg_sys::Oid) -> String {
    // SAFETY: look-ups by oid in the system cache; each answers a C string or null.
    let (schema, name) = unsafe {
        (owned(pg_sys::get_namespace_name(pg_sys::get_rel_namespace(relation))), owned(pg_sys::get_rel_name(relation)))
    };
    let (schema, name) = (schema.unwrap_or_default(), name.unwrap_or_default());
    if namespace(relation) == namespace(near) { name } else { format!("{schema}.{name}") }
}

/// A name for use in SQL, quoted where need be.
pub fn quoted_identifier(name: &str) -> String {
    let Ok(name) = CString::new(name) else { return String::new() };
    let _quoting = Quoting::begin();
    // SAFETY: answers its argument or a copy in the current memory context.
    unsafe { CStr::from_ptr(pg_sys::quote_identifier(name.as_ptr())) }.to_string_lossy().into_owned()
}

/// The type of an array's elements; none for what is no array.
pub fn element_type(kind: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a look-up by oid in the system cache.
    found(unsafe { pg_sys::get_element_type(kind) })
}

/// A type's name as SQL writes it.
pub fn type_name(kind: pg_sys::Oid) -> String {
    let _quoting = Quoting::begin();
    // SAFETY: a look-up by oid in the system cache; it answers a C string even for a type that is gone.
    owned(unsafe { pg_sys::format_type_be(kind) }).unwrap_or_default()
}

/// A type's name for use in SQL, with its schema.
pub fn qualified_type_name(kind: pg_sys::Oid) -> String {
    let _quoting = Quoting::begin();
    // SAFETY: a look-up by oid in the system cache; it answers a C string even for a type that is gone.
    owned(unsafe { pg_sys::format_type_extended(kind, -1, pg_sys::FORMAT_TYPE_FORCE_QUALIFY as pg_sys::bits16) })
        .unwrap_or_default()
}

/// A relation that a trigger argument names: `name` beside the trigger's table, or `schema.name`.
pub fn named(near: pg_sys::Oid, name: &str) -> Result<pg_sys::Oid> {
    let missing = || {
        Error::undefined_object(format!("relation \"{name}\" is not there"))
            .hint("Name a table in the schema of the trigger's own table, or schema.table.")
    };
    // A name may itself contain full stops.
    let qualified = name.match_indices('.').find_map(|(stop, _)| {
        let [schema, name] = [&name[..stop], &name[stop + 1..]].map(CString::new);
        let (schema, name) = (schema.ok()?, name.ok()?);
        // SAFETY: look-ups by name in the system cache; a missing schema answers InvalidOid.
        found(unsafe { pg_sys::get_relname_relid(name.as_ptr(), pg_sys::get_namespace_oid(schema.as_ptr(), true)) })
    });
    qualified.or_else(|| beside(near, name)).ok_or_else(missing)
}

/// Random bytes that cannot be guessed.
pub fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // SAFETY: the buffer has N bytes.
    unsafe { pg_sys::pg_strong_random(bytes.as_mut_ptr().cast(), N) }.then_some(bytes)
}

/// The type that values of a type are stored as: a domain's base type, any other type itself.
pub(super) fn stored_as(kind: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a look-up by oid in the system cache.
    unsafe { pg_sys::getBaseType(kind) }
}

/// The database of this session.
pub fn database() -> u32 {
    // SAFETY: reads a variable that a session sets once.
    u32::from(unsafe { pg_sys::MyDatabaseId })
}
