//! Which configuration of the API key plugin belongs to organizations. The server doesn't list them, and falls back to its
//! default without a word where a name is unknown. So each that can be it is asked for a key that is refused in any case:
//! one that belongs to organizations misses the organization before it looks at anything else.

use keydeck_domain::{OrganizationId, SessionToken};
use serde_json::json;

use super::BetterAuth;
use super::caller::Call;
use super::row::split;
use crate::error::{Error, ErrorCode, Result};

/// Names that such a configuration often has; the first stands for none at all.
const USUAL: [&str; 8] = ["default", "organization", "org-keys", "organization-keys", "org", "organizations", "team", "orgs"];
/// An expiry, in seconds, that no server allows.
const NEVER_ALLOWED: u64 = 1_000_000_000_000;

impl BetterAuth {
    /// The configuration for a new key of an organization.
    pub(super) async fn configuration(&self, token: &SessionToken, organization: OrganizationId) -> Result<String> {
        let mut candidates = Vec::new();
        // Those of keys that are there come first.
        let (rows, _) = self.all(token, organization).await?;
        let seen = rows.iter().filter_map(|row| self.account.ids.find(row.key.id.0));
        for config in seen.map(|foreign| split(&foreign).0.to_owned()).chain(USUAL.map(str::to_owned)) {
            if !candidates.contains(&config) {
                candidates.push(config);
            }
        }
        for config in candidates {
            if self.belongs_to_organizations(token, &config).await? {
                return Ok(config);
            }
        }
        let message = "Keydeck can't find out which configuration of this server holds keys of organizations. Make the first key with the server's own page: then Keydeck knows it.";
        Err(Error::new(ErrorCode::Incompatible, message))
    }

    async fn belongs_to_organizations(&self, token: &SessionToken, config: &str) -> Result<bool> {
        let body = json!({ "configId": config, "expiresIn": NEVER_ALLOWED });
        match self.account.caller.refused(token, Call::post("/api-key/create", body)).await? {
            Some(answer) => Ok(super::refusal::is(&answer, "ORGANIZATION_ID_REQUIRED")),
            None => {
                Err(Error::new(ErrorCode::BadAnswer, "The server made a key that it had to refuse. Look at your own keys there."))
            }
        }
    }
}
