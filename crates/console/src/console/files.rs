//! What a person wants to have as a file: figures, and the picture of a chart.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::UsageQuery;

use super::Console;
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::history::ExportedFile;

impl Console {
    /// Writes all that matches into the file that the person chooses; `None` where he chose none.
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
        let _ = (operation, id, organization, query, format);
        Err(Error::new(ErrorCode::File, "not yet"))
    }

    /// Writes a picture into the file that the person chooses; `None` where he chose none.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`] for what is no PNG or too large, [`ErrorCode::File`] where the file can't be
    /// written.
    pub async fn save_picture(&self, stem: String, png: String) -> Result<Option<ExportedFile>> {
        let _ = (stem, png);
        Err(Error::new(ErrorCode::File, "not yet"))
    }
}
