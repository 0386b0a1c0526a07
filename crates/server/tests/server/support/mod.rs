//! What the tests stand on: a running server with two organizations and everybody in them, and a
//! client that asks as one of them.

pub mod authority;
pub mod client;
pub mod database;
pub mod keys;
pub mod log;
pub mod process;
pub mod proxies;
pub mod raw;
pub mod receiver;
pub mod world;

pub use authority::Authority;
pub use client::{Answer, As};
pub use keys::{new_key, passed, register, soon};
pub use log::Log;
pub use receiver::Receiver;
pub use world::World;
