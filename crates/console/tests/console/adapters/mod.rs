//! What every adapter must do, whatever system it speaks to, and the table of what each can.

mod better_auth;
mod keydeck;
pub mod suite;
mod table;
mod taken_in;
