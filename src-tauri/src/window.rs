//! The one window.

use std::path::Path;

use keydeck_console::sealed::Sealed;
use tauri::webview::Color;
use tauri::{App, AppHandle, Manager, Runtime, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::desktop::Desktop;
use crate::seal;

/// The window's name, to which the capability is bound.
pub const LABEL: &str = "main";

/// The page's own background, so that nothing flashes before it is drawn.
const LIGHT: Color = Color(0xf6, 0xf5, 0xf2, 0xff);
const DARK: Color = Color(0x16, 0x15, 0x13, 0xff);

/// Makes the window. It is shown at once, in the page's colour: bringing it to the screen takes as long
/// as loading the page, and both are done at the same time.
///
/// # Errors
/// Where the system can't make one.
pub fn open<R: Runtime>(app: &App<R>, webview_folder: &Path) -> tauri::Result<()> {
    let handle = app.handle().clone();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Keydeck")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 560.0)
        .center()
        // Until its place and its colour are set.
        .visible(false)
        // In memory and emptied at start and exit. Not `incognito`: on Linux no second window loads with it.
        .data_directory(webview_folder.to_owned())
        .on_navigation(move |url| seal::may_go(handle.try_state::<Desktop>().as_deref(), url))
        .on_page_load(|window, load| {
            if Sealed::is_sealed(load.url().as_str()) {
                // Only a frame may show it: the page itself went there, or came back by the history.
                lead_home(&window);
            }
        })
        .build()?;
    let asked = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && holds_back(&asked)
        {
            api.prevent_close();
        }
    });
    let dark = matches!(window.theme(), Ok(Theme::Dark));
    report(window.set_background_color(Some(if dark { DARK } else { LIGHT })));
    report(window.show());
    Ok(())
}

/// Brings the window to the front: the program was started a second time.
pub fn bring_forward<R: Runtime>(app: &impl Manager<R>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        report(window.unminimize());
        report(window.show());
        report(window.set_focus());
    }
}

/// The same, from any thread: a notice was clicked.
pub fn come_forward<R: Runtime>(app: &AppHandle<R>) {
    let handle = app.clone();
    report(app.run_on_main_thread(move || bring_forward(&handle)));
}

/// Whether the window must stay: a secret would go with it.
fn holds_back<R: Runtime>(window: &WebviewWindow<R>) -> bool {
    let desktop = window.try_state::<Desktop>();
    // Before the console has started there is no secret in its memory.
    desktop.is_some_and(|desktop| desktop.ready().is_some_and(|console| !console.may_close()))
}

fn lead_home<R: Runtime>(window: &WebviewWindow<R>) {
    let home = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };
    report(window.navigate(Url::parse(home).expect("a constant address")));
}

fn report(result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the window did not do as it was told");
    }
}
