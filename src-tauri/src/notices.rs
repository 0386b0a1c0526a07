//! Notices of the system. Where it has no service for them, nothing is shown and nothing is held up.

use keydeck_console::ports::{Clicked, Notices, SystemNotice};
use tokio::sync::mpsc;

/// So many wait to be shown; the rest are dropped.
const WAITING_MAX: usize = 32;

/// The system's own service.
pub struct SystemNotices {
    waiting: mpsc::Sender<(SystemNotice, Clicked)>,
}

/// Brings the window to the front.
pub type Forward = Box<dyn Fn() + Send + Sync>;

impl SystemNotices {
    /// Shows what it is given from now on, by the session's bus or the one at this address. Nothing is
    /// connected before there is something to show.
    #[must_use]
    pub fn start(bus: Option<String>, forward: Forward) -> Self {
        let (waiting, taken) = mpsc::channel(WAITING_MAX);
        tauri::async_runtime::spawn(system::show_all(bus, taken, forward));
        Self { waiting }
    }
}

impl Notices for SystemNotices {
    fn show(&self, notice: SystemNotice, clicked: Clicked) {
        if self.waiting.try_send((notice, clicked)).is_err() {
            tracing::debug!("a notice was dropped: many wait");
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::{BTreeMap, HashMap};
    use std::future::poll_fn;

    use keydeck_console::ports::{Clicked, SystemNotice};
    use tokio::sync::mpsc;
    use zbus::export::futures_core::Stream;
    use zbus::message::Type;
    use zbus::zvariant::Value;
    use zbus::{Connection, MatchRule, Message, MessageStream};

    use super::Forward;

    const SERVICE: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// So many can still be clicked; the oldest one is forgotten first.
    const CLICKABLE_MAX: usize = 64;
    /// The action of a click on the notice itself, and its name where it is shown as a button.
    const ACTIONS: [&str; 2] = ["default", "Show"];

    /// A connection to the service, and the notices that can be clicked.
    struct Service {
        connection: Connection,
        signals: MessageStream,
        markup: bool,
        clickable: BTreeMap<u32, Clicked>,
    }

    pub async fn show_all(bus: Option<String>, mut waiting: mpsc::Receiver<(SystemNotice, Clicked)>, forward: Forward) {
        while let Some((notice, clicked)) = waiting.recv().await {
            let service = match Service::connect(bus.as_deref()).await {
                Ok(mut service) => service.show(&notice, clicked).await.map(|()| service),
                Err(error) => Err(error),
            };
            let ended = match service {
                Ok(mut service) => service.serve(&mut waiting, &forward).await,
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a notice could not be shown");
            }
        }
    }

    impl Service {
        async fn connect(bus: Option<&str>) -> zbus::Result<Self> {
            let connection = match bus {
                Some(address) => zbus::connection::Builder::address(address)?.build().await?,
                None => Connection::session().await?,
            };
            let rule = MatchRule::builder().msg_type(Type::Signal).sender(SERVICE)?.interface(SERVICE)?.path(PATH)?.build();
            let signals = MessageStream::for_match_rule(rule, &connection, Some(CLICKABLE_MAX)).await?;
            let can = connection.call_method(Some(SERVICE), PATH, Some(SERVICE), "GetCapabilities", &()).await?;
            let can: Vec<String> = can.body().deserialize()?;
            let markup = can.iter().any(|one| one == "body-markup");
            Ok(Self { connection, signals, markup, clickable: BTreeMap::new() })
        }

        /// Shows what comes and hears of clicks, until the bus is gone.
        async fn serve(&mut self, waiting: &mut mpsc::Receiver<(SystemNotice, Clicked)>, forward: &Forward) -> zbus::Result<()> {
            loop {
                tokio::select! {
                    next = waiting.recv() => match next {
                        Some((notice, clicked)) => self.show(&notice, clicked).await?,
                        None => return Ok(()),
                    },
                    signal = poll_fn(|cx| Pin::new(&mut self.signals).poll_next(cx)) => match signal {
                        Some(signal) => self.hear(&signal?, forward)?,
                        None => return Ok(()),
                    },
                }
            }
        }

        async fn show(&mut self, notice: &SystemNotice, clicked: Clicked) -> zbus::Result<()> {
            let text = if self.markup { escaped(&notice.text) } else { notice.text.clone() };
            let hints = HashMap::from([("desktop-entry", Value::from("Keydeck"))]);
            // The name that its icon is installed by, and as long as the system shows any notice.
            let body = ("Keydeck", 0_u32, "keydeck-desktop", notice.title.as_str(), text, ACTIONS.as_slice(), hints, -1_i32);
            let answer = self.connection.call_method(Some(SERVICE), PATH, Some(SERVICE), "Notify", &body).await?;
            self.clickable.insert(answer.body().deserialize()?, clicked);
            if self.clickable.len() > CLICKABLE_MAX {
                self.clickable.pop_first();
            }
            Ok(())
        }

        /// Signals of other programs' notices come here as well: their numbers are not ours.
        fn hear(&mut self, signal: &Message, forward: &Forward) -> zbus::Result<()> {
            let header = signal.header();
            match header.member().map(|member| member.as_str()) {
                Some("ActionInvoked") => {
                    let (number, action): (u32, String) = signal.body().deserialize()?;
                    if action == ACTIONS[0]
                        && let Some(clicked) = self.clickable.remove(&number)
                    {
                        forward();
                        clicked();
                    }
                }
                Some("NotificationClosed") => {
                    let (number, _reason): (u32, u32) = signal.body().deserialize()?;
                    self.clickable.remove(&number);
                }
                _ => {}
            }
            Ok(())
        }
    }

    /// Names can hold what the service would take for markup.
    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use keydeck_console::ports::{Clicked, SystemNotice};
    use tokio::sync::mpsc;

    use super::Forward;

    /// There is none here yet: the window itself tells of alerts.
    pub async fn show_all(_bus: Option<String>, mut waiting: mpsc::Receiver<(SystemNotice, Clicked)>, _forward: Forward) {
        while waiting.recv().await.is_some() {}
    }
}
