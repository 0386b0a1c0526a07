//! The program's life: start, run, end.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use keydeck_console::Console;
use keydeck_console::clipboard::SystemClipboard;
use keydeck_console::ports::Ports;
use keydeck_console::sealed::SCHEME;
use keydeck_console::vault::{KeychainVault, Vault};
use tauri::{App, AppHandle, Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::desktop::Desktop;
use crate::folders::{self, AppFolders};
use crate::links::SystemOpener;
use crate::local_server::LocalHost;
use crate::messages::WindowEvents;
use crate::notices::SystemNotices;
use crate::saving::SystemDialog;
use crate::signals::Signals;
use crate::{commands, log, seal, window};

/// What is ended with the program.
struct Ending {
    local: Arc<LocalHost>,
    webview: PathBuf,
}

/// Opens the window and stays until it is closed.
#[must_use]
pub fn run() -> ExitCode {
    log::begin();
    // Before there is anything that has to be ended properly.
    let signals = Signals::hear();
    let built = tauri::Builder::default()
        // First: a second start must end before it touches any of the first one's files.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::bring_forward(app)))
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .register_uri_scheme_protocol(SCHEME, |context, request| seal::serve(&context.app_handle().state::<Desktop>(), &request))
        .invoke_handler(commands::handler())
        .setup(|app| {
            start(app)?;
            signals.end(app.handle().clone());
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => ExitCode::from(u8::try_from(app.run_return(on_event)).unwrap_or(1)),
        Err(error) => {
            tracing::error!(%error, "the window can't be opened");
            ExitCode::FAILURE
        }
    }
}

fn start(app: &mut App) -> Result<(), Box<dyn std::error::Error>> {
    let folders = AppFolders::open(app.handle())?;
    let vault: Arc<dyn Vault> = Arc::new(KeychainVault::open());
    let local = Arc::new(LocalHost::new(folders.server, Arc::clone(&vault)));
    let handle = app.handle().clone();
    let forward = Box::new(move || window::come_forward(&handle));
    let ports = Ports {
        vault,
        clipboard: Arc::new(SystemClipboard::open()),
        local: local.clone(),
        events: Arc::new(WindowEvents(app.handle().clone())),
        opener: Arc::new(SystemOpener),
        saving: Arc::new(SystemDialog(app.handle().clone())),
        notices: Arc::new(SystemNotices::start(None, forward)),
        folders: folders.console,
    };
    // Begun before the window, whose processes take longer to start: keychain and local server are
    // there by the time that the page asks for them.
    app.manage(Desktop::starting(Console::start(ports)));
    window::open(app, &folders.webview)?;
    app.manage(Ending { local, webview: folders.webview });
    Ok(())
}

fn on_event(app: &AppHandle, event: RunEvent) {
    if let RunEvent::Exit = event {
        end(app);
    }
}

/// Tauri ends the process without dropping anything: what must be cleared is cleared here.
fn end(app: &AppHandle) {
    // A console that has not started has put nothing anywhere.
    if let Some(console) = app.state::<Desktop>().ready() {
        console.exit();
    }
    let ending = app.state::<Ending>();
    tauri::async_runtime::block_on(ending.local.stop());
    if let Err(error) = folders::empty(&ending.webview) {
        tracing::warn!(%error, "the webview's folder could not be emptied");
    }
}
