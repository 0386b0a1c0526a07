//! Programs that a test starts, each in a process group of its own, which is ended with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A running program; ended when it is dropped, with all that it started.
pub struct Program {
    child: Child,
    name: String,
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    /// Where the program isn't installed.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { child, name }
    }

    /// Starts it and gives the first line that it prints, which says that it is ready.
    ///
    /// # Panics
    /// Where it ends without a line.
    #[must_use]
    pub fn start_and_hear(command: &mut Command) -> (Self, String) {
        let (program, lines) = Self::start_and_listen(command);
        let first = lines.recv().unwrap_or_else(|_| panic!("{} ended without a word", program.name));
        (program, first)
    }

    /// Starts it and gives every line that it prints, as it comes.
    ///
    /// # Panics
    /// Where the program isn't installed.
    #[must_use]
    pub fn start_and_listen(command: &mut Command) -> (Self, Receiver<String>) {
        let mut program = Self::start(command.stdout(Stdio::piped()));
        let output = program.child.stdout.take().expect("it is piped");
        let (hand, lines) = channel();
        // Read to the end, heard or not, so that it never waits for somebody to take what it prints.
        std::thread::spawn(move || BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(hand.send(line))));
        (program, lines)
    }

    /// The standard input, once.
    pub fn input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// Where it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the program ends", || child.try_wait().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).expect("process ids are small");
        signal(-group, libc::SIGTERM);
        let deadline = Instant::now() + Duration::from_secs(3);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        // What is left of the group, if anything is: the leader may end before its children.
        signal(-group, libc::SIGKILL);
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process, or to a group (negative).
#[allow(unsafe_code, reason = "there is no other way to end a process group")]
pub fn signal(process: i32, signal: i32) {
    // SAFETY: a system call on plain numbers; a process that is gone is an error that is of no interest.
    unsafe { libc::kill(process, signal) };
}

/// Whether a process is there.
#[must_use]
pub fn lives(process: u32) -> bool {
    // A zombie has ended, though its number is still taken.
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with('Z')))
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// Where there is none after a minute: `what` says for what it waited.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
