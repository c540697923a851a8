//! The numbers of autonumber columns: 1, 2, 3 and on without a gap, whoever inserts.
//!
//! A counter's row is locked from its first number until the transaction ends, so a number that is rolled back is given
//! again. Numbers are taken in blocks, as one UPDATE a row would be slow, and what a statement leaves goes back.
use crate::catalog::TableId;
use crate::error::{Error, Result};
use crate::fields::identifier::uuid_bytes;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::{self, Mode, Parameter};
use crate::pg::trigger::Call;
use crate::schema::Column;
use std::cell::RefCell;
use std::collections::HashMap;

/// What a session has taken and not given to a record yet.
struct Block {
    next: i64,
    left: i64,
    /// The size of the next block: it doubles within a statement.
    size: i64,
}

const LARGEST: i64 = 1024;

/// The relation of counters, the table, the column.
type Counter = (OwnedTable, TableId, TableId);

thread_local! {
    static BLOCKS: RefCell<HashMap<Counter, Block>> = RefCell::default();
}

fn counter(call: &Call<'_>, table_id: TableId, column: &Column) -> Result<Counter> {
    let counters = OwnedTable::of_trigger(call)?.beside("record_counters")?.ok_or_else(|| {
        Error::undefined_object("autonumber columns need record_counters beside the records relation")
            .hint("It comes with the blueprint custom_tables: install it again to make what is missing.")
    })?;
    let column_id = column.id.as_deref().and_then(uuid_bytes).ok_or_else(|| {
        Error::invalid_parameter(format!("column \"{}\": an autonumber needs an id", column.name))
            .hint("Define it in table_columns; its counter goes by the id of that row.")
    })?;
    Ok((counters, table_id, column_id))
}

fn parameters(organization_id: TableId, counter: &Counter, number: i64) -> [Parameter<'static>; 4] {
    let (_, table_id, column_id) = *counter;
    [Parameter::Uuid(organization_id), Parameter::Uuid(table_id), Parameter::Uuid(column_id), Parameter::Bigint(number)]
}

/// The next number of the column, for a record of the trigger's table.
pub fn next(call: &Call<'_>, organization_id: TableId, table_id: TableId, column: &Column) -> Result<i64> {
    let counter = counter(call, table_id, column)?;
    // The next number of the block at hand, or the size of the next block.
    let taken = BLOCKS.with_borrow_mut(|blocks| match blocks.get_mut(&counter) {
        Some(block) if block.left > 0 => {
            let number = block.next;
            (block.left, block.next) = (block.left - 1, number.saturating_add(1));
            Ok(number)
        }
        spent => Err(spent.map_or(1, |block| block.size)),
    });
    let size = match taken {
        Ok(number) => return Ok(number),
        Err(size) => size,
    };
    let sql =
        include_str!("../../sql/queries/reserve_numbers.sql").replace("@record_counters@", &counter.0.quoted_name());
    let parameters = parameters(organization_id, &counter, size);
    let last = counter.0.write(|| spi::query(&sql, &parameters, Mode::Write, |row| row.bigint(1)))?;
    let last = last.into_iter().flatten().next().ok_or_else(|| Error::internal("a counter answered no number"))?;
    let first = last.checked_sub(size - 1).ok_or_else(|| Error::out_of_range("a number of a record"))?;
    BLOCKS.with_borrow_mut(|blocks| {
        blocks.insert(counter, Block { next: first.saturating_add(1), left: size - 1, size: (size * 2).min(LARGEST) });
    });
    Ok(first)
}

/// A record comes back with this number: those that follow are higher, though the counter may have gone meanwhile.
pub fn reach(call: &Call<'_>, organization_id: TableId, table_id: TableId, column: &Column, number: i64) -> Result<()> {
    let counter = counter(call, table_id, column)?;
    let sql = include_str!("../../sql/queries/reach_number.sql").replace("@record_counters@", &counter.0.quoted_name());
    let parameters = parameters(organization_id, &counter, number);
    counter.0.write(|| spi::execute(&sql, &parameters, Mode::Write)).map(|_| ())
}

/// At the end of a statement: what it did not use is the next one's.
pub fn give_back() -> Result<()> {
    let blocks = BLOCKS.with_borrow_mut(std::mem::take);
    for ((counters, table_id, column_id), block) in blocks.into_iter().filter(|(_, block)| block.left > 0) {
        let sql =
            include_str!("../../sql/queries/return_numbers.sql").replace("@record_counters@", &counters.quoted_name());
        let parameters = [Parameter::Uuid(table_id), Parameter::Uuid(column_id), Parameter::Bigint(block.left)];
        counters.write(|| spi::execute(&sql, &parameters, Mode::Write))?;
    }
    Ok(())
}

/// At the end of a transaction or the rollback of a savepoint: the counters themselves are rolled back.
pub fn forget() {
    BLOCKS.with(|blocks| {
        if let Ok(mut blocks) = blocks.try_borrow_mut() {
            blocks.clear();
        }
    });
}
