//! The log as a file, oldest entry first, sent as it is made: whatever its length, a few entries are in
//! memory at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use hyper::body::{Bytes, Frame};
use keydeck_domain::api::audit::{AuditEntry, ExportFormat};
use serde_json::Value;
use tokio::sync::mpsc;

use super::walk::{Filter, Order, Walk};
use crate::error::Error;
use crate::server::Server;

/// Entries that are in memory together. One can be as large as a request's body, and a little more.
const BATCH: u32 = 100;

const HEADER: &str = "sequence,at,actor_id,actor_email,action,target,target_name,before,after,mac\r\n";

/// The body of the answer. A client that goes away ends the reading; a failure in the middle cuts the
/// connection, so that nobody takes half a log for the whole.
pub(super) fn body(server: Server, filter: Filter, format: ExportFormat) -> Body {
    let (sender, pieces) = mpsc::channel(1);
    // Not waited for at the end: it ends with the connection that it feeds.
    tokio::spawn(async move {
        if let Err(error) = write(&server, filter, format, &sender).await {
            tracing::error!(%error, "an export of an audit log was cut off");
            // Fails where nobody listens any more.
            let _ = sender.send(Err(error)).await;
        }
    });
    piecewise(pieces)
}

/// A piece of a file that is sent as it is written; an error cuts the connection.
pub(crate) type Piece = Result<Bytes, Error>;

/// A body of pieces, as many at a time as the channel holds.
pub(crate) fn piecewise(pieces: mpsc::Receiver<Piece>) -> Body {
    Body::new(Pieces(pieces))
}

async fn write(server: &Server, filter: Filter, format: ExportFormat, to: &mpsc::Sender<Piece>) -> Result<(), Error> {
    let mut walk = Walk::whole(filter, Order::OldestFirst);
    let mut text = String::from(match format {
        ExportFormat::Csv => HEADER,
        ExportFormat::Json => "[",
    });
    let mut first = true;
    while !walk.ended && !to.is_closed() {
        for entry in walk.batch(server, BATCH).await? {
            match format {
                ExportFormat::Csv => push_line(&mut text, &entry)?,
                ExportFormat::Json => {
                    text.push_str(if first { "\n" } else { ",\n" });
                    text.push_str(&serde_json::to_string(&entry).map_err(unwritable)?);
                }
            }
            first = false;
        }
        if walk.ended && format == ExportFormat::Json {
            text.push_str("\n]\n");
        }
        if !text.is_empty() && to.send(Ok(std::mem::take(&mut text).into())).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(format!("an audit entry can't be written: {error}"))
}

/// One line of CSV (RFC 4180).
fn push_line(text: &mut String, entry: &AuditEntry) -> Result<(), Error> {
    let value = serde_json::to_value(entry).map_err(unwritable)?;
    let actor = &value["actor"];
    let fields = [
        &value["sequence"],
        &value["at"],
        &actor["id"],
        &actor["email"],
        &value["action"],
        &value["target"],
        &value["target_name"],
        &value["before"],
        &value["after"],
        &value["mac"],
    ];
    for (number, field) in fields.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        match field {
            Value::Null => {}
            Value::String(field) => push_field(text, field),
            other => push_field(text, &other.to_string()),
        }
    }
    text.push_str("\r\n");
    Ok(())
}

/// One value. What a spreadsheet would take for a formula gets an apostrophe before it (OWASP, 'CSV
/// Injection'); what holds a mark of the format is quoted, its quotes doubled.
pub(crate) fn push_field(text: &mut String, field: &str) {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = field.contains(['"', ',', '\r', '\n']) || formula;
    if quoted {
        text.push('"');
    }
    if formula {
        text.push('\'');
    }
    for c in field.chars() {
        if c == '"' {
            text.push('"');
        }
        text.push(c);
    }
    if quoted {
        text.push('"');
    }
}

struct Pieces(mpsc::Receiver<Piece>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_never_a_formula() {
        for (field, expected) in [
            ("Worker", "Worker"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "a=1"),
        ] {
            let mut text = String::new();
            push_field(&mut text, field);
            assert_eq!(text, expected);
        }
    }
}
