//! Who calls: a person acting as themselves or as a brand, an application, or nobody.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{Error as HttpError, FromRequest, HttpRequest, web};

use super::errors::{ApiError, Result};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::oauth::{self, Acting, Grant};
use crate::domain::teams::policy::{self, Act};
use crate::domain::teams::{self, TeamRole};
use crate::error::Error;
use crate::ids::{AccountId, AppId, TokenId, UserId};

/// Somebody with a valid token, acting as an account.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What the token proves.
    pub grant: Grant,
    /// The person and the account.
    pub acting: Acting,
}

impl Caller {
    /// The account they act as.
    pub fn me(&self) -> AccountId {
        self.acting.account.id
    }

    /// The account they act as, whole.
    pub fn account(&self) -> &Account {
        &self.acting.account
    }

    /// The person.
    pub fn user(&self) -> UserId {
        self.acting.user
    }

    /// The client application.
    pub fn app(&self) -> AppId {
        self.grant.app
    }

    /// The token.
    pub fn token(&self) -> TokenId {
        self.grant.token
    }

    /// Their role when they act as a brand; `None` as themselves.
    pub fn role(&self) -> Option<TeamRole> {
        self.acting.member.as_ref().map(|member| member.role)
    }

    /// The person to write down as author, when they act as a brand.
    pub fn acted_by(&self) -> Option<UserId> {
        self.acting.member.as_ref().map(|member| member.user_id)
    }

    /// Refuses with 403 unless the token has the scope, itself or by a parent.
    pub fn require(&self, scope: &str) -> Result<()> {
        if self.grant.scopes.contains(scope) { Ok(()) } else { Err(out_of_scope()) }
    }

    /// Like [`Caller::require`] where any one of several scopes will do.
    pub fn require_any(&self, scopes: &[&str]) -> Result<()> {
        if scopes.iter().any(|scope| self.grant.scopes.contains(scope)) { Ok(()) } else { Err(out_of_scope()) }
    }

    /// Refuses with 403 unless their role in the team allows the act; always allowed as oneself.
    pub fn may(&self, act: Act) -> Result<()> {
        let handles_direct = self.acting.member.as_ref().is_none_or(|member| member.handles_direct);
        Ok(policy::may(self.role(), handles_direct, act)?)
    }

    /// Whether direct messages may be shown to them.
    pub fn sees_direct(&self) -> bool {
        self.may(Act::ReadDirect).is_ok()
    }

    /// Writes down what they did as a brand, in the transaction of the act; nothing as themselves.
    pub fn record(
        &self,
        conn: &mut Conn,
        cx: &Context,
        verb: &str,
        subject: &impl ToString,
    ) -> crate::error::Result<()> {
        if self.acting.member.is_none() {
            return Ok(());
        }
        teams::record_act(conn, cx, self.me(), self.user(), Some(self.app()), verb, &subject.to_string())
    }
}

fn out_of_scope() -> ApiError {
    ApiError::Domain(Error::forbidden("This action is outside the authorized scopes"))
}

/// A caller or nobody. A token that was sent and does not hold is an error, not nobody.
#[derive(Debug, Clone)]
pub struct MaybeCaller(pub Option<Caller>);

impl MaybeCaller {
    /// The account they act as.
    pub fn me(&self) -> Option<AccountId> {
        self.0.as_ref().map(Caller::me)
    }

    /// Refuses with 403 if there is a caller whose token lacks the scope.
    pub fn require(&self, scope: &str) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |caller| caller.require(scope))
    }
}

/// Any valid token, of a person or of an application alone.
#[derive(Debug, Clone)]
pub struct AnyCaller(pub Grant);

impl AnyCaller {
    /// Refuses with 403 unless the token has the scope, itself or by a parent.
    pub fn require(&self, scope: &str) -> Result<()> {
        if self.0.scopes.contains(scope) { Ok(()) } else { Err(out_of_scope()) }
    }
}

impl From<AnyCaller> for MaybeCaller {
    /// Somebody, if the token is not one of an application alone.
    fn from(AnyCaller(grant): AnyCaller) -> Self {
        Self(grant.acting.clone().map(|acting| Caller { acting, grant }))
    }
}

/// The token of the `Authorization` header.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// What the token proves now. Its use is written down once an hour, without which nothing fails; the rates of its account are counted.
pub async fn grant_of(app: &App, token: &str) -> Result<Grant> {
    let text = token.to_owned();
    let grant = app.db.read(move |conn| oauth::find_grant(conn, &text)).await?;
    let grant = grant.ok_or(Error::Unauthorized("The access token is invalid"))?;
    if let Some(acting) = &grant.acting {
        let limits = &app.config.limits;
        app.rates.take("api account", limits.rate(limits.api_per_account), acting.account.id)?;
    }
    if oauth::wants_touch(&grant, app.clock.now()) {
        let token = grant.token;
        // Who only reads can do so while nothing can be written.
        if let Err(error) = app.act(move |conn, cx| oauth::touch(conn, cx, token)).await {
            tracing::warn!(%error, "the use of a token was not written down");
        }
    }
    Ok(grant)
}

type Extracting<T> = Pin<Box<dyn Future<Output = std::result::Result<T, HttpError>>>>;

async fn grant_of_request(request: &HttpRequest) -> Result<Option<Grant>> {
    let Some(token) = bearer(request) else { return Ok(None) };
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::bug("no app in the request"))?;
    grant_of(app, token).await.map(Some)
}

impl FromRequest for AnyCaller {
    type Error = HttpError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let grant = grant_of_request(&request)
                .await?
                .ok_or(ApiError::Domain(Error::Unauthorized("The access token is invalid")))?;
            Ok(Self(grant))
        })
    }
}

impl FromRequest for Caller {
    type Error = HttpError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let any = AnyCaller::from_request(request, payload);
        Box::pin(async move {
            let AnyCaller(grant) = any.await?;
            // A token of an application alone cannot act: 422, as clients expect.
            let acting = grant.acting.clone().ok_or_else(|| {
                ApiError::Domain(Error::invalid(
                    "token",
                    "must belong to somebody: this method requires an authenticated user",
                ))
            })?;
            Ok(Self { grant, acting })
        })
    }
}

impl FromRequest for MaybeCaller {
    type Error = HttpError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let grant = grant_of_request(&request).await?;
            Ok(Self(grant.and_then(|grant| Some(Caller { acting: grant.acting.clone()?, grant }))))
        })
    }
}
