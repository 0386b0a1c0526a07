//! Who is signed in at a Better Auth server, and for which organization he acts: the same for every adapter that is
//! built on it.

use keydeck_domain::api::sessions::User;
use keydeck_domain::{Email, OrganizationId, Password, SessionToken, UserId};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};

use super::caller::{Call, Caller};
use super::credential::Credential;
use super::fields::{objects, text};
use super::told::Told;
use crate::connection::ServerIdentity;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::servers::SignedIn;
use crate::servers::foreign::{self, Ids};
use crate::servers::http::Answer;
use crate::servers::identity::{Fit, Identity};

/// What our ids of organizations are made from.
const ORGANIZATIONS: &str = "better-auth organization";

/// A server, and what it was asked about who is signed in.
pub(crate) struct Account {
    pub(crate) caller: Caller,
    pub(crate) ids: Ids,
    me: std::sync::Mutex<Option<Me>>,
    /// The organization that the session acts for. Held while a request relies on it.
    active: Mutex<Option<String>>,
}

/// Who is signed in.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) user: User,
    /// The server's own id.
    pub(crate) id: String,
}

/// An organization as the server tells it.
pub(crate) struct Theirs {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
}

struct SignIn<'a> {
    email: &'a Email,
    password: &'a Password,
}

impl Serialize for SignIn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("SignIn", 3)?;
        body.serialize_field("email", self.email)?;
        // Exposed to be sent to the server that it is for.
        body.serialize_field("password", self.password.expose())?;
        body.serialize_field("rememberMe", &true)?;
        body.end()
    }
}

impl Account {
    /// # Errors
    /// As [`Caller::new`].
    pub(crate) fn new(target: &Target) -> Result<Self> {
        let caller = Caller::new(target)?;
        Ok(Self { caller, ids: Ids::default(), me: std::sync::Mutex::default(), active: Mutex::default() })
    }

    /// Who answers: a Better Auth server says of itself that nobody is signed in, and no more.
    pub(crate) async fn identify(&self, name: &str) -> Result<Identity> {
        self.caller.has_keys().await?;
        let http = self.caller.http();
        let server = ServerIdentity {
            address: http.address(),
            name: name.to_owned(),
            version: String::new(),
            claimed: true,
            proxy: http.proxy(),
        };
        Ok(Identity { server, fit: Fit::Fits })
    }

    /// Signs in; takes the first of the offered sessions that the server itself recognizes.
    pub(crate) async fn sign_in(&self, email: &Email, password: &Password) -> Result<SignedIn> {
        *self.active.lock().await = None;
        let answer = self.caller.sign_in(&SignIn { email, password }).await.map_err(|failure| {
            // Nobody was signed in before, so no session can be over.
            if failure.error.code == ErrorCode::SignedOut {
                return Error::new(ErrorCode::WrongCredentials, "E-mail or password is wrong.");
            }
            failure.error
        })?;
        for token in self.caller.sessions(&answer)? {
            // Exposed to be tried at the server that gave it.
            if let Some(me) = self.who(&Credential::of(token.expose())).await? {
                self.remember(&me);
                return Ok(SignedIn { token, user: me.user });
            }
        }
        let message = "The server accepted the password, but none of the sessions that it offers to programs works. Its owner has to add Better Auth's bearer plugin, or its own address to the trusted origins.";
        Err(Error::new(ErrorCode::Incompatible, message))
    }

    /// Who has this session; `None` where it is over.
    async fn who(&self, credential: &Credential<'_>) -> Result<Option<Me>> {
        self.read(&self.caller.session(credential).await?)
    }

    /// What the server says about a session.
    fn read(&self, answer: &Answer) -> Result<Option<Me>> {
        let Some(Said { user: Told { fields: user, .. } }) = answer.json()? else { return Ok(None) };
        let Some(id) = text(&user, "id") else { return Ok(None) };
        let unreadable = |_| Error::new(ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.");
        let stranger = || format!("user@{}", self.caller.host());
        let email = text(&user, "email").unwrap_or_else(stranger);
        let email = email.parse().or_else(|_| stranger().parse()).map_err(unreadable)?;
        let name = foreign::printable(&text(&user, "name").unwrap_or_default())?;
        Ok(Some(Me { user: User { id: UserId(foreign::id("better-auth user", &id)), email, name }, id }))
    }

    /// Who is signed in, asked of the server: it renews a session by it.
    pub(crate) async fn user(&self, token: &SessionToken) -> Result<User> {
        Ok(self.ask_me(token).await?.user)
    }

    /// Who is signed in, as far as it was asked before.
    pub(crate) async fn me(&self, token: &SessionToken) -> Result<Me> {
        let known = self.me.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        match known {
            Some(me) => Ok(me),
            None => self.ask_me(token).await,
        }
    }

    async fn ask_me(&self, token: &SessionToken) -> Result<Me> {
        let me = self.read(&self.caller.auth(token, Call::get("/get-session").secret()).await?)?;
        let me = me.ok_or_else(|| Error::new(ErrorCode::SignedOut, "Your session is over. Sign in again."))?;
        self.remember(&me);
        Ok(me)
    }

    fn remember(&self, me: &Me) {
        *self.me.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(me.clone());
    }

    pub(crate) async fn sign_out(&self, token: &SessionToken) -> Result<()> {
        *self.active.lock().await = None;
        *self.me.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        match self.caller.auth(token, Call::post("/sign-out", json!({}))).await {
            // Over already.
            Err(failure) if failure.error.code == ErrorCode::SignedOut => Ok(()),
            Err(failure) => Err(failure.error),
            Ok(_) => Ok(()),
        }
    }

    /// The organizations, in the server's order. None where the server knows no organizations.
    pub(crate) async fn organizations(&self, token: &SessionToken) -> Result<Vec<Theirs>> {
        let answer = match self.caller.auth(token, Call::get("/organization/list")).await {
            Ok(answer) => answer,
            Err(failure) if failure.error.code == ErrorCode::Incompatible => return Ok(Vec::new()),
            Err(failure) => return Err(failure.error),
        };
        let listed = objects(answer.json()?, &["organizations", "data"]);
        let theirs = listed.into_iter().filter_map(|fields| {
            let foreign = text(&fields, "id")?;
            let name = text(&fields, "name").or_else(|| text(&fields, "slug")).unwrap_or_default();
            Some(Theirs { id: OrganizationId(self.ids.learn(ORGANIZATIONS, &foreign)), name })
        });
        Ok(theirs.collect())
    }

    /// The server's own id of an organization.
    pub(crate) async fn theirs(&self, token: &SessionToken, organization: OrganizationId) -> Result<String> {
        if let Some(known) = self.ids.find(organization.0) {
            return Ok(known);
        }
        // Asked for since this program began? Not yet: the list tells it.
        self.organizations(token).await?;
        let gone = || Error::new(ErrorCode::NotFound, "You are not a member of this organization any more.");
        self.ids.find(organization.0).ok_or_else(gone)
    }

    /// Has the session act for an organization, as long as the guard lives. `anew` says it to the server again: another
    /// program can have switched it.
    pub(crate) async fn acting(&self, token: &SessionToken, foreign: &str, anew: bool) -> Result<MutexGuard<'_, Option<String>>> {
        let mut active = self.active.lock().await;
        if anew || active.as_deref() != Some(foreign) {
            *active = None;
            let call = Call::post("/organization/set-active", json!({ "organizationId": foreign }));
            self.caller.auth(token, call).await?;
            *active = Some(foreign.to_owned());
        }
        Ok(active)
    }
}

/// The answer of `get-session`; its token is not kept.
#[derive(serde::Deserialize)]
struct Said {
    #[serde(default)]
    user: Told,
}
