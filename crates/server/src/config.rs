//! What a server is told before it starts. Each environment variable that leads here is documented
//! where the binary reads it.

use std::path::PathBuf;
use std::time::Duration;

use crate::web::proxies::Proxies;
use crate::webhooks::Networks;

/// All that a server needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database and its lock lie.
    pub data_dir: PathBuf,
    /// The proxies that end TLS in front. Of them alone `X-Forwarded-For` is believed; where one does not
    /// send it, sign-in is slowed per account alone, and keys that are bound to addresses are refused at
    /// `/v1/self`. Who else comes in the clear, from another machine, is turned away.
    pub proxies: Proxies,
    /// Bounds on connections and requests.
    pub limits: Limits,
    /// The values of `Host` that are answered; `None` answers any.
    pub allowed_hosts: Option<Vec<String>>,
    /// How long a session lives without use.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_absolute: Duration,
    /// How long an invitation can be accepted.
    pub invitation_life: Duration,
    /// How often the times of last use are written.
    pub flush_interval: Duration,
    /// How usage is counted.
    pub counting: Counting,
    /// How sign-in is slowed.
    pub sign_in: SignInLimits,
    /// How much work a password is.
    pub password_cost: PasswordCost,
    /// How long a request waits for the database before it is answered with 503.
    pub database_wait: Duration,
    /// How often what was counted is looked through for alerts.
    pub alerts_every: Duration,
    /// How messages are sent to webhooks.
    pub webhooks: WebhookConfig,
    /// Whether strangers may make an organization of their own, where a dialect documents it.
    pub sign_up: bool,
    /// Whether callers from this machine need no key below `/elizaos`, as of an ElizaOS server without a token. From
    /// elsewhere a key is needed all the same.
    pub elizaos_open: bool,
}

/// How messages are sent to webhooks.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// Networks that may be reached although they are not public.
    pub networks: Networks,
    /// A PEM file of authorities that are trusted beside those of the system.
    pub authority: Option<PathBuf>,
    /// How long one attempt may take, from the look-up of the name to the answer.
    pub limit: Duration,
    /// The pauses after which a message that was not taken is sent again. After the last it is given up.
    pub pauses: Vec<Duration>,
}

/// How usage is counted, and how long it is kept.
#[derive(Clone, Debug)]
pub struct Counting {
    /// How often counts are written: what a crash can lose.
    pub flush: Duration,
    /// How many days the hours of each key and route are kept; at least [`Counting::HOURS_DAYS_MIN`].
    pub keep_hours_days: u32,
    /// How many days the roll-ups are kept, which are the figures of older days and months; for ever unless
    /// told. Never less than the hours.
    pub keep_days: Option<u32>,
}

impl Counting {
    /// The fewest days that hours are kept: longer than minutes.
    pub const HOURS_DAYS_MIN: u32 = 3;
}

impl Default for Counting {
    fn default() -> Self {
        Self { flush: Duration::from_secs(1), keep_hours_days: 90, keep_days: None }
    }
}

/// Bounds on connections and requests.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A connection whose request head is not complete by then is closed.
    pub header_timeout: Duration,
    /// A body that is not complete by then is refused.
    pub body_timeout: Duration,
    /// Largest body, in bytes.
    pub body_bytes: usize,
    /// Most connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long the server, told to stop, still takes requests while `/readyz` says that it is not ready
    /// and every answer ends its connection: time for a load balancer to send them elsewhere.
    pub shutdown_delay: Duration,
    /// How long open requests may take after the listener is closed.
    pub drain: Duration,
    /// Most passwords that are hashed at once: each takes 19 MiB and a core.
    pub password_hashes: usize,
}

/// How sign-in is slowed, for an account and for an address alike.
#[derive(Clone, Debug)]
pub struct SignInLimits {
    /// Failures that cost nothing.
    pub free_failures: u32,
    /// The wait after the first failure beyond them; each further one doubles it.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Accounts and addresses that are remembered, each.
    pub remembered: usize,
}

/// How much work it is to hash a password with Argon2id. Less than the default is for tests alone: it
/// is also how much work a guess is for a thief of the database.
#[derive(Clone, Copy, Debug)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// OWASP's recommendation: 19 MiB and two passes.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

impl Config {
    /// The defaults, with the data in this folder.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            proxies: Proxies::default(),
            limits: Limits::default(),
            allowed_hosts: None,
            session_idle: Duration::from_secs(30 * 24 * 3600),
            session_absolute: Duration::from_secs(90 * 24 * 3600),
            invitation_life: Duration::from_secs(7 * 24 * 3600),
            flush_interval: Duration::from_secs(10),
            counting: Counting::default(),
            sign_in: SignInLimits::default(),
            password_cost: PasswordCost::default(),
            database_wait: Duration::from_secs(5),
            alerts_every: Duration::from_secs(60),
            webhooks: WebhookConfig::default(),
            sign_up: false,
            elizaos_open: false,
        }
    }
}

impl Default for WebhookConfig {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        let pauses = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * 60 * MINUTE, 12 * 60 * MINUTE];
        Self {
            networks: Networks::default(),
            authority: None,
            limit: Duration::from_secs(10),
            pauses: pauses.map(Duration::from_secs).to_vec(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            body_bytes: 64 * 1024,
            connections: 4096,
            shutdown_delay: Duration::ZERO,
            drain: Duration::from_secs(10),
            password_hashes: 2,
        }
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self { free_failures: 5, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(300), remembered: 10_000 }
    }
}
