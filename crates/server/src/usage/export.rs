//! Figures as a file, a row for each step of each group, sent as they are written: a client that reads slowly
//! slows the writing, one that goes away ends it.

use std::fmt::Write;

use axum::body::Body;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{Group, Usage};
use serde_json::json;
use tokio::sync::mpsc;

use super::zones::Zone;
use crate::audit::export::{Piece, piecewise, push_field};
use crate::error::Error;

/// About how many bytes are sent together.
const PIECE: usize = 64 * 1024;

const HEADER: &str = "begins,ends,group,name,id,environment,count\r\n";

/// The body of the answer. Its figures are in memory already; the far longer text of them never is as a whole.
pub(super) fn body(usage: Usage, zone: Zone, format: ExportFormat) -> Body {
    let (sender, pieces) = mpsc::channel(1);
    // Not waited for at the end: it ends with the connection that it feeds.
    tokio::spawn(async move {
        if let Err(error) = write(&usage, &zone, format, &sender).await {
            tracing::error!(%error, "an export of usage was cut off");
            // Fails where nobody listens any more.
            let _ = sender.send(Err(error)).await;
        }
    });
    piecewise(pieces)
}

async fn write(usage: &Usage, zone: &Zone, format: ExportFormat, to: &mpsc::Sender<Piece>) -> Result<(), Error> {
    let mut text = String::from(match format {
        ExportFormat::Csv => HEADER,
        ExportFormat::Json => "[",
    });
    let groups: Vec<Told> = usage.series.iter().map(|series| Told::of(&series.group)).collect::<Result<_, _>>()?;
    let mut first = true;
    for (step, &begins) in usage.times.iter().enumerate() {
        let ends = usage.times.get(step + 1).copied().unwrap_or(usage.end);
        let (begins, ends) = (zone.shown(begins), zone.shown(ends));
        for (series, told) in usage.series.iter().zip(&groups) {
            let count = series.values[step];
            let written = match format {
                ExportFormat::Csv => write!(text, "{begins},{ends},{},{count}\r\n", told.csv),
                ExportFormat::Json => {
                    let comma = if first { "" } else { "," };
                    write!(
                        text,
                        "{comma}\n{{\"begins\":\"{begins}\",\"ends\":\"{ends}\",\"group\":{},\"count\":{count}}}",
                        told.json
                    )
                }
            };
            written.map_err(|_| Error::Internal("an export can't be written".to_owned()))?;
            first = false;
            if text.len() >= PIECE && to.send(Ok(std::mem::take(&mut text).into())).await.is_err() {
                return Ok(());
            }
        }
    }
    if format == ExportFormat::Json {
        text.push_str("\n]\n");
    }
    // Fails where nobody listens any more.
    let _ = to.send(Ok(text.into())).await;
    Ok(())
}

/// A group as it stands in every row of its own.
struct Told {
    csv: String,
    json: String,
}

impl Told {
    fn of(group: &Group) -> Result<Self, Error> {
        let json = json!(group);
        let text = |field: &str| json[field].as_str().unwrap_or_default().to_owned();
        let name = match group {
            Group::Outcome { .. } => text("outcome"),
            Group::Route { .. } => text("route"),
            Group::Environment { .. } => text("environment"),
            _ => text("name"),
        };
        let environment = text("environment");
        let mut csv = String::new();
        for (place, field) in [text("kind"), name, text("id"), environment].into_iter().enumerate() {
            if place > 0 {
                csv.push(',');
            }
            push_field(&mut csv, &field);
        }
        Ok(Self { csv, json: json.to_string() })
    }
}
