//! What the program does: one function a command.

pub(crate) mod arguments;
mod claiming;
mod counting;
mod demonstrating;
mod keeping;
mod prompt;
mod reach;
mod readiness;
mod serving;
mod setting_up;

use std::error::Error;
use std::io::{ErrorKind, Write};

use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Command, Member, Organization, PasswordCommand, Place, Verifier};

/// What is told to the person at the terminal.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Outcome {
    let command = arguments.command.unwrap_or(Command::Serve(arguments.serve));
    log_to_stderr(&place(&command).log)?;
    keydeck_server::panics::log_place_alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(serve) => serving::serve(serve).await,
            Command::Init(init) => setting_up::init(init).await,
            Command::Organization(Organization::Add(add)) => setting_up::add_organization(add).await,
            Command::Member(Member::Add(add)) => setting_up::add_member(add).await,
            Command::Verifier(Verifier::Add(add)) => setting_up::add_verifier(add).await,
            Command::Password(PasswordCommand::Set(set)) => setting_up::set_password(set).await,
            Command::Backup(backup) => keeping::backup(backup).await,
            Command::Restore(restore) => keeping::restore(restore).await,
            Command::Doctor(doctor) => keeping::doctor(doctor).await,
            Command::Usage(usage) => counting::usage(usage).await,
            Command::Demo(demo) => demonstrating::demo(demo).await,
        }
    })
}

fn place(command: &Command) -> &Place {
    match command {
        Command::Serve(serve) => &serve.place,
        Command::Init(init) => &init.place,
        Command::Organization(Organization::Add(add)) => &add.place,
        Command::Member(Member::Add(add)) => &add.place,
        Command::Verifier(Verifier::Add(add)) => &add.place,
        Command::Password(PasswordCommand::Set(set)) => &set.place,
        Command::Backup(backup) => &backup.place,
        Command::Restore(restore) => &restore.place,
        Command::Doctor(doctor) => &doctor.serve.place,
        Command::Usage(usage) => &usage.place,
        Command::Demo(demo) => &demo.place,
    }
}

/// JSON lines: a control character in a value can't begin a line or colour a terminal.
fn log_to_stderr(filter: &str) -> Outcome {
    let filter = EnvFilter::builder().parse(filter)?;
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}

/// Writes a line for the person at the terminal, or the program that reads it.
pub(crate) fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        // Who reads only the first lines, as `head` does, has all that he wanted.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
