//! Operations of rowkit's own that its own triggers let pass, told apart from what runs inside them.
//!
//! A statement of an operation calls triggers one level below the level at which the operation began. A trigger of a user's that fires
//! there runs its own statements one level deeper, and an exception block of its own in another subtransaction: neither counts. Nor do the statements of a function
//! that the operation's statement calls, in a DEFAULT or a CHECK, or that the server calls while it plans or starts that statement: they run within it.
use super::executor;
use super::trigger::Call;
use crate::core::check;
use crate::pg::error::Result;
use pgrx::pg_sys;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// Where statements run: in which transaction and subtransaction, and below how many triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    transaction: pg_sys::TimestampTz,
    subtransaction: pg_sys::SubTransactionId,
    trigger_depth: i32,
}

impl Frame {
    pub fn current() -> Frame {
        // SAFETY: reads three variables of the server; the function takes no arguments.
        unsafe {
            Frame {
                transaction: pg_sys::GetCurrentTransactionStartTimestamp(),
                subtransaction: pg_sys::GetCurrentSubTransactionId(),
                trigger_depth: pgrx::direct_function_call::<i32>(pg_sys::pg_trigger_depth, &[]).unwrap_or(0),
            }
        }
    }

    /// Whether it is of a subtransaction that began before this one.
    pub fn began_before(&self, subtransaction: u32) -> bool {
        self.subtransaction < subtransaction
    }

    /// Whether statements that run here can go on while others run there: not those of another transaction, nor those below more triggers.
    pub fn may_go_on_in(&self, other: &Frame) -> bool {
        self.transaction == other.transaction && self.trigger_depth <= other.trigger_depth
    }
}

/// An operation that is under way. The type of `what` is its kind.
struct Operation {
    frame: Frame,
    /// How many levels were under way when it began: its own statements are one more.
    depth: usize,
    number: u64,
    what: Rc<dyn Any>,
}

/// The operations that are under way in this session, the innermost last. One that an error ended ends with its guard; were it left behind, its frame
/// would be that of an earlier transaction.
struct Operations {
    under_way: Vec<Operation>,
    begun: u64,
}

thread_local! {
    static OPERATIONS: RefCell<Operations> = const { RefCell::new(Operations { under_way: Vec::new(), begun: 0 }) };
}

/// Marks an operation as running until the guard is dropped, also after an error. Statements in the same transaction, subtransaction and trigger depth belong to it.
#[must_use]
pub struct OperationGuard<T> {
    number: u64,
    what: Rc<T>,
}

impl<T: 'static> OperationGuard<T> {
    pub fn begin(what: T) -> OperationGuard<T> {
        let (frame, what) = (Frame::current(), Rc::new(what));
        let number = OPERATIONS.with_borrow_mut(|operations| {
            operations.begun += 1;
            operations.under_way.retain(|known| known.frame.transaction == frame.transaction);
            let (depth, number) = (executor::place().depth, operations.begun);
            operations.under_way.push(Operation { frame, depth, number, what: what.clone() });
            operations.begun
        });
        OperationGuard { number, what }
    }

    /// What was begun.
    pub fn what(&self) -> &T {
        &self.what
    }
}

impl<T> Drop for OperationGuard<T> {
    fn drop(&mut self) {
        OPERATIONS.with(|operations| {
            if let Ok(mut operations) = operations.try_borrow_mut() {
                operations.under_way.retain(|known| known.number != self.number);
            }
        });
    }
}

fn at<T: 'static>(levels_above: i32, statements: &[usize]) -> Option<Rc<T>> {
    OPERATIONS.with_borrow(|operations| {
        let of_kind = || operations.under_way.iter().rev().filter(|known| (*known.what).is::<T>());
        of_kind().next()?;
        let mut frame = Frame::current();
        frame.trigger_depth -= levels_above;
        let place = executor::place();
        let is_one_of = |more: &usize, known: &Operation| {
            known.depth + more == place.depth && (*more == 0 || place.is_in_statement)
        };
        let is_own = |known: &&Operation| {
            known.frame == frame
                && (statements.iter().any(|more| is_one_of(more, known)) || !check::in_force("own_statements"))
        };
        let found = of_kind().find(is_own)?;
        Rc::clone(&found.what).downcast().ok()
    })
}

/// The operation of this kind whose own statement called the trigger function that asks.
pub fn of_trigger<T: 'static>() -> Option<Rc<T>> {
    at(1, &[1])
}

/// The operation of this kind whose own statement evaluates the expression that asks, such as a trigger's WHEN.
pub fn of_expression<T: 'static>() -> Option<Rc<T>> {
    at(0, &[0, 1])
}

/// An undo, and the tables whose rows it takes back.
pub struct Undo(pub Vec<pg_sys::Oid>);

/// Whether an undo's own statement fired the trigger, for a table whose rows it takes back. False for rows that triggers write.
pub fn is_undo(call: &Call<'_>) -> Result<bool> {
    let Some(undo) = of_trigger::<Undo>() else { return Ok(false) };
    Ok(undo.0.contains(&call.table()))
}
