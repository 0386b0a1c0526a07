//! The program: mends the environment, then opens the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all, while there is one thread: it may replace this process by itself.
    match keydeck_desktop::environment::mend() {
        Ok(()) => keydeck_desktop::run(),
        // What is shipped takes no automation: rather no window than one that somebody else drives.
        Err(_) => ExitCode::FAILURE,
    }
}
