//! Compiled schemas of one session, by table.
use super::model::Schema;
use std::collections::HashMap;
use std::rc::Rc;

/// A key: the `tables` relation and the id of the table in it.
pub type Key = (u32, [u8; 16]);

#[derive(Debug)]
struct Entry {
    schema: Rc<Schema>,
    /// The document that was compiled: only a changed one is compiled again.
    source: Box<[u8]>,
    /// The invalidation count at which the source was last compared with the table's own.
    tick: u64,
}

/// Holds what was compiled; it knows nothing of where documents come from.
#[derive(Debug, Default)]
pub struct Cache {
    entries: HashMap<Key, Entry>,
    /// How many schemas were compiled, for the tests and the curious.
    compiled: u64,
}

impl Cache {
    /// The schema, if nothing was invalidated since it was last looked at.
    pub fn fresh(&self, key: &Key, tick: u64) -> Option<Rc<Schema>> {
        self.entries.get(key).filter(|entry| entry.tick == tick).map(|entry| Rc::clone(&entry.schema))
    }

    /// The schema of a document just read, compiled only when the document is not the one that is held.
    pub fn refresh<E>(
        &mut self,
        key: Key,
        source: &[u8],
        tick: u64,
        compile: impl FnOnce(&[u8]) -> Result<Schema, E>,
    ) -> Result<Rc<Schema>, E> {
        if let Some(entry) = self.entries.get_mut(&key)
            && *entry.source == *source
        {
            entry.tick = tick;
            return Ok(Rc::clone(&entry.schema));
        }
        let schema = Rc::new(compile(source)?);
        self.compiled += 1;
        self.entries.insert(key, Entry { schema: Rc::clone(&schema), source: source.into(), tick });
        Ok(schema)
    }

    /// The schema of this very document, whenever it was read.
    pub fn same_source(&self, key: &Key, source: &[u8]) -> Option<Rc<Schema>> {
        self.entries.get(key).filter(|entry| *entry.source == *source).map(|entry| Rc::clone(&entry.schema))
    }

    pub fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// Makes room: a session that met more tables than it may keep starts over.
    pub fn trim(&mut self, limit: usize) {
        if self.entries.len() > limit {
            self.entries = HashMap::new();
        }
    }

    pub fn size(&self) -> usize {
        self.entries.len()
    }

    pub fn compiled(&self) -> u64 {
        self.compiled
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use crate::core::fields::Choices;
    use crate::core::schema::{Schema, Settings, UnknownKeys};

    fn compile(source: &[u8]) -> Result<Schema, ()> {
        Ok(Schema::new(source.len() as i64, Vec::new(), Choices::default(), UnknownKeys::Allow, Settings::default()))
    }

    #[test]
    fn compiles_only_what_changed() {
        let mut cache = Cache::default();
        let keys: Vec<_> = (0..100u8).map(|n| (1, [n; 16])).collect();
        for key in &keys {
            cache.refresh(*key, b"one", 0, compile).unwrap();
        }
        assert_eq!(cache.compiled(), 100);
        assert!(cache.fresh(&keys[0], 1).is_none());
        for key in &keys {
            let source: &[u8] = if *key == keys[7] { b"other" } else { b"one" };
            cache.refresh(*key, source, 1, compile).unwrap();
            assert!(cache.fresh(key, 1).is_some());
        }
        assert_eq!(cache.compiled(), 101);
        cache.trim(99);
        assert_eq!(cache.size(), 0);
    }
}
