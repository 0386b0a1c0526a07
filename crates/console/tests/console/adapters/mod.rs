//! What every adapter must do, whatever system it speaks to, and the table of what each can.

mod azerion;
mod azotte;
mod better_auth;
mod elizaos;
mod keydeck;
mod memory_api;
mod served;
pub mod suite;
mod table;
mod taken_in;
