//! What is said of a panic.

/// From now on a panic of this process is one line in the log, with its place alone: what it says can hold
/// a value, and a value can be a secret.
pub fn log_place_alone() {
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(alert = true, place = panic.location().map(ToString::to_string), "a panic");
    }));
}
