//! Flags and environment variables. Each is documented here, where it is read, and so in `--help`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use keydeck_domain::{Dialect, Email, Name, OrganizationId, Prefix, Role, TenantId};
use keydeck_server::config::Counting;
use keydeck_server::demo;
use keydeck_server::tls::TlsFiles;
use keydeck_server::{Networks, Proxies};

/// A key server: issues, verifies and revokes API keys.
///
/// Begin with `keydeck-server serve`: it sets up what is missing and tells a token, with which Keydeck
/// claims the server. `keydeck-server init` does the same without a window. Passwords are asked for on
/// the terminal, or read as one line from standard input; no flag or variable takes one.
#[derive(Parser)]
#[command(version, subcommand_required = false)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Serve,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Answer requests until SIGTERM or SIGINT; then finish those that are open and stop.
    Serve(Serve),
    /// Set up a fresh server: pepper, database, the first person and their organization.
    Init(Init),
    /// Organizations, each of one dialect: whose contract its keys follow. The server must not be running.
    #[command(subcommand)]
    Organization(Organization),
    /// Members of an organization. The server must not be running.
    #[command(subcommand)]
    Member(Member),
    /// Verifiers: credentials that can ask whether a key is good. The server must not be running.
    #[command(subcommand)]
    Verifier(Verifier),
    /// Passwords. The server must not be running.
    #[command(subcommand)]
    Password(PasswordCommand),
    /// Copy the database into a new file, also while the server runs. The pepper is not in it: keep it
    /// elsewhere.
    Backup(Backup),
    /// Put a backup in the place of the database, after checking all of it. The server must not be
    /// running. What is there now is kept under another name.
    ///
    /// A revoke is final: keys and verifiers that were revoked since the backup are revoked again, and listed;
    /// who is a member again is listed as well. Where there is no database of before, that can't be known: then
    /// look through keys, verifiers and members.
    Restore(Restore),
    /// Look whether all is well: configuration, database, pepper, clock, audit logs, backup. Can be
    /// asked while the server runs; changes nothing. Ends with 1 where something is ill.
    Doctor(Doctor),
    /// Tell how much was verified for each organization, and how it ended; what names no key is unattributed.
    /// Can be asked while the server runs; changes nothing.
    Usage(Usage),
    /// Fill an empty data folder with an organization to look at: people, keys, and a year of traffic, all of
    /// it made up. Nobody knows a secret of its keys; the owner's password is asked for.
    Demo(Demo),
}

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// What can't be understood, or is not to be done but shown, as `--help` is.
    pub(crate) fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(line)?;
        if let Some(name) = matches.subcommand_name() {
            // It would be taken for the command's and not heeded.
            let given = |argument: &&Arg| matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
            let own = command.get_arguments().filter(|argument| !argument.is_global_set());
            let stray: Option<String> = own.filter(given).map(ToString::to_string).next();
            if let Some(stray) = stray {
                let why = format!("'{stray}' is no option of every command: write it behind '{name}', where it takes it");
                return Err(command.error(ErrorKind::ArgumentConflict, why));
            }
        }
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// Where the data lie. Can be told before the command as well as behind it.
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// The folder of the database. Made with mode 0700 where it is missing.
    #[arg(long, global = true, env = "KEYDECK_DATA_DIR", default_value = "keydeck-data")]
    pub(crate) data_dir: PathBuf,
    /// The file with the pepper, mode 0600: 64 hexadecimal digits without which the database proves
    /// nothing. Keep a copy where backups of the database are not.
    #[arg(long, global = true, env = "KEYDECK_PEPPER_FILE", default_value = "keydeck-pepper")]
    pub(crate) pepper_file: PathBuf,
    /// What is logged, as JSON lines on standard error: a level, or levels by module
    /// (`info,sqlx=warn`).
    #[arg(long, global = true, env = "KEYDECK_LOG", default_value = "info")]
    pub(crate) log: String,
}

#[derive(Args, Clone)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where to listen. Another address than loopback needs `--tls-certificate` or `--behind-proxy`: keys
    /// must not cross a network in the clear.
    #[arg(long, env = "KEYDECK_LISTEN", default_value = "127.0.0.1:8300")]
    pub(crate) listen: SocketAddr,
    /// The certificate with which the server speaks https itself, as PEM, followed by those that lead to
    /// its authority. Looked at every ten seconds and on SIGHUP: a renewed one needs no restart.
    #[arg(long, env = "KEYDECK_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key, as PEM, mode 0600, or 0640 for a group of its own.
    #[arg(long, env = "KEYDECK_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The proxies that end TLS in front: addresses or ranges, separated by commas. What they say in
    /// `X-Forwarded-For` is where a caller comes from; nobody else is believed, and who comes past them
    /// from another machine in the clear is turned away.
    #[arg(long, env = "KEYDECK_BEHIND_PROXY", value_name = "ADDRESSES")]
    pub(crate) behind_proxy: Option<Proxies>,
    /// How many seconds the server, told to stop, still takes requests while `/readyz` answers 503, so that
    /// a load balancer sends them elsewhere. Give more than the balancer takes to notice.
    #[arg(long, env = "KEYDECK_SHUTDOWN_DELAY", default_value_t = 1)]
    pub(crate) shutdown_delay: u64,
    /// A value of `Host` that is answered, with its port if it has one; several are separated by
    /// commas. Without any, every `Host` is answered.
    #[arg(long = "allowed-host", env = "KEYDECK_ALLOWED_HOSTS", value_delimiter = ',', value_parser = super::reach::host)]
    pub(crate) allowed_hosts: Vec<String>,
    /// Networks that webhooks may lead to although they are not public: addresses or ranges, separated by
    /// commas. Without any, a webhook reaches public addresses alone.
    #[arg(long, env = "KEYDECK_WEBHOOK_NETWORKS", value_name = "ADDRESSES")]
    pub(crate) webhook_networks: Option<Networks>,
    /// Authorities that are trusted beside the system's when a webhook is called: a PEM file.
    #[arg(long, env = "KEYDECK_WEBHOOK_CA", value_name = "FILE")]
    pub(crate) webhook_ca: Option<PathBuf>,
    /// Let strangers make an organization of their own at `/memory-api/signup`. Nobody looks whether the e-mail
    /// address is theirs.
    #[arg(long, env = "KEYDECK_SIGN_UP")]
    pub(crate) sign_up: bool,
    /// Ask callers below `/elizaos` for no key, as an ElizaOS server without a token does. Only of a server that
    /// listens on loopback and has no proxy in front: it would be open to everybody.
    #[arg(long, env = "KEYDECK_ELIZAOS_OPEN")]
    pub(crate) elizaos_open: bool,
    /// How often counts of usage are written, in milliseconds: what was verified since is not counted after
    /// a crash. A server that is stopped writes all.
    #[arg(long, env = "KEYDECK_USAGE_FLUSH", value_name = "MILLISECONDS", default_value_t = 1_000,
        value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub(crate) usage_flush: u64,
    /// How many days the hours of each key and route are kept. Older figures are days and months.
    #[arg(long, env = "KEYDECK_USAGE_KEEP_HOURS", value_name = "DAYS", default_value_t = 90,
        value_parser = clap::value_parser!(u32).range(i64::from(Counting::HOURS_DAYS_MIN)..=3_650))]
    pub(crate) usage_keep_hours: u32,
    /// How many days figures of usage are kept at all; never fewer than their hours. For ever unless told.
    #[arg(long, env = "KEYDECK_USAGE_KEEP_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(31..))]
    pub(crate) usage_keep_days: Option<u32>,
}

impl Serve {
    /// Where the certificate is, if the server is to speak https itself.
    pub(crate) fn tls_files(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key })
    }

    /// How usage is counted.
    pub(crate) fn counting(&self) -> Counting {
        Counting {
            flush: Duration::from_millis(self.usage_flush),
            keep_hours_days: self.usage_keep_hours,
            keep_days: self.usage_keep_days,
        }
    }

    /// The proxies in front; none where an empty text was given.
    pub(crate) fn proxies(&self) -> Proxies {
        self.behind_proxy.clone().unwrap_or_default()
    }
}

#[derive(Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) place: Place,
    /// What the first person signs in with.
    #[arg(long)]
    pub(crate) email: Email,
    /// What the first person is called; the e-mail address where absent.
    #[arg(long)]
    pub(crate) name: Option<Name>,
    /// The organization that this person owns.
    #[arg(long)]
    pub(crate) organization: Name,
    /// What the organization's keys begin with.
    #[arg(long, default_value = "kd")]
    pub(crate) prefix: Prefix,
}

#[derive(Subcommand)]
pub(crate) enum Organization {
    /// Make a further organization and write its id to standard output.
    Add(OrganizationAdd),
}

#[derive(Args)]
pub(crate) struct OrganizationAdd {
    #[command(flatten)]
    pub(crate) place: Place,
    /// What people call it.
    pub(crate) name: Name,
    /// Whose contract its keys follow, for good: keydeck, azen, memory-api, elizaos, azotte or azerion.
    #[arg(long, default_value = "keydeck")]
    pub(crate) dialect: Dialect,
    /// What the dialect's tenant header names it by (Azotte's `x-tn`); one is made where it is left out.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// What its keys begin with, where the dialect lets that be chosen: in Keydeck's own.
    #[arg(long, default_value = "kd")]
    pub(crate) prefix: Prefix,
    /// Who owns it: somebody who signs in here already. Where it is left out, the only person of this server.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) owner: Option<Email>,
}

#[derive(Subcommand)]
pub(crate) enum Member {
    /// Make somebody a member, or give a member another role. Who is new gets a password.
    Add(MemberAdd),
}

#[derive(Args)]
pub(crate) struct MemberAdd {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The organization's id, as `init` wrote it.
    #[arg(long, value_parser = organization)]
    pub(crate) organization: OrganizationId,
    /// What the member signs in with.
    #[arg(long)]
    pub(crate) email: Email,
    /// What a new person is called; the e-mail address where absent.
    #[arg(long)]
    pub(crate) name: Option<Name>,
    /// owner, admin, member or viewer.
    #[arg(long, default_value = "member")]
    pub(crate) role: Role,
}

#[derive(Subcommand)]
pub(crate) enum Verifier {
    /// Make a verifier and write its secret to standard output, this once.
    Add(VerifierAdd),
}

#[derive(Args)]
pub(crate) struct VerifierAdd {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The organization's id. Where it is left out, the one organization that `--by` belongs to.
    #[arg(long, value_parser = organization)]
    pub(crate) organization: Option<OrganizationId>,
    /// Which service it is for.
    #[arg(long)]
    pub(crate) name: Name,
    /// In whose name it is made.
    #[arg(long)]
    pub(crate) by: Email,
}

#[derive(Subcommand)]
pub(crate) enum PasswordCommand {
    /// Give somebody another password, and end every session of theirs.
    Set(PasswordSet),
}

#[derive(Args)]
pub(crate) struct PasswordSet {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Whose.
    #[arg(long)]
    pub(crate) email: Email,
}

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The new file, mode 0600. One that is there is never written over.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The backup.
    #[arg(long)]
    pub(crate) from: PathBuf,
}

#[derive(Args)]
pub(crate) struct Usage {
    #[command(flatten)]
    pub(crate) place: Place,
    /// From this day on (2026-11-01, in UTC); the thirty days up to `--to` where absent.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<NaiveDate>,
    /// Up to this day, which counts as well; today where absent.
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<NaiveDate>,
}

#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) serve: Serve,
}

#[derive(Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) place: Place,
    /// What the owner signs in with.
    #[arg(long, default_value = "ada@example.org")]
    pub(crate) email: Email,
    /// What the owner is called.
    #[arg(long, default_value = "Ada Winter")]
    pub(crate) name: Name,
    /// How many keys there are.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(demo::KEYS_MAX)))]
    pub(crate) keys: u32,
    /// How many days are counted.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=i64::from(demo::DAYS_MAX)))]
    pub(crate) days: u32,
    /// Up to when, as RFC 3339 writes it (2026-11-22T10:15:00Z); now where absent.
    #[arg(long)]
    pub(crate) until: Option<DateTime<Utc>>,
    /// What all of it is made up from: the same number and the same --until give the same figures.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// An organization's id, or what to write instead of what was written.
fn organization(text: &str) -> Result<OrganizationId, &'static str> {
    text.parse().map_err(
        |_| "it takes an organization's id, as `init` wrote it: 36 characters such as 01a2021c-aa53-77f8-8960-7128569a9cc6",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, ErrorKind> {
        Arguments::read(line.split(' ').map(OsString::from)).map_err(|error| error.kind())
    }

    /// Where the command that is read looks for the pepper and the data.
    fn place(line: &str) -> (PathBuf, PathBuf) {
        let arguments = read(line).unwrap_or_else(|kind| panic!("{line}: {kind}"));
        let place = match arguments.command {
            None => arguments.serve.place,
            Some(command) => super::super::place(&command).clone(),
        };
        (place.pepper_file, place.data_dir)
    }

    #[test]
    fn where_the_data_lie_is_told_before_the_command_or_behind_it() {
        let told = ("P".into(), "D".into());
        for command in
            ["doctor", "serve", "backup --to B", "restore --from B", "usage", "demo", "password set --email ada@example.org"]
        {
            assert_eq!(place(&format!("x --pepper-file P --data-dir D {command}")), told, "{command}");
            assert_eq!(place(&format!("x {command} --pepper-file P --data-dir D")), told, "{command}");
            assert_eq!(place(&format!("x --data-dir D {command} --pepper-file P")), told, "{command}");
            // What is nearer to it counts.
            assert_eq!(place(&format!("x --pepper-file Q --data-dir D {command} --pepper-file P")), told, "{command}");
        }
        assert_eq!(place("x password --pepper-file P set --data-dir D --email ada@example.org"), told);
        assert_eq!(place("x --pepper-file P --listen 127.0.0.1:1 --data-dir D"), told);
    }

    #[test]
    fn an_option_of_one_command_is_not_passed_over_before_it() {
        assert_eq!(read("x --listen 127.0.0.1:1 doctor").err(), Some(ErrorKind::ArgumentConflict));
        assert_eq!(read("x --listen 127.0.0.1:1 backup --to B").err(), Some(ErrorKind::ArgumentConflict));
        let Ok(Arguments { command: Some(Command::Doctor(doctor)), .. }) = read("x doctor --listen 127.0.0.1:1") else {
            panic!("it is an option of doctor");
        };
        assert_eq!(doctor.serve.listen.port(), 1);
    }

    #[test]
    fn the_flags_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_flag_or_variable_takes_a_secret() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(!["password", "secret", "token", "pepper"].contains(&id), "{id}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}
