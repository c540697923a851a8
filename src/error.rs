//! Errors as the client sees them. SQLSTATEs are chosen only here.
use pgrx::PgSqlErrorCode as Code;
use pgrx::pg_sys::panic::ErrorReport;

#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code, message: message.into(), detail: None, hint: None }
    }

    /// 22023: an argument, an option or a definition that cannot be used.
    pub fn invalid_parameter(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INVALID_PARAMETER_VALUE, message)
    }

    /// 22023: an argument that must not be NULL.
    pub fn required(argument: &str) -> Error {
        Error::invalid_parameter(format!("{argument} must be given")).hint(format!("{argument} cannot be NULL."))
    }

    /// 23514: a value that breaks a rule.
    pub fn check_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CHECK_VIOLATION, message)
    }

    /// 23505: a value that another row has.
    pub fn unique_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNIQUE_VIOLATION, message)
    }

    /// 23503: a row that is named but not there.
    pub fn foreign_key_violation(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_FOREIGN_KEY_VIOLATION, message)
    }

    /// 42704: an object that is not there, or not visible to the caller.
    pub fn undefined_object(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNDEFINED_OBJECT, message)
    }

    /// 42703: a column that is not there.
    pub fn undefined_column(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_UNDEFINED_COLUMN, message)
    }

    /// 42804: a column of another type.
    pub fn datatype_mismatch(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_DATATYPE_MISMATCH, message)
    }

    /// 55000: what is not possible in the state that things are in.
    pub fn prerequisite_state(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, message)
    }

    /// F0000: a file of settings that cannot be used.
    pub fn config_file(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CONFIG_FILE_ERROR, message)
    }

    /// 40001: what succeeds when the transaction is tried again.
    pub fn serialization_failure(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_T_R_SERIALIZATION_FAILURE, message)
    }

    /// 53400: more than a plan allows.
    pub fn limit_exceeded(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, message)
    }

    /// 54000: work that would take more memory or time than one call may.
    pub fn limit_of_work(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)
    }

    /// 22003: a number that does not fit its type.
    pub fn out_of_range(what: &str) -> Error {
        Error::new(Code::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, format!("{what} does not fit type bigint"))
            .hint("It lies past 9223372036854775807, below or above zero.")
    }

    /// 42501: what the caller has no right to.
    pub fn insufficient_privilege(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
    }

    /// 428C9: a value that the server derives and nobody writes.
    pub fn generated_always(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_GENERATED_ALWAYS, message)
    }

    /// 39P01: a trigger function called in another way than its trigger should.
    pub fn trigger_protocol(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, message)
    }

    /// 0A000: what makes sense and is not to be had.
    pub fn not_supported(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_FEATURE_NOT_SUPPORTED, message)
    }

    /// 25006: what writes, where nothing may be written.
    pub fn read_only(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_READ_ONLY_SQL_TRANSACTION, message)
    }

    /// 42809: an object of another kind.
    pub fn wrong_object(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_WRONG_OBJECT_TYPE, message)
    }

    /// 53200: what the machine's memory does not hold.
    pub fn out_of_memory(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_OUT_OF_MEMORY, message)
    }

    /// 54000: what is larger than it may be.
    pub fn limit_reached(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message)
    }

    /// XX000: what cannot happen unless rowkit or the server is at fault.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Code::ERRCODE_INTERNAL_ERROR, message)
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Error {
        self.detail = Some(detail.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Error> for ErrorReport {
    fn from(error: Error) -> ErrorReport {
        let mut report = ErrorReport::new(error.code, error.message, "rowkit");
        if let Some(detail) = error.detail {
            report = report.set_detail(detail);
        }
        if let Some(hint) = error.hint {
            report = report.set_hint(hint);
        }
        report
    }
}

impl From<crate::schema::Malformed> for Error {
    fn from(malformed: crate::schema::Malformed) -> Error {
        let error = Error::invalid_parameter(malformed.message());
        match malformed.fault.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
