//! Asks where a file is to be, by the system's own dialog. It is opened from here alone: the page can't.

use std::path::PathBuf;

use async_trait::async_trait;
use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::ports::{Proposal, Saving};
use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot;

use crate::environment;

/// The system's dialog, in front of the one window.
pub struct SystemDialog<R: Runtime>(pub AppHandle<R>);

#[async_trait]
impl<R: Runtime> Saving for SystemDialog<R> {
    async fn ask(&self, proposal: Proposal) -> Result<Option<PathBuf>> {
        if let Some(folder) = environment::save_to() {
            return Ok(Some(folder.join(proposal.name)));
        }
        let (tell, told) = oneshot::channel();
        let app = self.0.clone();
        let failed = || Error::new(ErrorCode::File, "The system could not ask where the file is to be.");
        self.0.run_on_main_thread(move || system::open(&app, proposal, tell)).map_err(|_| failed())?;
        told.await.map_err(|_| failed())
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::PathBuf;

    use gtk::prelude::{FileChooserExt, NativeDialogExt};
    use gtk::{FileChooserAction, FileChooserNative, ResponseType};
    use keydeck_console::ports::Proposal;
    use tauri::{AppHandle, Manager, Runtime};
    use tokio::sync::{mpsc, oneshot};

    use crate::window::LABEL;

    /// Called on the thread that all windows belong to.
    pub fn open<R: Runtime>(app: &AppHandle<R>, proposal: Proposal, mut tell: oneshot::Sender<Option<PathBuf>>) {
        let window = app.get_webview_window(LABEL).and_then(|window| window.gtk_window().ok());
        let dialog =
            FileChooserNative::new(Some("Save"), window.as_ref(), FileChooserAction::Save, Some("_Save"), Some("_Cancel"));
        dialog.set_modal(true);
        dialog.set_do_overwrite_confirmation(true);
        if proposal.folder.is_dir() {
            dialog.set_current_folder(&proposal.folder);
        }
        dialog.set_current_name(&proposal.name);
        let (answer, mut answered) = mpsc::unbounded_channel();
        dialog.connect_response(move |_, response| {
            // Nobody waits any more where it was cancelled.
            let _ = answer.send(response);
        });
        dialog.show();
        // The dialog lives as long as this waits: it is closed when it was answered, or nobody waits for it.
        glib::MainContext::default().spawn_local(async move {
            let response = tokio::select! {
                response = answered.recv() => response,
                () = tell.closed() => None,
            };
            let path = (response == Some(ResponseType::Accept)).then(|| dialog.filename()).flatten();
            dialog.destroy();
            let _ = tell.send(path);
        });
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::PathBuf;

    use keydeck_console::ports::Proposal;
    use tauri::{AppHandle, Runtime};
    use tokio::sync::oneshot;

    /// Called on the thread that all windows belong to.
    pub fn open<R: Runtime>(_app: &AppHandle<R>, proposal: Proposal, tell: oneshot::Sender<Option<PathBuf>>) {
        let dialog = rfd::AsyncFileDialog::new().set_directory(&proposal.folder).set_file_name(&proposal.name).save_file();
        tauri::async_runtime::spawn(async move {
            let path = dialog.await.map(|file| file.path().to_owned());
            // Nobody waits any more where it was cancelled.
            let _ = tell.send(path);
        });
    }
}
