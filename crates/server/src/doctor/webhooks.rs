//! Messages to webhooks: whether they wait for long.

use chrono::TimeDelta;
use sqlx::Connection;

use super::database::connect;
use super::{Finding, Patient};
use crate::times;
use crate::usage::USAGE_FILE;
use crate::webhooks::queue;

const WHAT: &str = "webhooks";

/// A message that waits for longer was not taken at least four times.
const LONG: TimeDelta = TimeDelta::hours(1);

/// Looks at what waits; nothing where that can't be read, which is told of the file itself.
pub(super) async fn examine(patient: &Patient) -> Option<Finding> {
    let path = patient.data_dir.join(USAGE_FILE);
    if std::fs::metadata(&path).map_or(true, |metadata| metadata.len() == 0) {
        return None;
    }
    let mut connection = connect(&path).await.ok()?;
    let backlog = queue::backlog(&mut connection).await;
    // Nothing was written, so nothing can be lost by it.
    let _ = connection.close().await;
    let (waiting, oldest) = backlog.ok()?;
    let messages = if waiting == 1 { "message waits" } else { "messages wait" };
    Some(match oldest {
        Some(oldest) if times::now() - oldest > LONG => Finding::warning(
            WHAT,
            format!(
                "{waiting} {messages}, the oldest since {}: the window's list of webhooks says why. May this machine \
                 connect to their addresses?",
                oldest.format("%Y-%m-%d %H:%M UTC")
            ),
        ),
        _ => Finding::well(WHAT, "no message waits for long"),
    })
}
