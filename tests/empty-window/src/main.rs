//! An empty window of Keydeck's size, with the same plugins and the same web data folder in memory:
//! what it costs to have a window at all on the machine that measures.

use std::path::PathBuf;

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|_, _, _| {}))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .setup(move |app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Empty")
                .inner_size(1280.0, 800.0)
                .center()
                .visible(false)
                .data_directory(runtime.join("keydeck-empty-window"))
                .build()?
                // As Keydeck does: shown while its page loads.
                .show()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
