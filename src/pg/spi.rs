//! Prepared queries that copy out what they find. Reading never assigns a transaction id, so it works on a replica.
use super::jsonb::Jsonb;
use super::raised::{self, Passing};
use super::relation::Quoting;
use super::statement;
pub use super::value::Value;
use super::value::{self, Field};
use crate::pg::error::{Error, Result, raise};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::{IntoDatum, pg_sys};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CString, c_char};
use std::fmt::Write;
use std::marker::PhantomData;
use std::ops::ControlFlow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With the caller's snapshot.
    Read,
    /// With a snapshot of this moment, whatever the transaction's isolation level.
    ReadLatest,
    /// The same, with what the running statement has done so far: a foreign key, which is checked at its end, sees that, too.
    ReadRunning,
    /// The same as ReadLatest, without what the running statement has done so far, whatever else ran within it.
    ReadBefore,
    /// The same as ReadLatest, in a parallel worker, too.
    ReadNow,
    Write,
    /// The same, within [`super::statement::as_one`]: the statement's AFTER triggers wait for the end of that.
    WriteTogether,
    /// Like a foreign key's own queries: with a snapshot of this moment; in a transaction that keeps one snapshot, a change of
    /// a row that the snapshot does not show is a serialization failure (40001).
    WriteLatest,
    /// With a snapshot of this moment, building on what the transaction's own does not show; a change that is committed meanwhile is
    /// a serialization failure (40001) in a transaction that keeps one snapshot.
    WriteNow,
}

/// A parameter, `$1` and on.
pub enum Parameter<'a> {
    Oid(pg_sys::Oid),
    Oids(&'a [pg_sys::Oid]),
    Bigint(i64),
    Text(&'a str),
    Uuid([u8; 16]),
    Uuids(&'a [[u8; 16]]),
    Bigints(&'a [i64]),
    Texts(&'a [String]),
    Bytes(&'a [u8]),
    ByteStrings(&'a [Vec<u8>]),
    Value(&'a Value),
}

impl Parameter<'_> {
    fn kind(&self) -> pg_sys::Oid {
        match self {
            Parameter::Oid(_) => pg_sys::OIDOID,
            Parameter::Oids(_) => pg_sys::OIDARRAYOID,
            Parameter::Bigint(_) => pg_sys::INT8OID,
            Parameter::Text(_) => pg_sys::TEXTOID,
            Parameter::Uuid(_) => pg_sys::UUIDOID,
            Parameter::Uuids(_) => pg_sys::UUIDARRAYOID,
            Parameter::Bigints(_) => pg_sys::INT8ARRAYOID,
            Parameter::Texts(_) => pg_sys::TEXTARRAYOID,
            Parameter::Bytes(_) => pg_sys::BYTEAOID,
            Parameter::ByteStrings(_) => pg_sys::BYTEAARRAYOID,
            Parameter::Value(value) => value.kind(),
        }
    }

    /// `None` is NULL.
    fn datum(&self) -> Option<pg_sys::Datum> {
        match self {
            Parameter::Oid(oid) => oid.into_datum(),
            Parameter::Oids(list) => list.to_vec().into_datum(),
            Parameter::Bigint(number) => number.into_datum(),
            Parameter::Text(text) => text.into_datum(),
            Parameter::Uuid(bytes) => pgrx::Uuid::from_bytes(*bytes).into_datum(),
            Parameter::Uuids(list) => {
                list.iter().map(|bytes| pgrx::Uuid::from_bytes(*bytes)).collect::<Vec<_>>().into_datum()
            }
            Parameter::Bigints(list) => list.to_vec().into_datum(),
            Parameter::Texts(list) => list.to_vec().into_datum(),
            Parameter::Bytes(bytes) => bytes.into_datum(),
            Parameter::ByteStrings(list) => list.iter().map(Vec::as_slice).collect::<Vec<_>>().into_datum(),
            Parameter::Value(value) => value.datum().get(),
        }
    }
}

/// A row of the result; columns count from 1. A getter that does not suit the column's type raises 42804.
pub struct ResultRow {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
}

impl ResultRow {
    fn field(&self, column: i32) -> Field<'_> {
        // SAFETY: tuple and descriptor are of the result at hand, which lives as long as the row.
        unsafe {
            let Some(about) = value::column_of(self.descriptor, column) else {
                raise(Error::internal(format!("a query of rowkit's own has no column {column}")))
            };
            let mut is_null = false;
            let datum = pg_sys::SPI_getbinval(self.tuple, self.descriptor, column, &mut is_null);
            Field::new(about, about.atttypid, (!is_null).then_some(datum))
        }
    }

    pub fn uuid(&self, column: i32) -> Option<[u8; 16]> {
        self.field(column).uuid()
    }

    pub fn text(&self, column: i32) -> Option<String> {
        self.field(column).text()
    }

    pub fn bytes(&self, column: i32) -> Option<Vec<u8>> {
        self.field(column).bytes()
    }

    /// The value of a column of any integer type.
    pub fn bigint(&self, column: i32) -> Option<i64> {
        self.field(column).integer()
    }

    pub fn boolean(&self, column: i32) -> Option<bool> {
        self.field(column).boolean()
    }

    /// The elements, without the NULLs.
    pub fn uuids(&self, column: i32) -> Vec<[u8; 16]> {
        self.field(column).uuids()
    }

    pub fn bigints(&self, column: i32) -> Vec<i64> {
        self.field(column).bigints()
    }

    /// The elements, without the NULLs.
    pub fn texts(&self, column: i32) -> Vec<String> {
        self.field(column).texts()
    }

    /// The value of any type, copied.
    pub fn value(&self, column: i32) -> Value {
        self.field(column).value()
    }

    pub fn timestamptz(&self, column: i32) -> Option<TimestampWithTimeZone> {
        self.field(column).timestamptz()
    }

    pub fn oid(&self, column: i32) -> Option<pg_sys::Oid> {
        self.field(column).oid()
    }

    /// A jsonb document, read where it lies.
    pub fn lent_jsonb(&self, column: i32) -> Option<Jsonb<'_>> {
        self.field(column).jsonb()
    }

    /// A timestamptz as the server counts: in microseconds since 2000, the lowest and the highest number for its infinities.
    pub fn server_microseconds(&self, column: i32) -> Option<i64> {
        self.field(column).timestamptz().map(pg_sys::TimestampTz::from)
    }

    /// A jsonb document's container bytes.
    pub fn jsonb(&self, column: i32) -> Option<Vec<u8>> {
        self.field(column).jsonb().map(|jsonb| jsonb.bytes().to_vec())
    }
}

type Plans = RefCell<HashMap<String, pg_sys::SPIPlanPtr>>;

thread_local! {
    /// Plans by text; the texts are rowkit's own, with the names of the relations in them. A plan made while row
    /// security does not hold the owner back must not serve when it does, and the server compares only the user: so
    /// the first map is for ordinary rights and the second for those of [`super::rights::OwnedTable`].
    static PLANS: [Plans; 2] = Default::default();
    /// Open connections: a query's own triggers may come back here.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// More texts than this come only of many schemas; they are then prepared again.
const PLANS_KEPT: usize = 256;

/// Whether the transaction keeps one snapshot: REPEATABLE READ and SERIALIZABLE.
pub fn keeps_snapshot() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ as i32 }
}

pub fn is_serializable() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::XactIsoLevel == pg_sys::XACT_SERIALIZABLE as i32 }
}

/// Whether the transaction may write: it is not read only, and this is no replica.
pub fn may_write() -> bool {
    // SAFETY: reads a variable and the server's state.
    unsafe { !pg_sys::XactReadOnly && !pg_sys::RecoveryInProgress() }
}

/// An open connection. Errors of what runs in it are passed on whole.
struct Connection {
    _passing: Passing,
}

impl Connection {
    fn open() -> Connection {
        let passing = Passing::begin();
        // SAFETY: closed on drop, or by the server at the end of a failed transaction.
        unsafe { pg_sys::SPI_connect() };
        DEPTH.set(DEPTH.get() + 1);
        Connection { _passing: passing }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if !std::thread::panicking() {
            // SAFETY: pairs with SPI_connect.
            unsafe { pg_sys::SPI_finish() };
        }
    }
}

/// Texts of rowkit's own are read as the SQL standard says, whatever the setting standard_conforming_strings is, until this is dropped.
struct Reading(bool);

impl Reading {
    fn begin() -> Reading {
        // SAFETY: reads and sets a variable of this session, which `drop` sets back.
        unsafe {
            let before = pg_sys::standard_conforming_strings;
            pg_sys::standard_conforming_strings = true;
            Reading(before)
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::standard_conforming_strings = self.0 };
    }
}

/// Whether rowkit works as an owner, or a foreign key's own query: row security does not hold the owner back.
pub fn is_owner_unheld() -> bool {
    // SAFETY: reads a variable.
    unsafe { pg_sys::InNoForceRLSOperation() }
}

/// A plan that lives as long as the connection, unless it is kept.
fn prepare(sql: &str, kinds: &mut [pg_sys::Oid]) -> Result<pg_sys::SPIPlanPtr> {
    let text = CString::new(sql).map_err(|_| Error::internal("a query must not contain NUL"))?;
    let _reading = Reading::begin();
    // SAFETY: text and types outlive the call, which copies them.
    let plan = unsafe { pg_sys::SPI_prepare(text.as_ptr(), kinds.len() as i32, kinds.as_mut_ptr()) };
    if plan.is_null() {
        return Err(Error::internal(format!("a query of rowkit's own cannot be prepared: {sql}")));
    }
    Ok(plan)
}

/// The plan of a text; `about` is what else it depends on.
fn plan(sql: &str, about: Option<pg_sys::Oid>, parameters: &[Parameter<'_>]) -> Result<pg_sys::SPIPlanPtr> {
    let rights = usize::from(is_owner_unheld());
    let mut kinds: Vec<pg_sys::Oid> = parameters.iter().map(Parameter::kind).collect();
    // A column's type may change while the text stays.
    let has_values = parameters.iter().any(|parameter| matches!(parameter, Parameter::Value(_)));
    let name = if has_values || about.is_some() {
        let mut name = String::with_capacity(sql.len() + 6 * (kinds.len() + 1));
        name.push_str(sql);
        for kind in kinds.iter().chain(&about) {
            // Never fails for a String.
            let _ = write!(name, ",{}", u32::from(*kind));
        }
        Cow::Owned(name)
    } else {
        Cow::Borrowed(sql)
    };
    if let Some(plan) = PLANS.with(|plans| plans[rights].borrow().get(name.as_ref()).copied()) {
        return Ok(plan);
    }
    let plan = prepare(sql, &mut kinds)?;
    // SAFETY: a kept plan is freed below when there are too many.
    unsafe { pg_sys::SPI_keepplan(plan) };
    PLANS.with(|plans| {
        let mut plans = plans[rights].borrow_mut();
        // Only the outermost query may free plans: those around it are still running theirs.
        if plans.len() >= PLANS_KEPT && DEPTH.get() == 1 {
            for (_, old) in plans.drain() {
                // SAFETY: the plan was kept by this map alone.
                unsafe { pg_sys::SPI_freeplan(old) };
            }
        }
        plans.insert(name.into_owned(), plan);
    });
    Ok(plan)
}

/// Runs a query and returns what `read` makes of each row.
pub fn query<T>(
    sql: &str,
    parameters: &[Parameter<'_>],
    mode: Mode,
    read: impl FnMut(&ResultRow) -> T,
) -> Result<Vec<T>> {
    let _connection = Connection::open();
    run(plan(sql, None, parameters)?, parameters, mode, read)
}

/// Runs a query whose text means something else for each relation `about`, after `prepare` within its connection.
pub(super) fn query_prepared<T>(
    sql: &str,
    about: pg_sys::Oid,
    prepare: impl FnOnce() -> Result<()>,
    read: impl FnMut(&ResultRow) -> T,
) -> Result<Vec<T>> {
    let _connection = Connection::open();
    prepare()?;
    run(plan(sql, Some(about), &[])?, &[], Mode::Read, read)
}

/// Runs a query that the server plans for these parameters alone, as PL/pgSQL's EXECUTE does; no plan of it is kept.
pub fn query_planned<T>(sql: &str, parameters: &[Parameter<'_>], read: impl FnMut(&ResultRow) -> T) -> Result<Vec<T>> {
    let _connection = Connection::open();
    let mut kinds: Vec<pg_sys::Oid> = parameters.iter().map(Parameter::kind).collect();
    run(prepare(sql, &mut kinds)?, parameters, Mode::Read, read)
}

/// Runs `work`; the server's error that a text is no value of its type (22P02) gets this HINT where it has none.
pub fn hinting<T>(hint: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    raised::hinting(pgrx::PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION, hint, work)
}

/// Runs `work`; the server's error that the caller may not do so (42501) gets this HINT where it has none.
pub fn hinting_rights<T>(hint: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    raised::hinting(pgrx::PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, hint, work)
}

/// Runs a statement and returns how many rows it changed.
pub fn execute(sql: &str, parameters: &[Parameter<'_>], mode: Mode) -> Result<u64> {
    let _connection = Connection::open();
    run(plan(sql, None, parameters)?, parameters, mode, |_| ())?;
    // SAFETY: reads a variable of the connection at hand.
    Ok(unsafe { pg_sys::SPI_processed })
}

/// Runs a statement that is run once, so that no plan of it is kept: how many rows it read or changed, and what `read` makes of each that it answers.
pub fn once<T>(sql: &str, parameters: &[Parameter<'_>], read: impl FnMut(&ResultRow) -> T) -> Result<(u64, Vec<T>)> {
    let _connection = Connection::open();
    let mut kinds: Vec<pg_sys::Oid> = parameters.iter().map(Parameter::kind).collect();
    let plan = prepare(sql, &mut kinds)?;
    let (mut values, nulls) = arguments(parameters);
    // SAFETY: the plan was made for these parameters, and ends with the connection.
    let code = unsafe { pg_sys::SPI_execute_plan(plan, values.as_mut_ptr(), nulls.as_ptr(), false, 0) };
    let rows = found(code, read)?;
    // SAFETY: reads a variable of the connection at hand.
    Ok((unsafe { pg_sys::SPI_processed }, rows))
}

/// The values of parameters, and which of them are NULL, as SPI takes both.
fn arguments(parameters: &[Parameter<'_>]) -> (Vec<pg_sys::Datum>, Vec<c_char>) {
    let given: Vec<Option<pg_sys::Datum>> = parameters.iter().map(Parameter::datum).collect();
    let nulls = given.iter().map(|datum| if datum.is_none() { b'n' } else { b' ' } as c_char).collect();
    (given.into_iter().map(|datum| datum.unwrap_or(pg_sys::Datum::from(0))).collect(), nulls)
}

fn run<T>(
    plan: pg_sys::SPIPlanPtr,
    parameters: &[Parameter<'_>],
    mode: Mode,
    read: impl FnMut(&ResultRow) -> T,
) -> Result<Vec<T>> {
    let (mut values, nulls) = arguments(parameters);
    // Queries that read the catalog compare names as they are quoted, too; statements that write call triggers of others.
    let is_write = matches!(mode, Mode::Write | Mode::WriteTogether | Mode::WriteLatest | Mode::WriteNow);
    let _quoting = (!is_write).then(Quoting::begin);
    // SAFETY: the plan was prepared for these parameters; snapshots are the server's own.
    let code = unsafe {
        match mode {
            Mode::ReadLatest | Mode::ReadRunning | Mode::ReadBefore | Mode::ReadNow => pg_sys::SPI_execute_snapshot(
                plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                // Parallel workers may take a snapshot of this moment only as they do to read catalogs.
                match mode {
                    Mode::ReadNow => pg_sys::GetCatalogSnapshot(pg_sys::InvalidOid),
                    Mode::ReadBefore => {
                        // As below; a trigger's statement reads with the active snapshot.
                        let statement = pg_sys::ActiveSnapshotSet().then(|| (*pg_sys::GetActiveSnapshot()).curcid);
                        let snapshot = pg_sys::GetLatestSnapshot();
                        (*snapshot).curcid = statement::unchanged_until(statement.unwrap_or((*snapshot).curcid));
                        snapshot
                    }
                    Mode::ReadRunning => {
                        // The server sets the command anew whenever it takes this snapshot, and copies it before it reads with it.
                        let snapshot = pg_sys::GetLatestSnapshot();
                        (*snapshot).curcid = pg_sys::GetCurrentCommandId(false).saturating_add(1);
                        snapshot
                    }
                    _ => pg_sys::GetLatestSnapshot(),
                },
                std::ptr::null_mut(),
                true,
                true,
                0,
            ),
            Mode::WriteLatest | Mode::WriteNow if keeps_snapshot() => pg_sys::SPI_execute_snapshot(
                plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                pg_sys::GetLatestSnapshot(),
                if mode == Mode::WriteLatest { pg_sys::GetTransactionSnapshot() } else { std::ptr::null_mut() },
                false,
                true,
                0,
            ),
            Mode::WriteTogether => pg_sys::SPI_execute_snapshot(
                plan,
                values.as_mut_ptr(),
                nulls.as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                false,
                false,
                0,
            ),
            _ => pg_sys::SPI_execute_plan(plan, values.as_mut_ptr(), nulls.as_ptr(), mode == Mode::Read, 0),
        }
    };
    found(code, read)
}

/// What `read` makes of each row that a statement answered; `code` says how the statement ended.
fn found<T>(code: i32, mut read: impl FnMut(&ResultRow) -> T) -> Result<Vec<T>> {
    if code < 0 {
        return Err(Error::internal(format!("a query of rowkit's own failed with code {code}")));
    }
    // SAFETY: SPI's result belongs to the open connection; each tuple is read before it closes.
    let (table, count) = unsafe { (pg_sys::SPI_tuptable, pg_sys::SPI_processed as usize) };
    if table.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: as above.
    let (tuples, descriptor) = unsafe { ((*table).vals, (*table).tupdesc) };
    let mut rows = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: SPI_processed tuples stand behind vals.
        let tuple = unsafe { *tuples.add(index) };
        rows.push(read(&ResultRow { tuple, descriptor }));
    }
    Ok(rows)
}

/// Rows of a result that were fetched together. They are lent until the next ones are.
pub struct Batch<'a> {
    table: *mut pg_sys::SPITupleTable,
    count: usize,
    lent: PhantomData<&'a ()>,
}

impl Batch<'_> {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn each(&self, mut read: impl FnMut(&ResultRow)) {
        for index in 0..self.count {
            // SAFETY: the fetch answered so many tuples, which are freed after the batch was lent.
            let row = unsafe { ResultRow { tuple: *(*self.table).vals.add(index), descriptor: (*self.table).tupdesc } };
            read(&row);
        }
    }
}

/// A query that is being read, closed when it is dropped.
struct Reader(pg_sys::Portal);

impl Drop for Reader {
    fn drop(&mut self) {
        // After an error the end of the transaction closes it.
        if !std::thread::panicking() {
            // SAFETY: the portal is open.
            unsafe { pg_sys::SPI_cursor_close(self.0) };
        }
    }
}

/// Reads a result of any size, so many rows at once, in the active snapshot, until `read` answers that it has enough.
pub fn read_in_batches(
    sql: &str,
    parameters: &[Parameter<'_>],
    size: usize,
    mut read: impl FnMut(&Batch<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let _connection = Connection::open();
    let plan = plan(sql, None, parameters)?;
    let (mut values, nulls) = arguments(parameters);
    // SAFETY: the plan was prepared for these parameters, which the portal copies.
    let portal = unsafe { pg_sys::SPI_cursor_open(std::ptr::null(), plan, values.as_mut_ptr(), nulls.as_ptr(), true) };
    let reader = Reader(portal);
    loop {
        pgrx::check_for_interrupts!();
        // SAFETY: the portal is open; what was fetched belongs to this connection and is freed below.
        let (table, count) = unsafe {
            pg_sys::SPI_cursor_fetch(reader.0, true, size as std::ffi::c_long);
            (pg_sys::SPI_tuptable, pg_sys::SPI_processed as usize)
        };
        let outcome =
            if count == 0 { ControlFlow::Break(()) } else { read(&Batch { table, count, lent: PhantomData })? };
        // SAFETY: nothing points to these rows any more.
        unsafe { pg_sys::SPI_freetuptable(table) };
        if outcome.is_break() || count < size {
            return Ok(());
        }
    }
}

/// The address that the session came from, as text without a netmask; none for a socket.
pub fn client_host() -> Option<String> {
    let address = Value::client_address();
    let lent = address.datum().get()?;
    // SAFETY: the function takes an inet, which is there until it answers, and answers text.
    unsafe { pgrx::direct_function_call::<String>(pg_sys::network_host, &[Some(lent)]) }
}
