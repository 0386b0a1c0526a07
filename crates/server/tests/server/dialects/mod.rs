//! The other systems' contracts, as their clients see them. Each sentence of a system's document that says what a
//! server or a client does is quoted where it is tested; docs/systems.md is the table.

mod azen;
mod azerion;
mod azotte;
mod elizaos;
mod elizaos_open;
mod limited;
pub mod made;
mod memory_api;
mod memory_api_keys;
mod memory_api_limits;
mod memory_api_memories;
mod memory_api_signup;
mod memory_api_usage;
