//! `/v1/organizations/{organization}/webhooks`: where alerts are sent to.
//!
//! A message is a `POST` of an [`super::alerts::Alert`] as JSON, wrapped in [`Message`], with
//! `Keydeck-Timestamp: <seconds since 1970>` and `Keydeck-Signature: v1=<64 hexadecimal digits>`, which is
//! HMAC-SHA-256 over `<timestamp>.<body>` with the webhook's secret. Any 2xx within 10 s is taken; else it
//! is sent again after 1, 5, 30 minutes, 2 and 12 hours. Nothing is sent to loopback, link-local, private
//! or multicast addresses, whatever the name resolves to, unless the operator names their network.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::alerts::Alert;
use crate::ids::{OrganizationId, WebhookId};
use crate::name::Name;

/// The feature of a server that sends webhooks ([`super::meta::Meta::features`]).
pub const FEATURE_WEBHOOKS: &str = "webhooks";
/// Webhooks of one organization.
pub const WEBHOOKS_MAX: usize = 20;

/// `POST …/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewWebhook {
    /// What people call it.
    pub name: Name,
    /// Where to: https, no user name or password in it, at most 500 characters.
    pub url: String,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What people call it.
    pub name: Name,
    /// Where to.
    pub url: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// How the last attempt ended.
    pub last: Option<Delivery>,
    /// Messages that wait to be sent, or to be sent again.
    pub waiting: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Delivery {
    /// When.
    pub at: DateTime<Utc>,
    /// The status that came back; `None` where none came.
    pub status: Option<u16>,
    /// Whether it was taken.
    pub taken: bool,
    /// Why not, for people; holds nothing of the answer's body.
    pub error: Option<String>,
}

/// The answer to `POST …/webhooks`: the only time that the secret is told. It is not stored: it is made
/// from the pepper and the webhook's id.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// `kdw_` and 64 hexadecimal digits; the whole text is the HMAC's key.
    #[serde(with = "super::exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub secret: crate::secret::Secret,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `alert`, or `test` for the one that `POST …/webhooks/{id}/test` sends.
    pub event: String,
    /// Tells a message that is sent again from a new one.
    pub id: uuid::Uuid,
    /// Whose.
    pub organization: OrganizationId,
    /// The alert; `None` for a test.
    pub alert: Option<Alert>,
}
