//! Bounded work: interrupts, stack depth, memory and step budgets of whatever goes over user data.
//!
//! A loop calls [`step`] once a turn, or [`bytes`] once before it scans a text; a recursion calls [`descend`] on its way
//! down; a buffer that grows with its input calls [`reserve`] before it is allocated. In the server these raise a cancel
//! or a timeout, 54001 and 54000. Without the server, in plain `cargo test`, they panic. A Rust allocation that fails
//! and a stack that overflows end the backend and restart the whole server, so neither may be left to chance.
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Between two looks for an interrupt lie at most this many steps; a step takes a microsecond at most.
const STEPS_BETWEEN_CHECKS: u32 = 256;
/// A scan of so many bytes counts as one step.
const BYTES_A_STEP: usize = 64;

/// Counts one turn of a loop over user data.
#[inline(always)]
pub fn step() {
    if counter::add(1) >= STEPS_BETWEEN_CHECKS {
        check_interrupts();
    }
}

/// Counts several turns at once.
#[inline]
pub fn steps(count: usize) {
    if counter::add(u32::try_from(count).unwrap_or(u32::MAX)) >= STEPS_BETWEEN_CHECKS {
        check_interrupts();
    }
}

/// Counts a scan over memory.
#[inline]
pub fn bytes(length: usize) {
    steps(length / BYTES_A_STEP);
}

#[cold]
#[inline(never)]
fn check_interrupts() {
    counter::reset();
    if crate::core::check::in_force("interrupts") {
        host::check_interrupts();
    }
}

/// Checks the depth of the stack, on the way down of a recursion.
#[inline]
pub fn descend() {
    let here = 0_u8;
    if crate::core::check::in_force("stack_depth") {
        host::check_stack(std::hint::black_box(&raw const here) as usize);
    }
}

/// The bytes that one piece of work may allocate.
pub fn room() -> usize {
    host::room()
}

/// Refuses an allocation past `rowkit.max_work_mem`, before it is made.
#[inline]
pub fn reserve(length: usize) {
    let room = room();
    if length > room && crate::core::check::in_force("memory_limit") {
        exceeds(length, room);
    }
}

/// The memory that one piece of work holds so far.
#[derive(Debug, Default)]
pub struct Memory(usize);

impl Memory {
    /// Counts so many bytes more, before they are allocated.
    pub fn take(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(bytes);
        reserve(self.0);
    }
}

#[cold]
#[inline(never)]
fn exceeds(length: usize, room: usize) -> ! {
    refuse(
        &format!(
            "this work needs {} kB of memory, more than rowkit.max_work_mem ({} kB)",
            length.div_ceil(1024),
            room / 1024
        ),
        "Give a smaller value, or let a superuser raise rowkit.max_work_mem.",
    )
}

/// Ends the statement with 54000.
#[cold]
pub fn refuse(message: &str, hint: &str) -> ! {
    host::refuse(message, hint)
}

/// A list of characters as a text, within the limit of memory however much longer than its source it is.
pub fn collect(chars: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for c in chars {
        step();
        push(&mut text, c);
    }
    text
}

/// Appends a character; memory is asked for before the text grows.
#[inline]
pub fn push(text: &mut String, c: char) {
    if text.capacity() - text.len() < c.len_utf8() {
        reserve(2 * text.capacity());
    }
    text.push(c);
}

/// Appends a text likewise.
#[inline]
pub fn push_str(text: &mut String, part: &str) {
    if text.capacity() - text.len() < part.len() {
        reserve((2 * text.capacity()).max(text.len() + part.len()));
    }
    text.push_str(part);
}

/// The beginning of a text, at most so many bytes, cut between characters.
pub fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

thread_local! {
    /// What is left of the running evaluation's budget.
    static BUDGET: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// A budget is used up.
#[derive(Debug, PartialEq, Eq)]
pub struct Exhausted;

struct Outer(u64);

impl Drop for Outer {
    fn drop(&mut self) {
        BUDGET.set(self.0);
    }
}

/// Runs work that spends from a budget. It ends where [`spend`] finds the budget empty, as by an error.
pub fn within<T>(budget: u64, work: impl FnOnce() -> T) -> Result<T, Exhausted> {
    let outer = Outer(BUDGET.replace(budget));
    let result = catch_unwind(AssertUnwindSafe(work));
    drop(outer);
    result.map_err(|payload: Box<dyn Any + Send>| match payload.downcast::<Exhausted>() {
        Ok(exhausted) => *exhausted,
        // An error of the server, or a panic: not ours to stop.
        Err(other) => resume_unwind(other),
    })
}

/// Spends from the budget of [`within`], and counts the steps.
#[inline]
pub fn spend(count: usize) {
    steps(count);
    match BUDGET.get().checked_sub(count as u64) {
        Some(left) => BUDGET.set(left),
        // Not a panic: no panic hook has anything to tell here.
        None => resume_unwind(Box::new(Exhausted)),
    }
}

/// The steps since the last look for an interrupt. A backend has one thread, so a static serves it, which costs less than
/// a thread's own variable in a shared library; tests have many.
#[cfg(all(feature = "pgrx", not(test)))]
mod counter {
    use std::sync::atomic::{AtomicU32, Ordering};

    static STEPS: AtomicU32 = AtomicU32::new(0);

    #[inline(always)]
    pub fn add(count: u32) -> u32 {
        let steps = STEPS.load(Ordering::Relaxed).saturating_add(count);
        STEPS.store(steps, Ordering::Relaxed);
        steps
    }

    pub fn reset() {
        STEPS.store(0, Ordering::Relaxed);
    }
}

#[cfg(any(not(feature = "pgrx"), test))]
mod counter {
    thread_local! {
        static STEPS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }

    pub fn add(count: u32) -> u32 {
        STEPS.set(STEPS.get().saturating_add(count));
        STEPS.get()
    }

    pub fn reset() {
        STEPS.set(0);
    }
}

/// What the server says about interrupts, the stack and memory.
pub struct Host {
    pub check_interrupts: fn(),
    /// Raises 54001 where the stack is too deep.
    pub check_stack: fn(),
    /// The bytes that one piece of work may allocate.
    pub room: fn() -> usize,
    /// Raises 54000 with a message and a hint.
    pub refuse: fn(&str, &str) -> !,
}

pub use host::register;

#[cfg(all(feature = "pgrx", not(test)))]
mod host {
    use super::Host;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static HOST: OnceLock<Host> = OnceLock::new();

    /// Called once, when the server loads the library.
    pub fn register(host: Host) {
        let _ = HOST.set(host);
    }

    fn host() -> &'static Host {
        HOST.get().expect("the server has loaded the library")
    }

    pub fn check_interrupts() {
        (host().check_interrupts)();
    }

    /// The lowest address at which the server found the stack shallow enough. What lies above it needs no second look: the
    /// stack grows downwards, and only a superuser changes max_stack_depth.
    static SHALLOW_DOWN_TO: AtomicUsize = AtomicUsize::new(usize::MAX);

    #[inline]
    pub fn check_stack(address: usize) {
        if address < SHALLOW_DOWN_TO.load(Ordering::Relaxed) {
            look_at_stack(address);
        }
    }

    #[cold]
    #[inline(never)]
    fn look_at_stack(address: usize) {
        (host().check_stack)();
        SHALLOW_DOWN_TO.store(address, Ordering::Relaxed);
    }

    pub fn room() -> usize {
        (host().room)()
    }

    pub fn refuse(message: &str, hint: &str) -> ! {
        (host().refuse)(message, hint)
    }
}

/// Without a server: nothing interrupts, the stack is that of a test's thread, memory is the default's. `cargo pgrx test` runs the unit tests of
/// pure modules without a server, too: only `#[pg_test]`s run in one.
#[cfg(any(not(feature = "pgrx"), test))]
mod host {
    use std::cell::Cell;

    const STACK: usize = 1 << 20;

    thread_local! {
        static TOP: Cell<usize> = const { Cell::new(0) };
        static ROOM: Cell<usize> = const { Cell::new(64 << 20) };
        static CHECKS: Cell<u64> = const { Cell::new(0) };
    }

    /// Unit tests ask no server.
    pub fn register(_host: super::Host) {}

    pub fn check_interrupts() {
        CHECKS.set(CHECKS.get() + 1);
    }

    pub fn check_stack(address: usize) {
        TOP.set(TOP.get().max(address));
        assert!(TOP.get() - address < STACK, "the stack is too deep");
    }

    pub fn room() -> usize {
        ROOM.get()
    }

    pub fn refuse(message: &str, _hint: &str) -> ! {
        panic!("{message}")
    }

    /// How often an interrupt was looked for.
    #[cfg(test)]
    pub fn checks() -> u64 {
        CHECKS.get()
    }

    #[cfg(test)]
    pub fn with_room<T>(room: usize, work: impl FnOnce() -> T) -> T {
        let before = ROOM.replace(room);
        let result = work();
        ROOM.set(before);
        result
    }
}

/// For the unit tests of the modules that bound their work.
#[cfg(test)]
pub mod probe {
    pub use crate::core::work::host::{checks, with_room};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// The message with which the work was refused; none when it was done.
    pub fn refusal<T>(work: impl FnOnce() -> T) -> Option<String> {
        let payload = catch_unwind(AssertUnwindSafe(work)).err()?;
        Some(payload.downcast_ref::<String>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Exhausted, beginning, collect, descend, push_str, reserve, spend, step, steps, within};
    use crate::core::work::probe::{checks, refusal, with_room};

    #[test]
    fn steps_look_for_interrupts() {
        let before = checks();
        (0..100_000).for_each(|_| step());
        assert!(checks() - before >= 390);
        let before = checks();
        steps(1_000_000);
        assert_eq!(checks() - before, 1);
    }

    #[test]
    fn memory_is_refused_before_it_is_taken() {
        assert_eq!(refusal(|| reserve(64 << 20)), None);
        assert!(refusal(|| reserve((64 << 20) + 1)).unwrap().contains("rowkit.max_work_mem (65536 kB)"));
        with_room(1200, || {
            assert_eq!(collect("abc".chars()), "abc");
            assert!(refusal(|| collect(std::iter::repeat('x'))).is_some());
            let mut text = "a".repeat(600);
            assert!(refusal(|| push_str(&mut text, &"b".repeat(601))).is_some());
            push_str(&mut text, "b");
            assert_eq!(text.len(), 601);
        });
    }

    #[test]
    fn recursion_ends_before_the_stack_does() {
        fn recurse(depth: usize) -> usize {
            descend();
            let padding = std::hint::black_box([depth; 64]);
            if depth == 0 { 0 } else { padding[1].min(1) + recurse(depth - 1) }
        }
        assert_eq!(recurse(100), 100);
        assert!(refusal(|| recurse(usize::MAX)).is_some());
    }

    #[test]
    fn a_budget_ends_what_spends_it() {
        assert_eq!(within(10, || (0..10).for_each(|_| spend(1))), Ok(()));
        assert_eq!(within(10, || (0..11).for_each(|_| spend(1))), Err(Exhausted));
        // One within another has its own, and the outer one goes on.
        let outer = within(5, || {
            spend(3);
            assert_eq!(within(100, || spend(101)), Err(Exhausted));
            spend(2);
            spend(1);
        });
        assert_eq!(outer, Err(Exhausted));
        assert!(refusal(|| within(5, || panic!("another error"))).is_some());
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!([beginning("aé", 2), beginning("aé", 3), beginning("aé", 9)], ["a", "aé", "aé"]);
    }
}
