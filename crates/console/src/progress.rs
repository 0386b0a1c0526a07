//! Tells how much of a file is there, not too often.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::download::Download;
use crate::error::Result;
use crate::event::Event;
use crate::history::ExportedFile;
use crate::ports::Events;
use crate::servers::audit::Sink;

/// How often it is told at most.
const EVERY: Duration = Duration::from_millis(100);

/// A download whose progress is told.
pub struct Followed<'a> {
    download: Download,
    operation: &'a str,
    events: &'a dyn Events,
    told: Option<Instant>,
}

impl<'a> Followed<'a> {
    /// Tells of a download, as what this operation does.
    pub fn new(download: Download, operation: &'a str, events: &'a dyn Events) -> Self {
        Self { download, operation, events, told: None }
    }

    /// As [`Download::end`].
    ///
    /// # Errors
    /// Those of [`Download::end`].
    pub async fn end(self) -> Result<ExportedFile> {
        self.tell();
        self.download.end().await
    }

    fn tell(&self) {
        let bytes = u32::try_from(self.download.bytes()).unwrap_or(u32::MAX);
        self.events.send(Event::Progress { operation: self.operation.to_owned(), bytes });
    }
}

#[async_trait]
impl Sink for Followed<'_> {
    async fn take(&mut self, part: &[u8]) -> Result<()> {
        self.download.take(part).await?;
        if self.told.is_none_or(|told| told.elapsed() >= EVERY) {
            self.told = Some(Instant::now());
            self.tell();
        }
        Ok(())
    }
}
