//! The log: to the standard error stream, warnings and worse unless `KEYDECK_LOG` says otherwise.
//! There is no log file.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log. `KEYDECK_LOG` is a level, or levels by module: `debug`, `warn,keydeck_console=trace`.
pub fn begin() {
    let wished = std::env::var("KEYDECK_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = wished.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    // Fails only where somebody logs already, as in a test.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    // What a panic says can hold a value: only the place is written.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(place = panic.location().map(ToString::to_string), "a panic");
    }));
}
