//! The program: mends the environment, shuts its memory off, then opens the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::io::Write;
use std::process::ExitCode;

use keydeck_desktop::{environment, memory};

fn main() -> ExitCode {
    // First of all, while there is one thread: it may replace this process by itself.
    match environment::mend().and_then(|()| memory::keep()) {
        Ok(()) => {
            environment::paint_at_once();
            keydeck_desktop::run()
        }
        // Rather no window than one that somebody else drives or reads.
        Err(error) => {
            // Where standard error is closed there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "keydeck: this system does not let it start safely: {error}");
            ExitCode::FAILURE
        }
    }
}
