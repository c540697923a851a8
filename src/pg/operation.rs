//! Operations of rowkit's own that its own triggers let pass, told apart from what runs inside them.
//!
//! A statement of an operation calls triggers one level below the level at which the operation began. A trigger of a user's that fires
//! there runs its own statements one level deeper, and an exception block of its own in another subtransaction: neither counts.
use pgrx::pg_sys;
use std::cell::RefCell;
use std::rc::Rc;
use std::thread::LocalKey;

/// Where statements run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    transaction: pg_sys::TimestampTz,
    subtransaction: pg_sys::SubTransactionId,
    trigger_depth: i32,
}

impl Frame {
    fn current() -> Frame {
        // SAFETY: reads three variables of the server; the function takes no arguments.
        unsafe {
            Frame {
                transaction: pg_sys::GetCurrentTransactionStartTimestamp(),
                subtransaction: pg_sys::GetCurrentSubTransactionId(),
                trigger_depth: pgrx::direct_function_call::<i32>(pg_sys::pg_trigger_depth, &[]).unwrap_or(0),
            }
        }
    }
}

/// The operations of one kind that are under way in this session, the innermost last. One that an error ended ends with its [`Begun`];
/// were it left behind, its frame would be that of an earlier transaction.
pub struct Operations<T>(RefCell<Vec<(Frame, Rc<T>)>>);

impl<T> Operations<T> {
    pub const fn new() -> Operations<T> {
        Operations(RefCell::new(Vec::new()))
    }

    /// Begins one: the statements that follow here are its own, until what this answers is dropped.
    pub fn begin(key: &'static LocalKey<Operations<T>>, what: T) -> Begun<T> {
        let frame = Frame::current();
        key.with(|operations| {
            let mut operations = operations.0.borrow_mut();
            operations.retain(|(known, _)| known.transaction == frame.transaction);
            operations.push((frame, Rc::new(what)));
            Begun { key, before: operations.len() - 1 }
        })
    }

    fn at(&self, levels_above: i32) -> Option<Rc<T>> {
        let operations = self.0.borrow();
        if operations.is_empty() {
            return None;
        }
        let mut frame = Frame::current();
        frame.trigger_depth -= levels_above;
        operations.iter().rev().find(|(known, _)| *known == frame).map(|(_, what)| Rc::clone(what))
    }

    /// The operation whose own statement called the trigger function that asks.
    pub fn of_trigger(&self) -> Option<Rc<T>> {
        self.at(1)
    }

    /// The operation whose own statement evaluates the expression that asks, such as a trigger's WHEN.
    pub fn of_expression(&self) -> Option<Rc<T>> {
        self.at(0)
    }
}

/// Ends the operation when it is dropped, after an error, too.
pub struct Begun<T: 'static> {
    key: &'static LocalKey<Operations<T>>,
    before: usize,
}

impl<T> Drop for Begun<T> {
    fn drop(&mut self) {
        self.key.with(|operations| {
            if let Ok(mut operations) = operations.0.try_borrow_mut() {
                operations.truncate(self.before);
            }
        });
    }
}
