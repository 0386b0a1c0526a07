//! Notices, on a bus of their own with a service that notes what it is asked for.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use keydeck_console::ports::{Notices, SystemNotice};
use keydeck_desktop::SystemNotices;
use tokio::sync::{mpsc, watch};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, interface};

const PATH: &str = "/org/freedesktop/Notifications";

struct Bus {
    address: String,
    daemon: Child,
}

impl Bus {
    fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { address: address.trim().to_owned(), daemon }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Shown {
    application: String,
    title: String,
    text: String,
    actions: Vec<String>,
}

struct Service {
    shown: watch::Sender<Vec<Shown>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "body-markup".to_owned(), "actions".to_owned()]
    }

    #[expect(clippy::too_many_arguments, reason = "the interface of every desktop")]
    fn notify(
        &self,
        application: String,
        _replaces: u32,
        _icon: String,
        title: String,
        text: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _time: i32,
    ) -> u32 {
        let mut number = 0;
        self.shown.send_modify(|shown| {
            shown.push(Shown { application, title, text, actions });
            number = u32::try_from(shown.len()).unwrap();
        });
        number
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, number: u32, action: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, number: u32, reason: u32) -> zbus::Result<()>;
}

async fn serve(bus: &Bus) -> (Connection, watch::Receiver<Vec<Shown>>) {
    let (shown, look) = watch::channel(Vec::new());
    let connection = zbus::connection::Builder::address(bus.address.as_str())
        .unwrap()
        .name("org.freedesktop.Notifications")
        .unwrap()
        .serve_at(PATH, Service { shown })
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, look)
}

fn notice(title: &str) -> SystemNotice {
    SystemNotice { title: title.to_owned(), text: "Billing <b>& more</b>".to_owned() }
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("it came")
}

#[tokio::test]
async fn a_notice_is_shown_and_its_click_leads_to_its_place() {
    let bus = Bus::start();
    let (service, mut shown) = serve(&bus).await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let told = Arc::new(told);
    let forward = Arc::clone(&told);
    let notices = SystemNotices::start(Some(bus.address.clone()), Box::new(move || forward.send("forward").unwrap()));
    for title in ["first", "second"] {
        let told = Arc::clone(&told);
        notices.show(notice(title), Box::new(move || told.send(title).unwrap()));
    }
    let both = soon(shown.wait_for(|shown| shown.len() == 2)).await.unwrap().clone();
    let expected = |title: &str| Shown {
        application: "Keydeck".to_owned(),
        title: title.to_owned(),
        // A name is no markup.
        text: "Billing &lt;b&gt;&amp; more&lt;/b&gt;".to_owned(),
        actions: vec!["default".to_owned(), "Show".to_owned()],
    };
    assert_eq!(both, [expected("first"), expected("second")]);

    let emitter = SignalEmitter::new(&service, PATH).unwrap();
    // Closed, somebody else's, another action: none of them is a click on ours.
    Service::notification_closed(&emitter, 1, 2).await.unwrap();
    Service::action_invoked(&emitter, 1, "default").await.unwrap();
    Service::action_invoked(&emitter, 77, "default").await.unwrap();
    Service::action_invoked(&emitter, 2, "inline-reply").await.unwrap();
    Service::action_invoked(&emitter, 2, "default").await.unwrap();
    assert_eq!(soon(heard.recv()).await, Some("forward"));
    assert_eq!(soon(heard.recv()).await, Some("second"));
    // Once: what is clicked again leads nowhere, and the next notice is shown all the same.
    Service::action_invoked(&emitter, 2, "default").await.unwrap();
    notices.show(notice("third"), Box::new(|| {}));
    soon(shown.wait_for(|shown| shown.len() == 3)).await.unwrap();
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn without_a_service_nothing_is_held_up_and_a_later_one_is_found() {
    let bus = Bus::start();
    let notices = SystemNotices::start(Some(bus.address.clone()), Box::new(|| {}));
    let (told, mut dropped) = mpsc::unbounded_channel::<()>();
    for _ in 0..200 {
        let told = told.clone();
        notices.show(notice("lost"), Box::new(move || drop(told)));
    }
    drop(told);
    // All of them were let go of: none waits for ever.
    assert_eq!(soon(dropped.recv()).await, None);
    let (_service, mut shown) = serve(&bus).await;
    notices.show(notice("found"), Box::new(|| {}));
    let shown = soon(shown.wait_for(|shown| !shown.is_empty())).await.unwrap().clone();
    assert_eq!(shown[0].title, "found");
}
