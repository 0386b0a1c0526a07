//! What the tests stand on: a running key server, a console on folders of its own, and a network
//! in between that can be told how to fail.

pub mod desk;
pub mod host;
pub mod local;
pub mod proxy;
pub mod world;

pub use desk::{Desk, new_key};
pub use host::{Chosen, Noticed};
pub use local::LocalHost;
pub use proxy::{Act, Proxy};
pub use world::{PASSWORD, World};
