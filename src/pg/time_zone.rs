//! Time zones as the server knows them.
use crate::core::query::{TimeZone, TimeZones};
use pgrx::pg_sys;
use std::ffi::CString;
use std::rc::Rc;

/// A zone of the server's, which keeps those that it has read as long as the session lives.
#[derive(Debug)]
struct Zone(*mut pg_sys::pg_tz);

impl TimeZone for Zone {
    fn offset(&self, seconds: i64) -> i32 {
        // SAFETY: the zone is the server's; the answer is a variable of the server's, or null for a year that it cannot count.
        unsafe {
            let local = pg_sys::pg_localtime(&seconds, self.0);
            if local.is_null() { 0 } else { (*local).tm_gmtoff as i32 }
        }
    }
}

/// The zones of this server, and that of the session.
pub struct ServerZones;

impl TimeZones for ServerZones {
    fn session(&self) -> Rc<dyn TimeZone> {
        // SAFETY: reads a variable, which is always set.
        Rc::new(Zone(unsafe { pg_sys::session_timezone }))
    }

    fn named(&self, name: &str) -> Option<Rc<dyn TimeZone>> {
        let name = CString::new(name).ok()?;
        // SAFETY: looks a zone up by name; null where there is none.
        let zone = unsafe { pg_sys::pg_tzset(name.as_ptr()) };
        (!zone.is_null()).then(|| Rc::new(Zone(zone)) as Rc<dyn TimeZone>)
    }
}
