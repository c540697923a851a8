//! The numbers that a transaction holds, and where they come from: `record_counters`.
use crate::core::autonumber::runs::Runs;
use crate::core::autonumber::series::{BLOCK, SLOTS, Series, WHOLE};
use crate::core::fields::{Numbering, Rule};
use crate::core::schema::{Column, Schema};
use crate::core::sql::{SharedFragments, sql};
use crate::core::work;
use crate::pg::error::{Error, Result};
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::{Call, Event};
use crate::pg::{clock, lock_wait, snapshot};
use crate::records::catalog::TableId;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// The largest block of a column that counts without slots.
const LARGEST: i64 = 1024;

/// A transaction takes no more slots than this: it goes on in those that it has, and leaves the others to other writers.
const SLOTS_HELD: usize = 4;

/// The counter of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    counters: OwnedTable,
    organization_id: TableId,
    table_id: TableId,
    column_id: TableId,
    numbering: Numbering,
}

/// Numbers that were taken from a counter in this subtransaction, and that no record has.
struct Stock {
    counter: Counter,
    subtransaction: u32,
    series: Series,
    numbers: BTreeSet<i64>,
    /// The size of the next block: it doubles within a statement.
    size: i64,
}

/// What a statement gave to its records.
struct Given {
    counter: Counter,
    subtransaction: u32,
    series: Series,
    command: i64,
    event: Event,
    numbers: Runs,
}

#[derive(Default)]
struct Transaction {
    stocks: Vec<Stock>,
    given: Vec<Given>,
    slots: Vec<(Counter, u32, i16)>,
}

thread_local! {
    static TRANSACTION: RefCell<Transaction> = RefCell::default();
}

impl SharedFragments for Counter {
    const NAMES: &'static [&'static str] = &["record_counters"];

    fn fragments(&self) -> Vec<String> {
        vec![self.counters.quoted_name()]
    }
}

impl Counter {
    /// Finds the counter of a column of the table that the trigger's row belongs to.
    pub fn find(call: &Call<'_>, organization_id: TableId, table_id: TableId, column: &Column) -> Result<Counter> {
        let counters = OwnedTable::of_trigger(call)?.beside("record_counters")?.ok_or_else(no_counters)?;
        let column_id = column.uuid().ok_or_else(|| {
            Error::invalid_parameter(format!("column \"{}\": an autonumber needs an id", column.name))
                .hint("Define it in table_columns; its counter goes by the id of that row.")
        })?;
        let numbering = match column.rule {
            Rule::Autonumber(numbering) => numbering,
            _ => Numbering::Gapless,
        };
        Ok(Counter { counters, organization_id, table_id, column_id, numbering })
    }

    /// The next number, for a record of the running statement.
    pub fn next(&self, event: Event) -> Result<i64> {
        let (subtransaction, command) = (snapshot::subtransaction(), clock::statement());
        let taken = TRANSACTION.with_borrow_mut(|transaction| {
            let stock = transaction.stock(self, subtransaction);
            stock.map_or(Err(1), |stock| Ok((stock.series, stock.numbers.pop_first().ok_or(stock.size)?)))
        });
        let (series, number) = match taken {
            Ok(taken) => taken,
            Err(size) => self.reserve(subtransaction, size)?,
        };
        TRANSACTION.with_borrow_mut(|transaction| {
            let is_this = |given: &&mut Given| {
                given.counter == *self
                    && given.command == command
                    && given.event == event
                    && given.subtransaction == subtransaction
            };
            match transaction.given.iter_mut().find(is_this) {
                Some(given) => given.numbers.add(number),
                None => {
                    let mut numbers = Runs::default();
                    numbers.add(number);
                    transaction.given.push(Given { counter: *self, subtransaction, series, command, event, numbers });
                }
            }
        });
        Ok(number)
    }

    /// The record that got this number in the running statement was not stored: the number is the next one again.
    pub fn put_back(&self, number: i64) {
        let (subtransaction, command) = (snapshot::subtransaction(), clock::statement());
        TRANSACTION.with_borrow_mut(|transaction| {
            let is_this = |given: &&mut Given| {
                given.counter == *self && given.command == command && given.subtransaction == subtransaction
            };
            let found = transaction
                .given
                .iter_mut()
                .filter(is_this)
                .find_map(|given| given.numbers.remove(number).then_some(given.series));
            if let Some(series) = found {
                transaction.stock_or_new(self, subtransaction, series).numbers.insert(number);
            }
        });
    }

    /// Takes so many numbers, and answers the lowest of them.
    fn reserve(&self, subtransaction: u32, size: i64) -> Result<(Series, i64)> {
        let (series, numbers) = match self.numbering {
            Numbering::Gapless => (Series::Whole, self.reserve_whole(size)?),
            Numbering::Fast => self.reserve_of_slot(subtransaction, size)?,
        };
        TRANSACTION.with_borrow_mut(|transaction| {
            let stock = transaction.stock_or_new(self, subtransaction, series);
            stock.size = (size * 2).min(LARGEST);
            stock.numbers.extend(numbers);
            let lowest = stock.numbers.pop_first().ok_or_else(|| Error::internal("a counter gave no number"))?;
            Ok((series, lowest))
        })
    }

    fn reserve_whole(&self, size: i64) -> Result<Vec<i64>> {
        let sql = sql!("numbers/reserve.sql", ..self);
        let parameters = [
            Parameter::Uuid(self.organization_id),
            Parameter::Uuid(self.table_id),
            Parameter::Uuid(self.column_id),
            Parameter::Bigint(size),
        ];
        let found = self.change(|| {
            let found = spi::query(&sql, &parameters, Mode::Write, |row| (row.bigint(1), row.bigints(2)))?;
            if let Some((Some(last), free)) = found.first()
                && !free.is_empty()
            {
                self.set(WHOLE, *last, &[])?;
            }
            Ok(found)
        })?;
        let Some((Some(last), mut numbers)) = found.into_iter().next() else {
            return Err(Error::internal("a counter answered no number"));
        };
        let first = last.checked_sub(size - 1).ok_or_else(|| Error::out_of_range("a number of a record"))?;
        numbers.extend(first..=last);
        Ok(numbers)
    }

    fn reserve_of_slot(&self, subtransaction: u32, size: i64) -> Result<(Series, Vec<i64>)> {
        let held = TRANSACTION.with_borrow(|transaction| transaction.slots_held(self));
        let only: Vec<i64> =
            if held.len() < SLOTS_HELD { Vec::new() } else { held.iter().map(|slot| i64::from(*slot)).collect() };
        let (series, slot, numbers) = self.change(|| {
            let series = Series::Slots { base: self.base()? };
            let (slot, last, free) = match self.lock_slot(&only, "SKIP LOCKED")? {
                Some(found) => found,
                // All of them are held.
                None => self.lock_slot(&only, "")?.ok_or_else(|| {
                    Error::serialization_failure("the slots of an autonumber column were just taken away")
                        .hint("Retry the transaction.")
                })?,
            };
            let (mut numbers, last) =
                series.give(last, size).ok_or_else(|| Error::out_of_range("a number of a record"))?;
            numbers.extend(free);
            self.set(slot, last, &[])?;
            Ok((series, slot, numbers))
        })?;
        TRANSACTION.with_borrow_mut(|transaction| {
            if !held.contains(&slot) {
                transaction.slots.push((*self, subtransaction, slot));
            }
        });
        Ok((series, numbers))
    }

    /// The last number given before the column had slots, which are made when they are not there yet.
    fn base(&self) -> Result<i64> {
        let sql = sql!("numbers/base.sql", ..self);
        let known =
            || Ok::<_, Error>(spi::query(&sql, &self.key(), Mode::WriteNow, |row| row.bigint(1))?.pop().flatten());
        if let Some(base) = known()? {
            return Ok(base);
        }
        let make = sql!("numbers/make_slots.sql", ..self);
        let parameters = [
            Parameter::Uuid(self.organization_id),
            Parameter::Uuid(self.table_id),
            Parameter::Uuid(self.column_id),
            Parameter::Bigint(SLOTS),
            Parameter::Bigint(BLOCK),
        ];
        spi::execute(&make, &parameters, Mode::WriteNow)?;
        known()?.ok_or_else(|| {
            Error::serialization_failure("the slots of an autonumber column are being made by another transaction")
                .hint("Retry the transaction.")
        })
    }

    fn lock_slot(&self, only: &[i64], wait: &str) -> Result<Option<(i16, i64, Vec<i64>)>> {
        let sql = sql!("numbers/lock_slot.sql", ..self, wait = wait);
        let parameters = [Parameter::Uuid(self.table_id), Parameter::Uuid(self.column_id), Parameter::Bigints(only)];
        Ok(spi::query(&sql, &parameters, Mode::WriteNow, row_of_slot)?.into_iter().flatten().next())
    }

    fn key(&self) -> [Parameter<'static>; 2] {
        [Parameter::Uuid(self.table_id), Parameter::Uuid(self.column_id)]
    }

    fn set(&self, slot: i16, last: i64, free: &[i64]) -> Result<()> {
        let sql = sql!("numbers/set.sql", ..self);
        let [table_id, column_id] = self.key();
        let parameters = [
            table_id,
            column_id,
            Parameter::Bigint(i64::from(slot)),
            Parameter::Bigint(last),
            Parameter::Bigints(free),
        ];
        spi::execute(&sql, &parameters, Mode::WriteNow).map(|_| ())
    }

    /// Runs `work` on the counters with their owner's rights.
    fn change<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        lock_wait::unless_deadlocked(|| self.counters.write_and_remove(work))?.ok_or_else(|| {
            Error::serialization_failure(
                "the next number of a record is held by a transaction that waits for this one in turn",
            )
            .hint(
                "Retry the transaction. One that inserts into several tables with autonumbers does best in one order of the tables, or with \
                 \"numbering\": \"fast\" in the column's options.",
            )
        })
    }

    /// A record comes back with this number: those that follow are higher, though the counter may have gone meanwhile.
    pub fn reach(&self, number: i64) -> Result<()> {
        match self.numbering {
            Numbering::Gapless => {
                let sql = sql!("numbers/reach.sql", ..self);
                let parameters = [
                    Parameter::Uuid(self.organization_id),
                    Parameter::Uuid(self.table_id),
                    Parameter::Uuid(self.column_id),
                    Parameter::Bigint(number),
                ];
                self.change(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
            }
            Numbering::Fast => self.change(|| {
                let series = Series::Slots { base: self.base()? };
                let slot = series.slot(number);
                let Some((last, free)) = self.lock(slot)? else { return Ok(()) };
                let is_free = free.contains(&number);
                if number <= last && !is_free {
                    return Ok(());
                }
                let free: Vec<i64> = free.into_iter().filter(|other| *other != number).collect();
                // As if it had been given just now.
                let (_, after) =
                    series.give(last.max(number - 1), 1).ok_or_else(|| Error::out_of_range("a number of a record"))?;
                self.set(slot, if is_free { last } else { after }, &free)
            }),
        }
    }

    fn lock(&self, slot: i16) -> Result<Option<(i64, Vec<i64>)>> {
        let sql = sql!("numbers/lock.sql", ..self);
        let [table_id, column_id] = self.key();
        let parameters = [table_id, column_id, Parameter::Bigint(i64::from(slot))];
        let found = spi::query(&sql, &parameters, Mode::WriteNow, row_of_slot)?;
        Ok(found.into_iter().flatten().next().map(|(_, last, free)| (last, free)))
    }

    /// Gives numbers back.
    fn return_numbers(&self, series: Series, numbers: &BTreeSet<i64>) -> Result<()> {
        let mut by_slot: HashMap<i16, Vec<i64>> = HashMap::new();
        for number in numbers {
            work::step();
            by_slot.entry(series.slot(*number)).or_default().push(*number);
        }
        self.change(|| {
            for (slot, numbers) in by_slot {
                // Gone with its table, in this statement.
                let Some((last, free)) = self.lock(slot)? else { continue };
                let (last, free) = series.take_back(last, free.into_iter().chain(numbers));
                self.set(slot, last, &free)?;
            }
            Ok(())
        })
    }
}

fn row_of_slot(row: &spi::ResultRow) -> Option<(i16, i64, Vec<i64>)> {
    Some((i16::try_from(row.bigint(1)?).ok()?, row.bigint(2)?, row.bigints(3)))
}

fn no_counters() -> Error {
    Error::undefined_object("autonumber columns need record_counters beside the records relation")
        .hint("It comes with the blueprint custom_tables: install it again to make what is missing.")
}

impl Transaction {
    fn stock(&mut self, counter: &Counter, subtransaction: u32) -> Option<&mut Stock> {
        self.stocks.iter_mut().find(|stock| stock.counter == *counter && stock.subtransaction == subtransaction)
    }

    fn stock_or_new(&mut self, counter: &Counter, subtransaction: u32, series: Series) -> &mut Stock {
        let found =
            self.stocks.iter().position(|stock| stock.counter == *counter && stock.subtransaction == subtransaction);
        let place = found.unwrap_or_else(|| {
            self.stocks.push(Stock { counter: *counter, subtransaction, series, numbers: BTreeSet::new(), size: 1 });
            self.stocks.len() - 1
        });
        &mut self.stocks[place]
    }

    fn slots_held(&self, counter: &Counter) -> Vec<i16> {
        self.slots.iter().filter(|(known, ..)| known == counter).map(|(.., slot)| *slot).collect()
    }
}

/// Whether the running statement gave numbers to rows of this event, which are then to be told to [`end_statement`].
pub fn has_given(event: Event) -> bool {
    let command = clock::statement();
    TRANSACTION.with_borrow(|transaction| {
        transaction.given.iter().any(|given| given.command == command && given.event == event)
    })
}

/// At the end of a statement: what it took and no record has is given back. `stored` holds the numbers of the rows that it stored, by table and
/// column.
pub fn end_statement(event: Event, mut stored: HashMap<(TableId, TableId), Vec<i64>>) -> Result<()> {
    let (subtransaction, command) = (snapshot::subtransaction(), clock::statement());
    let stocks = TRANSACTION.with_borrow_mut(|transaction| {
        let is_ended = |given: &mut Given| given.command == command && given.event == event;
        let ended: Vec<Given> = transaction.given.extract_if(.., is_ended).collect();
        for given in ended {
            work::step();
            let stored = stored.remove(&(given.counter.table_id, given.counter.column_id)).unwrap_or_default();
            let missing = given.numbers.missing(stored);
            if !missing.is_empty() {
                transaction.stock_or_new(&given.counter, given.subtransaction, given.series).numbers.extend(missing);
            }
        }
        transaction.stocks.extract_if(.., |stock| stock.subtransaction == subtransaction).collect::<Vec<_>>()
    });
    for stock in stocks.iter().filter(|stock| !stock.numbers.is_empty()) {
        stock.counter.return_numbers(stock.series, &stock.numbers)?;
    }
    Ok(())
}

/// At the end of a transaction or the rollback of a savepoint: the counters themselves are rolled back, from this subtransaction on.
pub fn forget(subtransaction: u32) {
    TRANSACTION.with(|transaction| {
        if let Ok(mut transaction) = transaction.try_borrow_mut() {
            transaction.stocks.retain(|stock| stock.subtransaction < subtransaction);
            transaction.given.retain(|given| given.subtransaction < subtransaction);
            transaction.slots.retain(|(_, of, _)| *of < subtransaction);
        }
    });
}

/// After a schema edit: where a column no longer counts in slots, its next number comes after all that they gave; where a column becomes an autonumber, or
/// gets another id or name, after all that the records hold under its name. The editor's lock keeps writers of the table's records off meanwhile.
pub fn follow_schema(tables: OwnedTable, table_id: &TableId, old: Option<&Schema>, new: &Schema) -> Result<()> {
    for column in &new.columns {
        work::step();
        let (Some(numbering), Some(column_id)) = (numbering(column), column.uuid()) else { continue };
        let before = old.and_then(|old| old.columns.iter().find(|before| before.id == column.id));
        let before = before.and_then(|before| Some((before, self::numbering(before)?)));
        let is_counted = |name: &&str| before.is_some_and(|(before, _)| names(before).any(|known| known == *name));
        let fresh: Vec<&str> = names(column).filter(|name| !is_counted(name)).collect();
        let becomes_gapless = numbering == Numbering::Gapless && before.is_none_or(|(_, was)| was == Numbering::Fast);
        if becomes_gapless {
            drop_slots(tables, *table_id, column_id)?;
        }
        for name in fresh {
            pass_held(tables, *table_id, column_id, name)?;
        }
    }
    Ok(())
}

fn numbering(column: &Column) -> Option<Numbering> {
    match column.rule {
        Rule::Autonumber(numbering) => Some(numbering),
        _ => None,
    }
}

/// The keys under which records hold a column's values.
fn names(column: &Column) -> impl Iterator<Item = &str> {
    [Some(column.name.as_str()), column.former.as_deref()].into_iter().flatten()
}

/// Moves a column's counter behind the numbers that records hold under a key already.
pub fn pass_held(tables: OwnedTable, table_id: TableId, column_id: TableId, name: &str) -> Result<()> {
    let Some(records) = tables.beside("records")? else { return Ok(()) };
    let numbers = sql!("numbers/held.sql", records = records.quoted_name());
    let sql = sql!("numbers/highest.sql", numbers = numbers);
    let parameters = [Parameter::Uuid(table_id), Parameter::Text(name)];
    let found = records
        .read(|| spi::query(&sql, &parameters, Mode::WriteLatest, |row| Some((row.uuid(1)?, row.bigint(2)?))))?;
    for (organization_id, highest) in found.into_iter().flatten() {
        work::step();
        // Slots share out what comes behind the number at which they began.
        drop_slots(tables, table_id, column_id)?;
        let counter = Counter {
            counters: tables.beside("record_counters")?.ok_or_else(no_counters)?,
            organization_id,
            table_id,
            column_id,
            numbering: Numbering::Gapless,
        };
        let sql = sql!("numbers/pass.sql", ..counter, numbers = numbers);
        let parameters = [
            Parameter::Uuid(table_id),
            Parameter::Text(name),
            Parameter::Uuid(organization_id),
            Parameter::Uuid(column_id),
            Parameter::Bigint(highest),
        ];
        counter.change(|| spi::execute(&sql, &parameters, Mode::WriteLatest))?;
    }
    Ok(())
}

fn drop_slots(tables: OwnedTable, table_id: TableId, column_id: TableId) -> Result<()> {
    let counters = tables.beside("record_counters")?.ok_or_else(no_counters)?;
    let counter = Counter { counters, organization_id: [0; 16], table_id, column_id, numbering: Numbering::Fast };
    let sql = sql!("numbers/drop_slots.sql", ..counter);
    counter.change(|| {
        let Some((base, free)) = counter.lock(WHOLE)? else { return Ok(()) };
        let series = Series::Slots { base };
        let slots = spi::query(&sql, &counter.key(), Mode::WriteNow, |row| row.bigint(1))?;
        let given = slots.into_iter().flatten().map(|last| series.given_before(last));
        counter.set(WHOLE, given.fold(base, i64::max), &free)
    })
}
