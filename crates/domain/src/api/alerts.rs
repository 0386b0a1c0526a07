//! `/v1/organizations/{organization}/alerts`: what somebody should look at.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::ids::KeyId;
use crate::name::Name;

/// What was noticed. Each is said once a period ([`Alert::until`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Notice {
    /// Far more verifications in an hour than in the same hours of earlier weeks.
    Jump {
        /// In the hour that ended at [`Alert::at`].
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        count: u64,
        /// The median of the same hours of the weeks before.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        usual: u64,
    },
    /// Far fewer.
    Fall {
        /// In the hour that ended at [`Alert::at`].
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        count: u64,
        /// The median of the same hours of the weeks before.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        usual: u64,
    },
    /// A key that slept for long, or was never used since it was made long ago, was accepted.
    Awake {
        /// Its last use before; `None` means never.
        before: Option<DateTime<Utc>>,
    },
    /// A key was accepted from a network that it had not come from before: /24 of IPv4, /48 of IPv6. Not
    /// said of a key's first network.
    NewNetwork {
        /// From where, as the verifier said; the network's first address where it is not known any more.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        #[cfg_attr(feature = "bindings", ts(type = "string"))]
        address: IpAddr,
    },
    /// So much of a daily quota is used up. Said of each part once a day of UTC.
    LimitNear {
        /// 50, 80 or 95.
        percent: u8,
        /// Requests that a day has.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        quota: u64,
        /// The environment that the quota is for; `None` means all.
        #[serde(default)]
        environment: Option<Environment>,
    },
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Alert {
    /// 1, 2, 3 … in the order in which they were noticed, per server: there are gaps.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub sequence: u64,
    /// When: of a jump or fall the end of its hour, else when the key was used.
    pub at: DateTime<Utc>,
    /// What.
    pub notice: Notice,
    /// The key that it is about; `None` where it is about the organization.
    pub key: Option<KeyId>,
    /// That key's name now.
    #[serde(default)]
    pub key_name: Option<Name>,
    /// The same is not said again before this time.
    pub until: DateTime<Utc>,
}

/// `GET …/alerts?after={sequence}`: those after that one, the oldest first, 200 at most; without
/// `after` the newest 200, the newest first. Kept for 90 days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct AlertQuery {
    /// The last one that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// The alerts, and where they end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Alerts {
    /// The alerts.
    pub items: Vec<Alert>,
    /// What to ask for next time: the last of `items` where `after` was given and there are any, else the newest
    /// sequence of the organization, 0 where there is none.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub newest: u64,
}
