//! Values written down as text or JSON, and read again.
//!
//! What a type writes depends on settings of the session: 2024-02-03 is 03/02/2024 for one and 02/03/2024 for another. So whatever is kept is
//! written, and read again, under the same settings always: [`under`] is the one place that sets them, [`Form`] says what a type needs.
use super::call::FunctionCallInfo;
use super::jsonb::{Json, JsonbResult};
use super::raised::passing;
use super::relation::{element_type, stored_as};
use super::setting::{self, set_in_level};
use super::value::{Field, Value, column_of};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{pg_extern, pg_sys};
use std::ffi::CStr;

/// Which settings a type's text depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u8);

impl Needs {
    const NOTHING: Needs = Needs(0);
    const ZONE: Needs = Needs(1);
    /// The styles of dates, intervals, numbers, binary data, money, arrays and XML.
    const STYLES: Needs = Needs(2);
    /// Whether names are written with their schemas.
    const NAMES: Needs = Needs(4);
    /// What names, expressions and constants depend on that the server writes as SQL.
    pub const CATALOG: Needs = Needs(Needs::STYLES.0 | Needs::NAMES.0);
    /// All of them.
    pub const ALL: Needs = Needs(Needs::ZONE.0 | Needs::CATALOG.0);
    /// What reading any value may depend on.
    pub const READING: Needs = Needs(Needs::ZONE.0 | Needs::STYLES.0);

    const fn and(self, other: Needs) -> Needs {
        Needs(self.0 | other.0)
    }

    fn has(self, other: Needs) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<Needs> for Needs {
    fn from_iter<I: IntoIterator<Item = Needs>>(all: I) -> Needs {
        all.into_iter().fold(Needs::NOTHING, Needs::and)
    }
}

/// A setting, what it is set to, and whether what it is does as well.
type Setting = (&'static CStr, &'static CStr, fn() -> bool);

const ZONE: [Setting; 1] = [(c"TimeZone", c"UTC", || {
    // SAFETY: the session's time zone is never null, and its name is a C string.
    unsafe { CStr::from_ptr(pg_sys::pg_get_timezone_name(pg_sys::session_timezone)) == c"UTC" }
})];

const STYLES: [Setting; 7] = [
    // SAFETY: reads a variable, as do the next ones.
    (c"DateStyle", c"ISO", || unsafe { pg_sys::DateStyle == pg_sys::USE_ISO_DATES as i32 }),
    // SAFETY: as above.
    (c"IntervalStyle", c"postgres", || unsafe { pg_sys::IntervalStyle == pg_sys::INTSTYLE_POSTGRES as i32 }),
    // SAFETY: as above.
    (c"extra_float_digits", c"1", || unsafe { pg_sys::extra_float_digits > 0 }),
    // SAFETY: as above.
    (c"array_nulls", c"on", || unsafe { pg_sys::Array_nulls }),
    (c"bytea_output", c"hex", || setting::is(c"bytea_output", Some("hex"))),
    (c"lc_monetary", c"C", || setting::is(c"lc_monetary", Some("C"))),
    (c"xmloption", c"content", || setting::is(c"xmloption", Some("content"))),
];

const NAMES: [Setting; 3] = [
    (c"search_path", c"pg_catalog, pg_temp", || setting::is(c"search_path", Some("pg_catalog, pg_temp"))),
    // SAFETY: reads a variable, as does the next one.
    (c"quote_all_identifiers", c"off", || unsafe { !pg_sys::quote_all_identifiers }),
    // SAFETY: as above.
    (c"standard_conforming_strings", c"on", || unsafe { pg_sys::standard_conforming_strings }),
];

/// A level of settings, which ends when it is dropped; after an error the server ends it.
pub struct Level(Option<i32>);

impl Level {
    /// Sets what `needs` names, where the session has it otherwise.
    pub fn begin(needs: Needs) -> Level {
        let wanted = [(Needs::ZONE, &ZONE[..]), (Needs::STYLES, &STYLES[..]), (Needs::NAMES, &NAMES[..])];
        let mut level = None;
        for (name, value, is_so) in wanted.into_iter().filter(|(need, _)| needs.has(*need)).flat_map(|(_, all)| all) {
            if is_so() {
                continue;
            }
            // SAFETY: opens a level of settings, closed on drop.
            level.get_or_insert_with(|| unsafe { pg_sys::NewGUCNestLevel() });
            set_in_level(name, value, pg_sys::GucContext::PGC_USERSET);
        }
        Level(level)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        if let Some(level) = self.0.filter(|_| !std::thread::panicking()) {
            // SAFETY: closes the level that `begin` opened.
            unsafe { pg_sys::AtEOXact_GUC(true, level) };
        }
    }
}

/// Runs `work` under the settings that `needs` names.
pub fn under<T>(needs: Needs, work: impl FnOnce() -> T) -> T {
    let _level = Level::begin(needs);
    work()
}

/// Runs `work` under the settings with which the catalog's functions write names with their schemas, and constants alike: what they write means the
/// same wherever it is used afterwards.
pub fn with_qualified_names<T>(work: impl FnOnce() -> T) -> T {
    under(Needs::CATALOG, work)
}

/// How the values of a type are written down as JSON: as to_jsonb has it, or as a string that holds the type's own text, where JSON would not say
/// all or a cast of the type's own would say something else. A value of type json is its own text: jsonb would lose blanks, the order of keys and
/// keys that come twice, and does not take every number and character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    needs: Needs,
    is_text: bool,
    is_array: bool,
    /// Whether a zero may be negative, which a number in JSON is not.
    has_floats: bool,
}

/// Types whose text names an object, and whose names are written with their schemas where the search_path does not find them.
const OBJECTS: [pg_sys::Oid; 8] = [
    pg_sys::REGCLASSOID,
    pg_sys::REGTYPEOID,
    pg_sys::REGPROCOID,
    pg_sys::REGPROCEDUREOID,
    pg_sys::REGOPEROID,
    pg_sys::REGOPERATOROID,
    pg_sys::REGCONFIGOID,
    pg_sys::REGDICTIONARYOID,
];

/// JSON as to_jsonb has it, whatever the settings are.
const PLAIN: Form = Form { needs: Needs::NOTHING, is_text: false, is_array: false, has_floats: false };

/// Whether a type is json, or a domain over it.
pub fn is_json(kind: pg_sys::Oid) -> bool {
    stored_as(kind) == pg_sys::JSONOID
}

impl Form {
    /// The form of a type; for a domain, of its base type.
    pub fn of(kind: pg_sys::Oid) -> Form {
        Form::with(kind, false)
    }

    /// The form in which json, too, shows what it is made of, so that parts of it can be covered.
    pub fn with_parts(kind: pg_sys::Oid) -> Form {
        Form::with(kind, true)
    }

    fn with(kind: pg_sys::Oid, shows_json: bool) -> Form {
        let plain = |needs: Needs| Form { needs, ..PLAIN };
        match kind {
            pg_sys::JSONOID => Form { is_text: !shows_json, ..PLAIN },
            pg_sys::FLOAT4OID | pg_sys::FLOAT8OID => Form { needs: Needs::STYLES, has_floats: true, ..PLAIN },
            pg_sys::BOOLOID
            | pg_sys::INT2OID
            | pg_sys::INT4OID
            | pg_sys::INT8OID
            | pg_sys::NUMERICOID
            | pg_sys::TEXTOID
            | pg_sys::VARCHAROID
            | pg_sys::BPCHAROID
            | pg_sys::NAMEOID
            | pg_sys::UUIDOID
            | pg_sys::JSONBOID
            | pg_sys::DATEOID
            | pg_sys::TIMESTAMPOID
            | pg_sys::INETOID => plain(Needs::NOTHING),
            pg_sys::TIMESTAMPTZOID => plain(Needs::ZONE),
            _ if OBJECTS.contains(&kind) => plain(Needs::NAMES),
            _ => Form::looked_up(kind, shows_json),
        }
    }

    fn looked_up(kind: pg_sys::Oid, shows_json: bool) -> Form {
        let needs = Needs::ZONE.and(Needs::STYLES);
        // SAFETY: look-ups by oid in the system cache; a composite type's descriptor is read before it is given back.
        unsafe {
            if let Some(element) = element_type(kind) {
                let element = stored_as(element);
                // JSON does not tell an element that is an array in JSON from a dimension of the array itself.
                let is_json = [pg_sys::JSONOID, pg_sys::JSONBOID].contains(&element);
                let form = Form::with(element, shows_json);
                return Form {
                    needs: needs.and(form.needs),
                    is_text: form.is_text || form.is_array || is_json,
                    is_array: true,
                    has_floats: form.has_floats,
                };
            }
            match pg_sys::get_typtype(kind) as u8 {
                pg_sys::TYPTYPE_ENUM => Form { is_text: has_cast_to_json(kind), ..PLAIN },
                pg_sys::TYPTYPE_COMPOSITE => {
                    let descriptor = pg_sys::lookup_rowtype_tupdesc(kind, -1);
                    let members = (1..=(*descriptor).natts).filter_map(|number| column_of(descriptor, number));
                    let kinds: Vec<pg_sys::Oid> =
                        members.filter(|member| !member.attisdropped).map(|member| member.atttypid).collect();
                    pg_sys::DecrTupleDescRefCount(descriptor);
                    let forms: Vec<Form> =
                        kinds.into_iter().map(|kind| Form::with(stored_as(kind), shows_json)).collect();
                    Form {
                        needs: needs.and(forms.iter().map(|form| form.needs).collect()),
                        is_text: forms.iter().any(|form| form.is_text),
                        is_array: false,
                        has_floats: forms.iter().any(|form| form.has_floats),
                    }
                }
                _ => Form { needs, is_text: has_cast_to_json(kind), ..PLAIN },
            }
        }
    }

    /// The settings under which values are written.
    pub fn needs(self) -> Needs {
        self.needs
    }

    /// Whether JSON shows what a value of a type is made of.
    pub fn has_parts(kind: pg_sys::Oid) -> bool {
        let kind = stored_as(kind);
        if Form::with_parts(kind).is_text {
            return false;
        }
        let part = element_type(kind).map_or(kind, stored_as);
        // SAFETY: a look-up by oid in the system cache.
        let is_composite = unsafe { pg_sys::get_typtype(part) } as u8 == pg_sys::TYPTYPE_COMPOSITE;
        is_composite || [pg_sys::JSONOID, pg_sys::JSONBOID].contains(&part)
    }

    /// The value as it is written down.
    ///
    /// # Safety
    /// The datum is of the type that the form is of, and lives as long as `'a`.
    pub(super) unsafe fn json<'a>(self, kind: pg_sys::Oid, datum: pg_sys::Datum) -> Json<'a> {
        if self == PLAIN {
            // SAFETY: as the caller promises.
            return unsafe { Json::of(kind, datum) };
        }
        under(self.needs, || {
            // SAFETY: as the caller promises.
            let is_text = self.is_text
                || unsafe {
                    (self.is_array && begins_elsewhere(datum)) || (self.has_floats && has_negative_zero(kind, datum))
                };
            // SAFETY: as the caller promises.
            unsafe { if is_text { Json::text(text(kind, datum)) } else { Json::of(kind, datum) } }
        })
    }
}

impl<'a> Field<'a> {
    /// The value as it is written down.
    pub fn written(self, form: Form) -> Option<Json<'a>> {
        let (kind, datum) = self.stored();
        // SAFETY: the value is of this type and lives as long as the row.
        datum.map(|datum| unsafe { form.json(kind, datum) })
    }
}

/// Whether an array's subscripts begin at other numbers than 1, which JSON does not tell.
///
/// # Safety
/// The datum is an array.
unsafe fn begins_elsewhere(datum: pg_sys::Datum) -> bool {
    let stored: *mut pg_sys::varlena = datum.cast_mut_ptr();
    // SAFETY: as the caller promises; behind an array's header lie its lengths and then its first subscripts, one of each a dimension.
    unsafe {
        let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(stored).cast();
        let count = (*array).ndim as usize;
        let first = array.add(1).cast::<i32>().add(count);
        let is_so = (0..count).any(|dimension| *first.add(dimension) != 1);
        if array.cast() != stored {
            pg_sys::pfree(array.cast());
        }
        is_so
    }
}

/// Whether a number, or one of those that an array or a composite value has, is a negative zero: JSON has one zero.
///
/// # Safety
/// The datum is of this type, and the caller works under the settings that it needs.
unsafe fn has_negative_zero(kind: pg_sys::Oid, datum: pg_sys::Datum) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| b",)}\"\\".contains(byte));
    let is_start = |before: Option<&u8>| before.is_none_or(|byte| b",({\"\\".contains(byte));
    // SAFETY: as the caller promises.
    let written = unsafe { text(kind, datum) };
    let mut pairs = written.windows(2).enumerate();
    pairs.any(|(place, pair)| {
        pair == b"-0"
            && is_end(written.get(place + 2))
            && is_start(place.checked_sub(1).and_then(|place| written.get(place)))
    })
}

/// Whether to_jsonb would call a function that the type's author wrote.
fn has_cast_to_json(kind: pg_sys::Oid) -> bool {
    let is_function = |target: pg_sys::Oid| {
        let mut function = pg_sys::InvalidOid;
        // SAFETY: a look-up by two types in the system cache.
        let path = unsafe {
            pg_sys::find_coercion_pathway(target, kind, pg_sys::CoercionContext::COERCION_EXPLICIT, &mut function)
        };
        path == pg_sys::CoercionPathType::COERCION_PATH_FUNC && function != pg_sys::InvalidOid
    };
    u32::from(kind) >= pg_sys::FirstNormalObjectId && (is_function(pg_sys::JSONOID) || is_function(pg_sys::JSONBOID))
}

/// The type's own text of a value. The caller works under the settings that it needs.
///
/// # Safety
/// The datum is of this type.
unsafe fn text(kind: pg_sys::Oid, datum: pg_sys::Datum) -> Vec<u8> {
    // SAFETY: the type's own output function answers a C string in memory of the caller's, which is freed once it is copied.
    passing(|| unsafe {
        let (mut function, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(kind, &mut function, &mut is_varlena);
        let written = pg_sys::OidOutputFunctionCall(function, datum);
        let copy = CStr::from_ptr(written).to_bytes().to_vec();
        pg_sys::pfree(written.cast());
        copy
    })
}

/// A value as JSON, as an audit log has it.
#[pg_extern(sql = false, stable, parallel_safe)]
fn value_json(call: FunctionCallInfo<'_>) -> Option<JsonbResult> {
    let (kind, datum) = call.argument(0);
    let kind = stored_as(kind);
    let form = Form::of(kind);
    // SAFETY: the call's argument is of this type and lives as long as the call.
    datum.map(|datum| unsafe { form.json(kind, datum) }.document())
}

/// The same, with what json is made of.
#[pg_extern(sql = false, stable, parallel_safe)]
fn value_parts(call: FunctionCallInfo<'_>) -> Option<JsonbResult> {
    let (kind, datum) = call.argument(0);
    let kind = stored_as(kind);
    let form = Form::with_parts(kind);
    // SAFETY: the call's argument is of this type and lives as long as the call.
    datum.map(|datum| unsafe { form.json(kind, datum) }.document())
}

/// A value's text, the same in every session.
#[pg_extern(sql = false, stable, parallel_safe)]
fn value_text(call: FunctionCallInfo<'_>) -> Option<String> {
    let (kind, datum) = call.argument(0);
    let kind = stored_as(kind);
    let needs = match kind {
        pg_sys::TEXTOID
        | pg_sys::VARCHAROID
        | pg_sys::UUIDOID
        | pg_sys::INT2OID
        | pg_sys::INT4OID
        | pg_sys::INT8OID => Needs::NOTHING,
        _ => Needs::ALL,
    };
    // SAFETY: the call's argument is of this type.
    let written = under(needs, || datum.map(|datum| unsafe { text(kind, datum) }));
    written.map(|written| String::from_utf8_lossy(&written).into_owned())
}

/// A value of the type that the elements of the call's second argument have.
struct AnyValue(Value);

// SAFETY: the value is of the type that the function returns, which is that of its second argument's elements.
unsafe impl BoxRet for AnyValue {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> pgrx::datum::Datum<'fcx> {
        // SAFETY: as above.
        unsafe { self.0.boxed(fcinfo) }
    }
}

// SAFETY: the type stands for anyelement in SQL.
unsafe impl SqlTranslatable for AnyValue {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(AnyValue);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("anyelement"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("anyelement")));
}

/// The value that a text stands for, as `value_text` and an audit log write it: of the type of the second argument's elements.
#[pg_extern(sql = false, stable, parallel_safe)]
fn text_value(call: FunctionCallInfo<'_>) -> AnyValue {
    let ((_, written), (array, _)) = (call.argument(0), call.argument(1));
    let kind = element_type(array).unwrap_or(array);
    let Some(datum) = written else { return AnyValue(Value::null(kind)) };
    // SAFETY: the function's first argument is a text, which lives as long as the call.
    let written = unsafe {
        let written = pg_sys::text_to_cstring(datum.cast_mut_ptr());
        let copy = CStr::from_ptr(written).to_owned();
        pg_sys::pfree(written.cast());
        copy
    };
    AnyValue(under(Needs::READING, || Value::read(kind, -1, &written)))
}
