//! A small service that stands for what Azen protects: memories, in memory, of each organization apart.
//!
//! Azen: "Memories are isolated per organization". The document gives no shape: ours.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use keydeck_domain::OrganizationId;
use serde::Serialize;
use uuid::Uuid;

/// Most memories of an organization: then the oldest goes.
const MOST: usize = 200;
/// Longest text, in characters.
pub(super) const TEXT_MAX: usize = 2_000;

/// One memory.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Memory {
    id: Uuid,
    text: String,
    created_at: String,
}

/// Those of every organization. There are as many organizations as a server takes, so this stays small.
#[derive(Default)]
pub(super) struct Memories(Mutex<HashMap<OrganizationId, VecDeque<Memory>>>);

impl Memories {
    pub(super) fn of(&self, organization: OrganizationId) -> Vec<Memory> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&organization).map(|memories| memories.iter().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn add(&self, organization: OrganizationId, text: String, created_at: String) -> Memory {
        let memory = Memory { id: Uuid::now_v7(), text, created_at };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let memories = all.entry(organization).or_default();
        memories.push_back(memory.clone());
        if memories.len() > MOST {
            memories.pop_front();
        }
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_fit() {
        let (memories, a, b) = (Memories::default(), OrganizationId::generate(), OrganizationId::generate());
        for number in 0..=MOST {
            memories.add(a, number.to_string(), String::new());
        }
        let texts: Vec<String> = memories.of(a).into_iter().map(|memory| memory.text).collect();
        assert_eq!((texts.len(), texts[0].as_str(), texts[MOST - 1].as_str()), (MOST, "1", "200"));
        assert!(memories.of(b).is_empty());
    }
}
