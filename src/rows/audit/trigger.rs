//! The trigger that writes events.
use super::event::{self, Event, EventContext, TenantId};
use super::image::{ENABLE_AGAIN, Shape, columns_document};
use super::imported::{self, Imported};
use super::log::Log;
use super::maintained;
use crate::core::audit::definition::Definition;
use crate::core::audit::history::COLUMNS;
use crate::core::work;
use crate::pg::call::{FunctionCallInfo, call_site_or};
use crate::pg::error::{Error, Result};
use crate::pg::invalidation::{self, Cache};
use crate::pg::jsonb::JsonbResult;
use crate::pg::memory::Scratch;
use crate::pg::rights::OwnedTable;
use crate::pg::spi::Mode;
use crate::pg::transition::{Side, for_each_pair, for_each_row};
use crate::pg::trigger::{Answer, Call, Columns, Event as Did, Timing};
use crate::pg::written::Level;
use crate::records::import::audited::AuditedBatch;
use pgrx::pg_extern;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Oid, UUIDOID};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const NAME: &str = "log_audit_trail()";

/// So many events are written at once.
const EVENTS_AT_ONCE: usize = 1000;

/// Or as soon as they hold so many bytes; the keys of batches likewise.
const BYTES_AT_ONCE: usize = 8 << 20;

/// So many rows of a batch stand in one event.
const KEYS_IN_EVENT: usize = 100_000;

/// What a soft delete marks.
const MARKS: [&str; 3] = ["deleted_at", "deleted_by", "deletion_id"];

struct Site {
    log: Log,
    is_full: bool,
    /// The table's name in the log, a partition's table's.
    label: String,
    table: Oid,
    shape: Shape,
    tenant: Option<usize>,
    /// The last is deletion_id.
    marks: Vec<usize>,
}

thread_local! {
    /// The transaction, statement and table of the last TRUNCATE, which also calls the triggers of a table's partitions.
    static TRUNCATED: Cell<(i64, i64, u32)> = const { Cell::new((0, 0, 0)) };
    /// What was looked up for each trigger, as long as neither its table nor the log is changed.
    static SITES: Cache<Site> = Cache::default();
}

#[pg_extern(sql = false)]
fn log_audit_trail(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
    const ROWS: [Did; 3] = [Did::Insert, Did::Update, Did::Delete];
    const ALL: [Did; 4] = [Did::Insert, Did::Update, Did::Delete, Did::Truncate];
    let call = Call::new(fcinfo, NAME, Timing::AfterStatement, &ALL)
        .or_else(|wrong| Call::new(fcinfo, NAME, Timing::AfterRow, &ROWS).map_err(|_| wrong))
        .map_err(|wrong| {
            wrong.hint(
                "rowkit.enable_audit() makes the triggers; AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW works, too.",
            )
        })?;
    let (site, log) = &*call_site_or(fcinfo, || Site::known(&call))?;
    site.log_call(&call, *log)?;
    Ok(call.nothing())
}

/// The options of a trigger of this function on a table. Search vectors follow from other columns and are as long as these, so the log leaves them out.
pub fn definition(table: Oid, arguments: &[String]) -> Result<Definition> {
    let mut definition = Definition::read(arguments).map_err(|wrong| {
        Error::trigger_protocol(format!("{NAME}: {wrong}"))
            .hint("For example log_audit_trail('mode=full', 'ignore=updated_at', 'redact=password'); rowkit.enable_audit() writes them.")
    })?;
    definition.derived = maintained::search_vectors(table)?;
    definition.ignore.extend(definition.derived.iter().cloned());
    Ok(definition)
}

impl Site {
    /// What is known of the trigger, and its log.
    fn known(call: &Call<'_>) -> Result<(Rc<Site>, OwnedTable)> {
        let look_up = || {
            invalidation::watch(call.relation());
            let site = Site::look_up(call)?;
            invalidation::watch(site.log.oid);
            invalidation::watch(site.table);
            site.note_columns(OwnedTable::audit_log(call.relation(), site.log.oid)?)?;
            Ok(site)
        };
        let site = SITES.with(|sites| sites.get(call.trigger(), look_up))?;
        // Rights can change with a role, which no invalidation of a table tells.
        let log = OwnedTable::audit_log(call.relation(), site.log.oid)?;
        Ok((site, log))
    }

    /// Notes in the log which columns the table has, where that is not what was noted last: so a row's past has the columns of its time. What this
    /// transaction notes may yet be rolled back, so that it is looked at again.
    fn note_columns(&self, log: OwnedTable) -> Result<()> {
        let last = self.log.layouts(log, &self.label, ">", "1", Mode::ReadRunning)?.into_iter().next();
        let columns: BTreeSet<String> = self.shape.names().map(str::to_owned).collect();
        if let Some((_, noted_by)) = last.filter(|(layout, _)| layout.columns == columns) {
            if noted_by == Some(event::identity()) {
                invalidation::bump();
            }
            return Ok(());
        }
        let event = Event::of_columns(columns_document(self.shape.names()));
        self.log.write(log, (COLUMNS, &self.label), &EventContext::now(), &[event])?;
        invalidation::bump();
        Ok(())
    }

    fn look_up(call: &Call<'_>) -> Result<Site> {
        let definition = definition(call.relation(), &call.arguments())?;
        let log = Log::named(call.relation(), &definition)?;
        let shape = Shape::of(call, &definition)?;
        if shape.key.is_empty() {
            return Err(Error::undefined_object(format!("{} has no primary key", call.relation_name()))
                .hint("Events name rows by it: ALTER TABLE … ADD PRIMARY KEY."));
        }
        let tenant = definition.tenant_from.as_deref().or(log.tenant()).and_then(|name| shape.place(name));
        if let (Some(name), None) = (&definition.tenant_from, tenant) {
            return Err(Error::undefined_column(format!(
                "{} has no column \"{name}\", which its audit's tenant_from names",
                call.relation_name()
            ))
            .hint(ENABLE_AGAIN));
        }
        let marks: Vec<usize> = MARKS.iter().filter_map(|mark| shape.place(mark)).collect();
        let is_soft = marks.len() == MARKS.len() && shape.columns[marks[2]].attribute.kind == UUIDOID;
        let table = call.table();
        Ok(Site {
            label: log.label(table),
            log,
            is_full: definition.is_full,
            table,
            shape,
            tenant,
            marks: if is_soft { marks } else { Vec::new() },
        })
    }

    fn log_call(&self, call: &Call<'_>, log: OwnedTable) -> Result<()> {
        let mut writer = Writer::new(self, log, call.event());
        if !call.is_for_row() {
            writer.imported = AuditedBatch::of_trigger(call)?.map(Imported::new);
        }
        match (call.event(), call.is_for_row()) {
            (Did::Truncate, _) => return self.log_truncate(log),
            (Did::Insert, true) => writer.inserted(&call.new_row())?,
            (Did::Delete, true) => writer.deleted(&call.new_row())?,
            (Did::Update, true) => {
                if let Some(old) = call.old_row() {
                    writer.updated(&old, &call.new_row())?;
                }
            }
            (Did::Insert, false) => for_each_row(call, Side::New, NAME, |row| writer.inserted(row))?,
            (Did::Delete, false) => for_each_row(call, Side::Old, NAME, |row| writer.deleted(row))?,
            (Did::Update, false) => for_each_pair(call, NAME, |old, new| writer.updated(old, new))?,
        }
        writer.finish()
    }

    fn tenant(&self, row: &impl Columns) -> Option<TenantId> {
        self.tenant.and_then(|place| self.shape.tenant(row, place))
    }

    /// TRUNCATE of a table calls the triggers of its partitions as well, after the table's own.
    fn log_truncate(&self, log: OwnedTable) -> Result<()> {
        let circumstances = EventContext::now();
        let (transaction, statement) = circumstances.place();
        let place = (transaction, statement, u32::from(self.table));
        if TRUNCATED.replace(place) == place {
            return Ok(());
        }
        self.log.write(log, ("TRUNCATE", &self.label), &circumstances, &[Event::default()])
    }
}

/// Grouping key for batching soft-deleted rows: tenant, deletion, and the marks before and after.
type Alike = (Option<TenantId>, Option<[u8; 16]>, Vec<u8>, Vec<u8>);

struct Writer<'a> {
    site: &'a Site,
    log: OwnedTable,
    action: &'static str,
    circumstances: Option<EventContext>,
    scratch: Scratch,
    /// Set while rows are written down, and not while the log's own triggers run.
    settings: Option<Level>,
    events: Vec<Event>,
    event_bytes: usize,
    batches: BTreeMap<(&'static str, Alike), Vec<String>>,
    batch_bytes: usize,
    /// Of an import that is audited by batch.
    imported: Option<Imported>,
}

fn bytes(document: JsonbResult) -> Vec<u8> {
    document.into_bytes()
}

impl<'a> Writer<'a> {
    fn new(site: &'a Site, log: OwnedTable, did: Did) -> Writer<'a> {
        let action = match did {
            Did::Insert => "INSERT",
            Did::Update => "UPDATE",
            Did::Delete => "DELETE",
            Did::Truncate => "TRUNCATE",
        };
        Writer {
            site,
            log,
            action,
            circumstances: None,
            scratch: Scratch::new(),
            settings: None,
            events: Vec::new(),
            event_bytes: 0,
            batches: BTreeMap::new(),
            batch_bytes: 0,
            imported: None,
        }
    }

    /// What the rows are written by, under its settings.
    fn settle(&mut self) -> &'a Site {
        self.settings.get_or_insert_with(|| self.site.shape.settings());
        self.site
    }

    fn inserted(&mut self, row: &impl Columns) -> Result<()> {
        let site = self.settle();
        if let Some(imported) = &mut self.imported {
            let (key, tenant) = self.scratch.run(|| (site.shape.key(row), site.tenant(row)));
            if imported.has(&key) {
                let full = imported.created(tenant, key);
                return full.map_or(Ok(()), |event| self.write(imported::ACTION, event));
            }
        }
        let event = self.scratch.run(|| Event {
            record_id: Some(site.shape.key(row)),
            tenant: site.tenant(row),
            new: Some(bytes(site.shape.image(row))),
            ..Event::default()
        });
        self.add(event)
    }

    fn deleted(&mut self, row: &impl Columns) -> Result<()> {
        let site = self.settle();
        let event = self.scratch.run(|| Event {
            record_id: Some(site.shape.key(row)),
            tenant: site.tenant(row),
            old: Some(bytes(site.shape.image(row))),
            ..Event::default()
        });
        self.add(event)
    }

    fn updated<R: Columns>(&mut self, old: &R, new: &R) -> Result<()> {
        let site = self.settle();
        let Site { shape, marks, .. } = site;
        let noted = self.scratch.run(|| {
            let changes = shape.changes(old, new);
            if changes.is_empty() {
                return None;
            }
            let tenant = site.tenant(new);
            let record_id = shape.key(old);
            let is_marked = marks.last().is_some_and(|id| changes.iter().any(|change| change.column == *id))
                && changes.iter().all(|change| marks.contains(&change.column));
            if is_marked {
                let deletion = |row: &R| row.uuid(shape.columns[marks[2]].attribute);
                let action = match (deletion(old), deletion(new)) {
                    (None, _) => "SOFT_DELETE",
                    (_, None) => "RESTORE",
                    _ => "UPDATE",
                };
                let (old_marks, new_marks) = shape.diff(&changes);
                let alike = (tenant, deletion(new).or(deletion(old)), bytes(old_marks), bytes(new_marks));
                return Some(Noted::Marked(action, alike, record_id));
            }
            let has_new_key = changes.iter().any(|change| shape.key.contains(&change.column));
            let (was, is) = if site.is_full { shape.images(old, new) } else { shape.diff(&changes) };
            Some(Noted::Changed(Event {
                new_record_id: has_new_key.then(|| shape.key(new)),
                record_id: Some(record_id),
                tenant,
                old: Some(bytes(was)),
                new: Some(bytes(is)),
                ..Event::default()
            }))
        });
        match noted {
            None => Ok(()),
            Some(Noted::Changed(event)) => self.changed(event),
            Some(Noted::Marked(action, alike, key)) => self.add_marked(action, alike, key),
        }
    }

    fn changed(&mut self, mut event: Event) -> Result<()> {
        let is_same_key = event.new_record_id.is_none();
        if let Some(imported) = &mut self.imported
            && let Some(key) = event.record_id.take_if(|key| is_same_key && imported.has(key))
        {
            let full = imported.updated(key, event);
            return full.map_or(Ok(()), |event| self.write(imported::ACTION, event));
        }
        self.add(event)
    }

    /// Writes an event of many rows.
    fn write(&mut self, action: &str, event: Event) -> Result<()> {
        self.settings = None;
        let circumstances = self.circumstances.get_or_insert_with(EventContext::now);
        let (log, label) = (&self.site.log, &self.site.label);
        self.scratch.run(|| log.write(self.log, (action, label), circumstances, &[event]))
    }

    fn add(&mut self, event: Event) -> Result<()> {
        self.event_bytes += event.bytes();
        self.events.push(event);
        let is_full = self.events.len() >= EVENTS_AT_ONCE || self.event_bytes >= BYTES_AT_ONCE;
        if is_full { self.flush() } else { Ok(()) }
    }

    fn add_marked(&mut self, action: &'static str, alike: Alike, key: String) -> Result<()> {
        self.batch_bytes += size_of::<String>() + key.len();
        let keys = self.batches.entry((action, alike)).or_default();
        if keys.is_empty() {
            self.batch_bytes += size_of::<Alike>();
        }
        keys.push(key);
        if keys.len() == KEYS_IN_EVENT || self.batch_bytes >= BYTES_AT_ONCE { self.flush_batches() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.settings = None;
        let (log, label) = (&self.site.log, &self.site.label);
        let circumstances = self.circumstances.get_or_insert_with(EventContext::now);
        self.scratch.run(|| log.write(self.log, (self.action, label), circumstances, &self.events))?;
        self.events.clear();
        self.event_bytes = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.settings = None;
        if !self.events.is_empty() {
            self.flush()?;
        }
        self.flush_batches()?;
        let imported = self.imported.take().map(Imported::rest).unwrap_or_default();
        imported.into_iter().try_for_each(|event| self.write(imported::ACTION, event))
    }

    fn flush_batches(&mut self) -> Result<()> {
        self.settings = None;
        self.batch_bytes = 0;
        for ((action, (tenant, deletion, old, new)), mut keys) in std::mem::take(&mut self.batches) {
            work::step();
            while !keys.is_empty() {
                work::step();
                let rest = keys.split_off(keys.len().min(KEYS_IN_EVENT));
                let mut event = Event {
                    tenant: tenant.clone(),
                    deletion,
                    old: Some(old.clone()),
                    new: Some(new.clone()),
                    ..Event::default()
                };
                if keys.len() == 1 {
                    event.record_id = keys.pop();
                } else {
                    event.record_ids = keys;
                }
                self.write(action, event)?;
                keys = rest;
            }
        }
        Ok(())
    }
}

/// What is to be written of a changed row.
enum Noted {
    Changed(Event),
    Marked(&'static str, Alike, String),
}
