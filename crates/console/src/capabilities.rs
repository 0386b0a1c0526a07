//! What an adapter can do. The window shows only that, and says why something is absent.

use serde::{Deserialize, Serialize};

/// What one kind of key server can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Capabilities {
    /// Keys can be listed, searched and sorted by the server.
    pub list: bool,
    /// Keys can be made.
    pub create: bool,
    /// The console makes the secret and sends a digest; otherwise the server makes it.
    pub client_made_secrets: bool,
    /// Name, note, metadata, scopes, expiry and addresses can be changed.
    pub edit: bool,
    /// Keys can be switched off and on.
    pub disable: bool,
    /// Keys can be revoked for good.
    pub revoke: bool,
    /// Keys have an environment, live or test.
    pub environments: bool,
    /// Keys can be bound to addresses.
    pub addresses: bool,
    /// A key can be tried with one click.
    pub probe: bool,
    /// Members are shown, their roles changed, and they can be removed.
    pub members: bool,
    /// Organizations can be made and changed, their catalogues and presets as well.
    pub organizations: bool,
    /// One's own sessions are shown and can be ended, and the password can be changed.
    pub sessions: bool,
    /// There is an audit log to read, check and export.
    pub audit: bool,
    /// People can be invited.
    pub invitations: bool,
    /// Verifiers are shown, and can be made and revoked.
    pub verifiers: bool,
    /// How keys are used is counted: there are figures and alerts.
    pub usage: bool,
    /// Alerts can be sent on by webhooks.
    pub webhooks: bool,
    /// What a new key may do is chosen so.
    pub scopes: Scoping,
    /// What a key may do can be changed later.
    pub edit_scopes: bool,
    /// A new key can have an end.
    pub expiry: bool,
    /// A key's end can be changed later.
    pub edit_expiry: bool,
    /// A key can be given another name.
    pub rename: bool,
    /// Keys have a note.
    pub notes: bool,
    /// Keys have free pairs.
    pub metadata: bool,
    /// Keys are secret or publishable.
    pub kinds: bool,
    /// How a key is replaced.
    pub rotate: RotateBy,
    /// A key that was made elsewhere can be taken in from the clipboard, and stands in this computer's register.
    pub take_in: bool,
    /// Why something is absent, where a sentence says more than that this kind of server can't do it.
    pub explain: Vec<Explained>,
}

/// How it is chosen what a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Scoping {
    /// Scope by scope.
    Scopes,
    /// As one of the named sets alone: read only, write only, full.
    AccessOnly,
    /// Not at all: every key may do the same.
    #[default]
    None,
}

/// How a key is replaced by another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum RotateBy {
    /// Another one is made and handed over, then the old one is revoked.
    CreateHandOverRevoke,
    /// Keydeck can't help with it.
    #[default]
    None,
}

/// Something that an adapter may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Ability {
    /// See keys.
    List,
    /// Make keys.
    Create,
    /// Change keys.
    Edit,
    /// Give keys another name.
    Rename,
    /// Switch keys off and on.
    Disable,
    /// Revoke keys.
    Revoke,
    /// Replace keys.
    Rotate,
    /// Choose what a key may do.
    Scopes,
    /// Change what a key may do.
    EditScopes,
    /// Give keys an end.
    Expiry,
    /// Change a key's end.
    EditExpiry,
    /// Live and test.
    Environments,
    /// Secret and publishable.
    Kinds,
    /// Bind keys to addresses.
    Addresses,
    /// Notes.
    Notes,
    /// Free pairs.
    Metadata,
    /// Try a key.
    Probe,
    /// Take a key in.
    TakeIn,
    /// People.
    Members,
    /// Organizations.
    Organizations,
    /// Invitations.
    Invitations,
    /// One's own sessions.
    Sessions,
    /// The audit log.
    Audit,
    /// Verifiers.
    Verifiers,
    /// Figures and alerts.
    Usage,
    /// Webhooks.
    Webhooks,
}

/// Why something is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Explained {
    /// What.
    pub what: Ability,
    /// In a sentence or two that a person can read, and what to do instead.
    pub why: String,
}

impl Ability {
    /// All of them, in the order of the table in `docs/systems.md`.
    pub const ALL: [Self; 26] = [
        Self::List,
        Self::Create,
        Self::Edit,
        Self::Rename,
        Self::Disable,
        Self::Revoke,
        Self::Rotate,
        Self::Scopes,
        Self::EditScopes,
        Self::Expiry,
        Self::EditExpiry,
        Self::Environments,
        Self::Kinds,
        Self::Addresses,
        Self::Notes,
        Self::Metadata,
        Self::Probe,
        Self::TakeIn,
        Self::Members,
        Self::Organizations,
        Self::Invitations,
        Self::Sessions,
        Self::Audit,
        Self::Verifiers,
        Self::Usage,
        Self::Webhooks,
    ];
}

impl Capabilities {
    /// Nothing at all: what an adapter starts from.
    #[must_use]
    pub fn none() -> Self {
        Self {
            list: false,
            create: false,
            client_made_secrets: false,
            edit: false,
            disable: false,
            revoke: false,
            environments: false,
            addresses: false,
            probe: false,
            members: false,
            organizations: false,
            sessions: false,
            audit: false,
            invitations: false,
            verifiers: false,
            usage: false,
            webhooks: false,
            scopes: Scoping::None,
            edit_scopes: false,
            expiry: false,
            edit_expiry: false,
            rename: false,
            notes: false,
            metadata: false,
            kinds: false,
            rotate: RotateBy::None,
            take_in: false,
            explain: Vec::new(),
        }
    }

    /// Whether this is there.
    #[must_use]
    pub fn has(&self, ability: Ability) -> bool {
        match ability {
            Ability::List => self.list,
            Ability::Create => self.create,
            Ability::Edit => self.edit,
            Ability::Rename => self.rename,
            Ability::Disable => self.disable,
            Ability::Revoke => self.revoke,
            Ability::Rotate => self.rotate != RotateBy::None,
            Ability::Scopes => self.scopes != Scoping::None,
            Ability::EditScopes => self.edit_scopes,
            Ability::Expiry => self.expiry,
            Ability::EditExpiry => self.edit_expiry,
            Ability::Environments => self.environments,
            Ability::Kinds => self.kinds,
            Ability::Addresses => self.addresses,
            Ability::Notes => self.notes,
            Ability::Metadata => self.metadata,
            Ability::Probe => self.probe,
            Ability::TakeIn => self.take_in,
            Ability::Members => self.members,
            Ability::Organizations => self.organizations,
            Ability::Invitations => self.invitations,
            Ability::Sessions => self.sessions,
            Ability::Audit => self.audit,
            Ability::Verifiers => self.verifiers,
            Ability::Usage => self.usage,
            Ability::Webhooks => self.webhooks,
        }
    }

    /// Says why something is absent.
    #[must_use]
    pub fn because(mut self, what: Ability, why: &str) -> Self {
        self.explain.push(Explained { what, why: why.to_owned() });
        self
    }
}
