//! The log: to the standard error stream, warnings and worse unless `KEYDECK_LOG` says otherwise.
//! There is no log file.

use tracing_subscriber::EnvFilter;

/// Begins to log. `KEYDECK_LOG` takes the filters of `tracing-subscriber`, `keydeck=debug` say.
pub fn begin() {
    let filter = EnvFilter::try_from_env("KEYDECK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // Fails only where somebody logs already, as in a test.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
