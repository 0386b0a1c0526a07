//! What a person wants to have as a file: where it is to be is asked by the system, and there it is put
//! when it is whole.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::UsageQuery;
use keydeck_domain::{Name, OrganizationId};

use super::Console;
use super::state::internal;
use crate::connection::ConnectionId;
use crate::download::Download;
use crate::error::{Error, ErrorCode, Result};
use crate::history::ExportedFile;
use crate::ports::Proposal;
use crate::progress::Followed;
use crate::servers::audit::Sink;

/// Most bytes of a picture.
const PICTURE_MAX: usize = 10 * 1024 * 1024;
/// How every PNG begins: its signature, and the length and name of its first chunk.
const PNG_HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
/// How every PNG ends: its last chunk, which is empty.
const PNG_TAIL: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";

impl Console {
    /// Writes all figures that match into the file that the person chooses; `None` where he chose none. Of
    /// an export that did not come to its end nothing is left.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where the file can't be written, and those of the network.
    pub async fn export_usage(
        &self,
        operation: &str,
        id: ConnectionId,
        organization: OrganizationId,
        query: UsageQuery,
        format: ExportFormat,
    ) -> Result<Option<ExportedFile>> {
        let name = self.known_organization(id, organization)?.name;
        let Some(path) = self.ask_where(&dated("usage", &name), ending(format)).await? else { return Ok(None) };
        let (query, path) = (&query, path.as_path());
        // Begun anew with each try: what a first one wrote goes with it.
        self.in_organization(id, organization, |session| async move {
            let counted = session.server.counted()?;
            let mut file = self.begin(operation, path).await?;
            counted.export(&session.token, organization, query, format, &mut file).await?;
            file.end().await.map(Some)
        })
        .await
    }

    /// Writes a picture into the file that the person chooses; `None` where he chose none.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`] for what is no PNG or is too large, [`ErrorCode::File`] where the file can't be
    /// written.
    pub async fn save_picture(&self, operation: &str, stem: String, png: String) -> Result<Option<ExportedFile>> {
        let picture = tokio::task::spawn_blocking(move || picture(&png)).await.map_err(internal)??;
        let Some(path) = self.ask_where(&in_a_file_name(&stem, "picture"), "png").await? else { return Ok(None) };
        let mut file = self.begin(operation, &path).await?;
        file.take(&picture).await?;
        file.end().await.map(Some)
    }

    /// Asks the person where a file is to be.
    pub(super) async fn ask_where(&self, stem: &str, ending: &str) -> Result<Option<PathBuf>> {
        let proposal = Proposal { folder: self.inner.downloads.clone(), name: format!("{stem}.{ending}") };
        self.inner.saving.ask(proposal).await
    }

    /// Begins a file, whose progress is told.
    pub(super) async fn begin<'a>(&'a self, operation: &'a str, path: &Path) -> Result<Followed<'a>> {
        let path = path.to_owned();
        let begun = tokio::task::spawn_blocking(move || Download::begin(&path)).await.map_err(internal)??;
        Ok(Followed::new(begun, operation, self.inner.events.as_ref()))
    }
}

/// The name of an export of today, without its ending.
pub(super) fn dated(what: &str, organization: &Name) -> String {
    let today = chrono::Local::now().date_naive();
    format!("keydeck-{what}-{}-{today}", in_a_file_name(organization.as_str(), "organization"))
}

/// How the name of a file in this format ends.
pub(super) fn ending(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Json => "json",
    }
}

/// The bytes of a picture that came in base64.
fn picture(png: &str) -> Result<Vec<u8>> {
    let invalid = |why: &str| Error::new(ErrorCode::Invalid, format!("The picture {why}."));
    if png.len() > PICTURE_MAX.div_ceil(3) * 4 {
        return Err(invalid("is too large"));
    }
    let picture = STANDARD.decode(png).map_err(|_| invalid("can't be read"))?;
    if picture.len() > PICTURE_MAX {
        return Err(invalid("is too large"));
    }
    if !picture.starts_with(PNG_HEAD) || !picture.ends_with(PNG_TAIL) {
        return Err(invalid("is no PNG"));
    }
    Ok(picture)
}

/// A text as part of a file's name on every system: letters and digits, the rest as single hyphens.
fn in_a_file_name(text: &str, otherwise: &str) -> String {
    let words: Vec<String> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let joined: String = words.join("-").chars().take(60).collect();
    let joined = joined.trim_end_matches('-');
    if joined.is_empty() { otherwise.to_owned() } else { joined.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_text_can_be_part_of_a_file_name() {
        let check = |text: &str, expected: &str| assert_eq!(in_a_file_name(text, "organization"), expected, "{text}");
        check("Northwind", "northwind");
        check("Northwind Traders & Co.", "northwind-traders-co");
        check("../../etc/passwd", "etc-passwd");
        check("Bücher", "b-cher");
        check("日本", "organization");
        check(&"a ".repeat(50), &"a-".repeat(30)[..59]);
    }

    #[test]
    fn only_a_png_is_a_picture() {
        let png = [PNG_HEAD, &[0; 40], PNG_TAIL].concat();
        assert_eq!(picture(&STANDARD.encode(&png)).unwrap(), png);
        let refused = |bytes: &[u8]| assert_eq!(picture(&STANDARD.encode(bytes)).unwrap_err().code, ErrorCode::Invalid);
        refused(b"");
        refused(b"<script>");
        refused(&png[..png.len() - 1]);
        refused(&png[1..]);
        refused(&[PNG_HEAD, &vec![0; PICTURE_MAX], PNG_TAIL].concat());
        assert_eq!(picture("not base64!").unwrap_err().code, ErrorCode::Invalid);
        let largest = [PNG_HEAD, &vec![0; PICTURE_MAX - PNG_HEAD.len() - PNG_TAIL.len()], PNG_TAIL].concat();
        assert_eq!(picture(&STANDARD.encode(&largest)).unwrap().len(), PICTURE_MAX);
    }
}
