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
        .setup(start)
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
    let ports = Ports {
        vault,
        clipboard: Arc::new(SystemClipboard::open()),
        local: local.clone(),
        events: Arc::new(WindowEvents(app.handle().clone())),
        opener: Arc::new(SystemOpener),
        folders: folders.console,
    };
    // The window first: its processes start while the console does. Nothing of the page runs before
    // this function has returned.
    window::open(app, &folders.webview)?;
    let console = tauri::async_runtime::block_on(Console::start(ports));
    if let Err(error) = &console {
        tracing::error!(code = ?error.code, "the console did not start");
    }
    app.manage(Desktop::new(console));
    app.manage(Ending { local, webview: folders.webview });
    end_on_signals(app.handle().clone());
    Ok(())
}

fn on_event(app: &AppHandle, event: RunEvent) {
    if let RunEvent::Exit = event {
        end(app);
    }
}

/// Tauri ends the process without dropping anything: what must be cleared is cleared here.
fn end(app: &AppHandle) {
    if let Ok(console) = app.state::<Desktop>().console() {
        console.exit();
    }
    let ending = app.state::<Ending>();
    tauri::async_runtime::block_on(ending.local.stop());
    if let Err(error) = folders::empty(&ending.webview) {
        tracing::warn!(%error, "the webview's folder could not be emptied");
    }
}

/// A signal ends the program in the same way as closing the window.
#[cfg(unix)]
fn end_on_signals(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut signals) => {
                    signals.recv().await;
                    app.exit(0);
                }
                Err(error) => tracing::warn!(%error, "a signal can't be heard"),
            }
        });
    }
}

#[cfg(not(unix))]
fn end_on_signals(_app: AppHandle) {
    // The system closes the window instead.
}
