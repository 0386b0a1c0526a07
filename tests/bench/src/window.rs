//! The real window against an empty one: time until it can be used, and memory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use fantoccini::ClientBuilder;
use keydeck_tests::desktop::root;
use keydeck_tests::page::{Page, marked};
use keydeck_tests::process::{Program, lives, signal, until};
use keydeck_tests::{Desktop, Machine, pictures::Album, walk::Walk};
use serde_json::json;

use crate::process;
use crate::table::{Row, median};

/// How often each window is started; the first start of each only warms up.
const STARTS: usize = 8;

/// What one start came to.
struct Start {
    milliseconds: f64,
    pss_kib: f64,
}

/// A program with a window, and how to find it.
struct Subject<'a> {
    program: &'a Path,
    bus_name: &'a str,
    /// What must be there before it counts as usable.
    wanted: &'a str,
}

/// Starts both windows in turn on one machine and compares them.
pub async fn compare(keydeck: &Path, empty: &Path) -> Vec<Row> {
    let machine = Machine::start();
    with_a_key(&machine).await;
    let row = marked("key-row");
    let keydeck = Subject { program: keydeck, bus_name: "org.keydeck.desktop.SingleInstance", wanted: &row };
    let empty = Subject { program: empty, bus_name: "org.keydeck.emptywindow.SingleInstance", wanted: "html" };
    let (mut times, mut sizes, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..STARTS {
        let nothing = start(&machine, &empty).await;
        let full = start(&machine, &keydeck).await;
        if round > 0 {
            times.push(full.milliseconds / nothing.milliseconds);
            sizes.push(full.pss_kib / nothing.pss_kib);
            seen.push((full.milliseconds, nothing.milliseconds, full.pss_kib / 1024.0, nothing.pss_kib / 1024.0));
        }
    }
    let middle = |part: fn(&(f64, f64, f64, f64)) -> f64| median(seen.iter().map(part).collect());
    vec![
        Row::new(
            "window interactive (the first key's row takes a click, keychain unlocked) ÷ first paint of an empty window",
            format!("{:.2} ({:.0} ms ÷ {:.0} ms)", median(times), middle(|s| s.0), middle(|s| s.1)),
            "≤ 1.3",
        ),
        Row::new(
            "memory of all its processes (PSS) ÷ the empty window's",
            format!("{:.2} ({:.0} MB ÷ {:.0} MB)", median(sizes), middle(|s| s.2), middle(|s| s.3)),
            "≤ 1.2",
        ),
    ]
}

/// First paint of the list in a window that is signed in to a server with 10 k keys.
pub async fn long_list(keydeck: &Path, server: SocketAddr, credentials: (&str, &str)) -> Row {
    let machine = Machine::start();
    let desktop = Desktop::start(&machine).await;
    desktop.page.press("connect-keydeck").await;
    let address = desktop.page.find("input[inputmode='url']").await;
    address.send_keys(&format!("http://{server}")).await.expect("it takes an address");
    desktop.page.press_at("form button[type='submit']").await;
    let known = "return document.body.innerText.includes('answers at')";
    desktop.page.holds("the server is known", known, vec![], |said| *said == json!(true)).await;
    desktop.page.press_at("form button[type='submit']").await;
    desktop.page.write("signin-email", credentials.0).await;
    desktop.page.write("signin-password", credentials.1).await;
    desktop.page.press("signin-submit").await;
    desktop.page.see("key-row").await;
    desktop.quit().await;
    let row = marked("key-row");
    let subject = Subject { program: keydeck, bus_name: "org.keydeck.desktop.SingleInstance", wanted: &row };
    let mut times = Vec::new();
    for _ in 0..5 {
        times.push(start(&machine, &subject).await.milliseconds);
    }
    Row::new(
        "list of 10 k keys: from the start of the program to the first rows in the window",
        format!("{:.0} ms", median(times)),
        "recorded",
    )
}

/// A key in the local server, so that there is a row to click.
async fn with_a_key(machine: &Machine) {
    let desktop = Desktop::start(machine).await;
    let mut album = Album::new("pictures/bench");
    let mut walk = Walk::new(machine, &desktop, &mut album);
    walk.connect_local().await;
    let mut made = walk.create_and_copy("Billing worker").await;
    walk.try_and_finish(&mut made, "Billing worker").await;
    desktop.quit().await;
}

async fn start(machine: &Machine, subject: &Subject<'_>) -> Start {
    let (port, native) = (keydeck_tests::machine::free_port().to_string(), keydeck_tests::machine::free_port().to_string());
    let mut command = machine.command(driver());
    command.env("LANG", "en_US.UTF-8").env_remove("LC_ALL").args(["--port", &port, "--native-port", &native]);
    let _driver = Program::start(command.stdout(machine.log("driver")).stderr(machine.log("desktop")));
    // The driver hands on to WebKit's own, which it starts itself.
    for port in [&port, &native] {
        until("the driver listens", || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).ok());
    }
    let capabilities = json!({ "browserName": "wry", "tauri:options": { "application": subject.program } });
    let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
    builder.capabilities(capabilities.as_object().expect("it is one").clone());
    let client = builder.connect(&format!("http://127.0.0.1:{port}/")).await.expect("the window opens");
    let page = Page::new(client);
    page.find(subject.wanted).await;
    page.ready().await;
    let script =
        "const mark = performance.getEntriesByName('interactive')[0]; return mark ? performance.timeOrigin + mark.startTime : 0;";
    let at = page.client.execute(script, Vec::new()).await.expect("the page answers").as_f64().expect("a number");
    assert!(at > 0.0, "the page marks when it can be used");
    let id = until("the program is on the bus", || machine.owner_of(subject.bus_name));
    let begin = process::started_at(id);
    let pss_kib = process::pss_kib(id);
    signal(i32::try_from(id).expect("process ids are small"), 15);
    until("the program is gone", || (!lives(id)).then_some(()));
    page.forget().await;
    Start { milliseconds: at - begin, pss_kib }
}

fn driver() -> PathBuf {
    root().join("target/tools/bin/tauri-driver")
}
