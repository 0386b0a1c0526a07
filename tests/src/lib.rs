//! A desktop of its own for each test: home folder, session bus, keychain, display and WebDriver,
//! all ended with it. What is seen through it is the real program in the real WebKit.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

pub mod asking;
pub mod authority;
pub mod axe;
pub mod canary;
pub mod close;
pub mod desktop;
pub mod keyserver;
pub mod machine;
pub mod page;
pub mod pictures;
pub mod port;
pub mod process;
pub mod screen;
pub mod walk;

pub use desktop::Desktop;
pub use keyserver::KeyServer;
pub use machine::Machine;
