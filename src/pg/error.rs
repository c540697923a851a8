//! Errors as the client sees them: constructors of what Rust raises, one for each SQLSTATE.
use crate::core::fields::bounded;
use crate::pg::raised;
use pgrx::PgLogLevel;
use pgrx::PgSqlErrorCode as Code;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use std::panic::Location;

/// An error that a client of an HTTP API can do something about. With the setting rowkit.http_errors on it is raised as an SQLSTATE `PTnnn`, from
/// which PostgREST takes the HTTP status nnn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account that has too few credits: 402 Payment Required.
    Credits,
    /// A usage counter at the limit of its plan: 429 Too Many Requests.
    Limit,
    /// Rows in a state that refuses the call, which the caller can change by another call: 409 Conflict.
    Conflict,
}

impl Kind {
    /// By its name in SQL.
    pub fn named(name: &str) -> Option<Kind> {
        match name {
            "credits" => Some(Kind::Credits),
            "limit" => Some(Kind::Limit),
            "conflict" => Some(Kind::Conflict),
            _ => None,
        }
    }

    fn code(self) -> Code {
        match self {
            Kind::Credits | Kind::Limit => Code::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
            Kind::Conflict => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        }
    }

    fn http_sqlstate(self) -> &'static str {
        match self {
            Kind::Credits => "PT402",
            Kind::Limit => "PT429",
            Kind::Conflict => "PT409",
        }
    }

    /// The SQLSTATE that errors of this kind are raised with.
    pub fn sqlstate(self) -> String {
        if crate::pg::guc::http_errors() { self.http_sqlstate().to_owned() } else { raised::code_text(self.code()) }
    }
}

/// For functions written in PL/pgSQL that raise an error of a kind.
#[pg_extern(sql = false, stable, parallel_safe)]
fn error_sqlstate(kind: Option<&str>) -> Result<String, ErrorReport> {
    let kind = kind.ok_or_else(|| Error::required("kind"))?;
    let known = Kind::named(kind).ok_or_else(|| {
        Error::invalid_parameter(format!("there is no kind of error \"{kind}\""))
            .hint("It is 'credits', 'limit' or 'conflict'.")
    })?;
    Ok(known.sqlstate())
}

#[derive(Debug)]
pub struct Error {
    code: Code,
    kind: Option<Kind>,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    /// Where it was made: the LOCATION that psql shows with VERBOSITY verbose, and the server's log.
    place: &'static Location<'static>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Ends the statement with an error, from where no result can be given back.
pub(super) fn raise(error: Error) -> ! {
    ErrorReport::from(error).report(PgLogLevel::ERROR);
    unreachable!("an error does not come back")
}

impl Error {
    #[track_caller]
    fn new(code: Code, message: impl Into<String>) -> Error {
        let place = Location::caller();
        Error { code, kind: None, message: bounded(message.into()), detail: None, hint: None, place }
    }

    #[track_caller]
    fn of_kind(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind: Some(kind), ..Error::new(kind.code(), message) }
    }

    /// 22023: an argument, an option or a definition that cannot be used.
    #[track_caller]
    pub fn invalid_parameter(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INVALID_PARAMETER_VALUE, message)
    }

    /// 22023: an argument that must not be NULL.
    #[track_caller]
    pub fn required(argument: &str) -> Error {
        Error::invalid_parameter(format!("{argument} must be given")).hint(format!("{argument} cannot be NULL."))
    }

    /// 23514: a value that breaks a rule.
    #[track_caller]
    pub fn check_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CHECK_VIOLATION, message)
    }

    /// 23505: a value that another row has.
    #[track_caller]
    pub fn unique_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNIQUE_VIOLATION, message)
    }

    /// 23503: a row that is named but not there.
    #[track_caller]
    pub fn foreign_key_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_FOREIGN_KEY_VIOLATION, message)
    }

    /// 42704: an object that is not there, or not visible to the caller.
    #[track_caller]
    pub fn undefined_object(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNDEFINED_OBJECT, message)
    }

    /// 42703: a column that is not there.
    #[track_caller]
    pub fn undefined_column(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNDEFINED_COLUMN, message)
    }

    /// 42804: a column of another type.
    #[track_caller]
    pub fn datatype_mismatch(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_DATATYPE_MISMATCH, message)
    }

    /// 55000, or PT409: rows in a state that refuses the call. The caller can resolve it, by another call or after another call.
    #[track_caller]
    pub fn conflict(message: impl Into<String>) -> Error {
        Error::of_kind(Kind::Conflict, message)
    }

    /// 55000: tables, settings or keys that are not set up for the call. Their owner can resolve it.
    #[track_caller]
    pub fn prerequisite_state(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, message)
    }

    /// F0000: a file of settings that cannot be used.
    #[track_caller]
    pub fn config_file(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CONFIG_FILE_ERROR, message)
    }

    /// 40001: what succeeds when the transaction is tried again.
    #[track_caller]
    pub fn serialization_failure(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_T_R_SERIALIZATION_FAILURE, message)
    }

    /// 21000: one row where there would be two.
    #[track_caller]
    pub fn cardinality_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CARDINALITY_VIOLATION, message)
    }

    /// 55P03: a lock that another transaction keeps.
    #[track_caller]
    pub fn lock_not_available(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_LOCK_NOT_AVAILABLE, message)
    }

    /// 53400, or PT429: more than a plan allows.
    #[track_caller]
    pub fn limit_exceeded(message: impl Into<String>) -> Error {
        Error::of_kind(Kind::Limit, message)
    }

    /// 53400, or PT402: more credits than an account has.
    #[track_caller]
    pub fn credits_exceeded(message: impl Into<String>) -> Error {
        Error::of_kind(Kind::Credits, message)
    }

    /// 54000: work that would take more memory or time than one call may.
    #[track_caller]
    pub fn limit_of_work(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)
    }

    /// 22021: a text whose bytes its encoding does not have.
    #[track_caller]
    pub fn unreadable_text(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE, message)
    }

    /// 22003: a number that does not fit its type.
    #[track_caller]
    pub fn out_of_range(what: &str) -> Error {
        Error::new(Code::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, format!("{what} does not fit type bigint"))
            .hint("It lies past 9223372036854775807, below or above zero.")
    }

    /// 42501: what the caller has no right to.
    #[track_caller]
    pub fn insufficient_privilege(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
    }

    /// 428C9: a value that the server derives and nobody writes.
    #[track_caller]
    pub fn generated_always(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_GENERATED_ALWAYS, message)
    }

    /// 39P01: a trigger function called in another way than its trigger should.
    #[track_caller]
    pub fn trigger_protocol(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, message)
    }

    /// 0A000: what makes sense and is not to be had.
    #[track_caller]
    pub fn not_supported(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_FEATURE_NOT_SUPPORTED, message)
    }

    /// 25006: what writes, where nothing may be written.
    #[track_caller]
    pub fn read_only(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_READ_ONLY_SQL_TRANSACTION, message)
    }

    /// 42809: an object of another kind.
    #[track_caller]
    pub fn wrong_object(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_WRONG_OBJECT_TYPE, message)
    }

    /// 53200: what the machine's memory does not hold.
    #[track_caller]
    pub fn out_of_memory(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_OUT_OF_MEMORY, message)
    }

    /// 54000: what is larger than it may be.
    #[track_caller]
    pub fn limit_reached(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)
    }

    /// XX000: what cannot happen unless rowkit or the server is at fault.
    #[track_caller]
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INTERNAL_ERROR, message)
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text of DETAIL.
    pub fn details(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The text of HINT.
    pub fn hints(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Error {
        self.detail = Some(detail.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(bounded(hint.into()));
        self
    }
}

/// What a user should know of a statement that succeeds.
pub struct Notice {
    message: String,
    hint: Option<String>,
}

impl Notice {
    pub fn new(message: impl Into<String>) -> Notice {
        Notice { message: bounded(message.into()), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Notice {
        self.hint = Some(bounded(hint.into()));
        self
    }

    pub fn send(self) {
        self.send_as(Code::ERRCODE_SUCCESSFUL_COMPLETION, PgLogLevel::NOTICE);
    }

    /// The same of what the user should look after.
    pub fn warn(self) {
        self.send_as(Code::ERRCODE_WARNING, PgLogLevel::WARNING);
    }

    fn send_as(self, code: Code, level: PgLogLevel) {
        let mut report = ErrorReport::new(code, self.message, "rowkit");
        if let Some(hint) = self.hint {
            report = report.set_hint(hint);
        }
        report.report(level);
    }
}

/// Here a function of rowkit's ends with its error.
impl From<Error> for ErrorReport {
    fn from(error: Error) -> ErrorReport {
        // At once: an ErrorReport of pgrx's holds neither a place of another line nor an SQLSTATE that the server's list does not have.
        let kind = error.kind.filter(|_| crate::pg::guc::http_errors());
        let sqlstate = kind.map_or_else(|| raised::code_text(error.code), |kind| kind.http_sqlstate().to_owned());
        raised::raise(&sqlstate, &error.message, error.detail.as_deref(), error.hint.as_deref(), error.place)
    }
}

impl From<crate::core::schema::Malformed> for Error {
    fn from(malformed: crate::core::schema::Malformed) -> Error {
        let error = Error::invalid_parameter(malformed.message());
        match malformed.fault.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
