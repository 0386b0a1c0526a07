//! Where memories are: in this process, a bounded number for each organization and environment.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Place;
use crate::times;

/// Most memories of one place.
pub(super) const COUNT_MAX: usize = 1_000;
/// Most bytes of one place, texts and metadata together.
pub(super) const BYTES_MAX: usize = 256 * 1024;

/// A memory. The document gives no shape: ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Memory {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) metadata: Map<String, Value>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Memory {
    fn bytes(&self) -> usize {
        self.id.len() + self.text.len() + Value::from(self.metadata.clone()).to_string().len()
    }

    /// The share of the context's words that the text has, 0 to 1.
    pub(super) fn shared_with(&self, context: &str) -> f64 {
        let words = |text: &str| -> HashSet<String> {
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
        };
        let wanted = words(context);
        let shared = wanted.intersection(&words(&self.text)).count();
        // Counts of words are far below what a float holds exactly.
        if wanted.is_empty() { 0.0 } else { shared as f64 / wanted.len() as f64 }
    }
}

/// Why not.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Unknown,
    Taken,
    Full,
}

/// All memories. Every clone is the same.
#[derive(Clone, Default)]
pub(in crate::dialects::memory_api) struct Memories(Arc<Mutex<HashMap<Place, Vec<Memory>>>>);

impl Memories {
    fn places(&self) -> MutexGuard<'_, HashMap<Place, Vec<Memory>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In the order in which they were made.
    pub(super) fn all(&self, place: Place) -> Vec<Memory> {
        self.places().get(&place).cloned().unwrap_or_default()
    }

    pub(super) fn get(&self, place: Place, id: &str) -> Result<Memory, Refused> {
        let places = self.places();
        let memories = places.get(&place).map_or(&[][..], Vec::as_slice);
        memories.iter().find(|memory| memory.id == id).cloned().ok_or(Refused::Unknown)
    }

    pub(super) fn create(
        &self,
        place: Place,
        id: Option<String>,
        text: String,
        metadata: Map<String, Value>,
    ) -> Result<Memory, Refused> {
        let now = times::now();
        let id = id.unwrap_or_else(|| format!("mem_{}", Uuid::now_v7().simple()));
        let memory = Memory { id, text, metadata, created_at: now, updated_at: now };
        let mut places = self.places();
        let memories = places.entry(place).or_default();
        if memories.iter().any(|other| other.id == memory.id) {
            return Err(Refused::Taken);
        }
        if memories.len() >= COUNT_MAX || memories.iter().map(Memory::bytes).sum::<usize>() + memory.bytes() > BYTES_MAX {
            return Err(Refused::Full);
        }
        memories.push(memory.clone());
        Ok(memory)
    }

    pub(super) fn change(
        &self,
        place: Place,
        id: &str,
        text: Option<String>,
        metadata: Option<Map<String, Value>>,
    ) -> Result<Memory, Refused> {
        let mut places = self.places();
        let memories = places.get_mut(&place).ok_or(Refused::Unknown)?;
        let at = memories.iter().position(|memory| memory.id == id).ok_or(Refused::Unknown)?;
        let before = &memories[at];
        let after = Memory {
            text: text.unwrap_or_else(|| before.text.clone()),
            metadata: metadata.unwrap_or_else(|| before.metadata.clone()),
            updated_at: times::now(),
            ..before.clone()
        };
        let others = memories.iter().map(Memory::bytes).sum::<usize>() - before.bytes();
        if others + after.bytes() > BYTES_MAX {
            return Err(Refused::Full);
        }
        memories[at] = after.clone();
        Ok(after)
    }

    pub(super) fn forget(&self, place: Place, id: &str) -> Result<(), Refused> {
        let mut places = self.places();
        let memories = places.get_mut(&place).ok_or(Refused::Unknown)?;
        let at = memories.iter().position(|memory| memory.id == id).ok_or(Refused::Unknown)?;
        memories.remove(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::{Environment, OrganizationId};

    use super::*;

    #[test]
    fn a_place_is_bounded_and_alone() {
        let (memories, organization) = (Memories::default(), OrganizationId::generate());
        let (live, test) = ((organization, Environment::Live), (organization, Environment::Test));
        for _ in 0..COUNT_MAX {
            memories.create(live, None, "x".to_owned(), Map::new()).unwrap();
        }
        assert_eq!(memories.create(live, None, "x".to_owned(), Map::new()), Err(Refused::Full));
        let id = memories.create(test, None, "x".repeat(BYTES_MAX / 2), Map::new()).unwrap().id;
        assert_eq!(memories.create(test, None, "x".repeat(BYTES_MAX / 2), Map::new()), Err(Refused::Full));
        assert_eq!(memories.change(test, &id, Some("x".repeat(BYTES_MAX)), None), Err(Refused::Full));
        assert_eq!(memories.get(live, &id), Err(Refused::Unknown));
        memories.forget(test, &id).unwrap();
        memories.create(test, Some("mine".to_owned()), "x".repeat(BYTES_MAX / 2), Map::new()).unwrap();
        assert_eq!(memories.create(test, Some("mine".to_owned()), String::new(), Map::new()), Err(Refused::Taken));
    }
}
