//! Gives records that an import changed their former values, a page at a time.
use super::{BATCH, Listed, Undone};
use crate::core::jsonb::{Value, to_text};
use crate::core::sql::sql;
use crate::core::work::{self, Memory};
use crate::pg::error::Result;
use crate::pg::spi::{self, Mode, Parameter, ResultRow};
use crate::records::catalog::TableId;
use crate::records::import::held::{Purpose, hold};
use crate::records::import::home::Home;
use crate::records::import::record::Stored;
use crate::records::import::state::Import;
use crate::records::import::write::{Pending, Statement, Writer, Written};

/// No more former values are read at once, but for one row's.
const PAGE_BYTES: usize = 4 << 20;

/// A record that the import changed, or created and linked later.
struct Changed {
    row_index: i64,
    id: TableId,
    former: Vec<u8>,
    hash: Vec<u8>,
    has_created: bool,
}

impl Changed {
    fn of_row(row: &ResultRow) -> Option<Changed> {
        Some(Changed {
            row_index: row.bigint(1)?,
            id: row.uuid(2)?,
            former: row.jsonb(3)?,
            hash: row.bytes(4).unwrap_or_default(),
            has_created: row.boolean(5).unwrap_or(false),
        })
    }

    /// What its columns held before, but for some.
    fn values(&self, without: &[&str]) -> Vec<(String, Option<String>)> {
        let former = Value::root(&self.former).as_object();
        let members = former.into_iter().flat_map(|former| former.iter());
        let values = members.map(|(key, value)| {
            work::step();
            (String::from_utf8_lossy(key).into_owned(), (!value.is_null()).then(|| to_text(value)))
        });
        values.filter(|(name, _)| !without.contains(&name.as_str())).collect()
    }

    fn restored(&self, stored: &Stored, without: &[&str]) -> Option<Stored> {
        let values = self.values(without);
        let values: Vec<(&str, Option<String>)> =
            values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        (!values.is_empty()).then(|| stored.with(&values))
    }
}

/// One pass over the records that the import changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    First,
    /// Of the records that could not be restored before: where unique values are taken, the other values are.
    InPart,
    /// Of the records that could not be restored before.
    Again,
}

/// Gives records their former values, and returns those that cannot have them now.
pub(super) fn restore(home: &Home, import: &Import, pass: Pass, undone: &mut Undone) -> Result<Listed> {
    let mut failed = Listed::default();
    let mut before = i64::MAX;
    loop {
        work::step();
        let page = changed_page(home, import, before)?;
        let Some(last) = page.last() else { return Ok(failed) };
        before = last.row_index;
        restore_page(home, import, pass, &page, undone, &mut failed)?;
    }
}

fn changed_page(home: &Home, import: &Import, before: i64) -> Result<Vec<Changed>> {
    let sql = sql!("import/undo_updated.sql", rows = home.rows(), imports = home.imports());
    let parameters = [Parameter::Uuid(import.id), Parameter::Bigint(before), Parameter::Bigint(BATCH as i64)];
    let (mut page, mut bytes, mut memory) = (Vec::new(), 0, Memory::default());
    let most = PAGE_BYTES.min(work::room() / 2);
    spi::query(&sql, &parameters, Mode::Write, |row| {
        work::step();
        // What is not read now is read by the next page.
        if bytes >= most {
            return;
        }
        let Some(changed) = Changed::of_row(row) else { return };
        let size = changed.former.len() + 128;
        bytes += size;
        memory.take(size);
        page.push(changed);
    })?;
    Ok(page)
}

fn restore_page(
    home: &Home,
    import: &Import,
    pass: Pass,
    page: &[Changed],
    undone: &mut Undone,
    failed: &mut Listed,
) -> Result<()> {
    let ids: Vec<TableId> = page.iter().map(|changed| changed.id).collect();
    let held = hold(home, &import.table_id, &ids, Purpose::Change)?;
    let mut pending = Vec::new();
    for (place, changed) in page.iter().enumerate() {
        work::step();
        // What was created is seen to by `remove`, whatever became of its links.
        if pass != Pass::First && changed.has_created {
            continue;
        }
        match held.get(&changed.id) {
            Some(stored) if stored.hash()[..] == changed.hash[..] => {
                pending.extend(changed.restored(stored, &[]).map(|record| Pending { place, record }));
            }
            // After the first pass these are the ones that have been restored, or kept.
            _ if changed.has_created || pass != Pass::First => {}
            _ => undone.kept.add(changed.id),
        }
    }
    let mut writer = Writer::new(home, import.table_id);
    let mut parts = Vec::new();
    for (place, written) in writer.write(Statement::Update, &pending)? {
        let changed = &page[place];
        match written {
            _ if changed.has_created => {}
            Written::Done(_) if pass == Pass::First => undone.restored += 1,
            Written::Done(_) => {}
            Written::Failed(problems) => {
                failed.add(changed.id);
                if pass == Pass::InPart && problems.iter().all(|problem| problem.code == "unique") {
                    let taken: Vec<&str> = problems.iter().filter_map(|problem| problem.column.as_deref()).collect();
                    let record = held.get(&changed.id).and_then(|stored| changed.restored(stored, &taken));
                    parts.extend(record.map(|record| Pending { place, record }));
                }
            }
        }
    }
    restore_parts(home, import, page, &parts, &mut writer)
}

/// Gives records a part of their former values; the rest waits until the records that have them are removed.
fn restore_parts(
    home: &Home,
    import: &Import,
    page: &[Changed],
    parts: &[Pending],
    writer: &mut Writer<'_>,
) -> Result<()> {
    let (mut indexes, mut hashes) = (Vec::new(), Vec::new());
    for (place, written) in writer.write(Statement::Update, parts)? {
        work::step();
        if let Written::Done(hash) = written {
            indexes.push(page[place].row_index);
            hashes.push(hash.to_vec());
        }
    }
    if indexes.is_empty() {
        return Ok(());
    }
    let sql = sql!("import/rewritten.sql", rows = home.rows(), imports = home.imports());
    let parameters = [Parameter::Uuid(import.id), Parameter::Bigints(&indexes), Parameter::ByteStrings(&hashes)];
    spi::execute(&sql, &parameters, Mode::Write).map(|_| ())
}

/// One more pass over the records that could not be restored.
pub(super) fn restore_again(
    home: &Home,
    import: &Import,
    pass: Pass,
    before: u64,
    undone: &mut Undone,
) -> Result<Listed> {
    let left = restore(home, import, pass, undone)?;
    undone.restored += before.saturating_sub(left.count);
    Ok(left)
}

/// Repeats the restore while fewer records fail each time, as a restored record can free a unique value that another one had. Returns the records that still fail.
pub(super) fn retry(home: &Home, import: &Import, mut failed: Listed, undone: &mut Undone) -> Result<Listed> {
    while failed.count > 0 {
        work::step();
        let left = restore_again(home, import, Pass::Again, failed.count, undone)?;
        let is_over = left.count >= failed.count;
        failed = left;
        if is_over {
            break;
        }
    }
    Ok(failed)
}
