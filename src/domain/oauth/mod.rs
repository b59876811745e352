//! OAuth 2: client applications, authorisation codes with PKCE, access tokens bound to a person and the account they act as.

mod scopes;

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Bool;

pub use scopes::Scopes;

use crate::context::Context;
use crate::crypto::tokens;
use crate::db::schema::{accounts, oauth_apps, oauth_codes, oauth_tokens, team_members, users};
use crate::db::{Conn, Json, MultiBackend};
use crate::domain::accounts::Account;
use crate::domain::activity;
use crate::domain::events::{self, Event};
use crate::domain::push_subscriptions;
use crate::domain::teams::Member;
use crate::error::{Error, Result};
use crate::ids::{AccountId, AppId, TokenId, UserId};
use crate::time::Time;

/// The redirect address that means "show the code on a page" (RFC 6749 out-of-band practice).
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// How long a code can be redeemed.
const CODE_LIFETIME: Duration = Duration::from_secs(600);
/// How often the last use of a token is written down.
const TOUCH: Duration = Duration::from_secs(3600);

/// A client application as it is kept; the secret only as a hash.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = oauth_apps)]
pub struct App {
    pub id: AppId,
    pub client_id: String,
    pub secret_hash: String,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Json<Vec<String>>,
    pub scopes: String,
    pub created_at: Time,
}

impl App {
    /// What it may ask for at most.
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scopes).unwrap_or_default()
    }

    /// Whether codes may be sent there: an exact match, but for the port of a loopback address (RFC 8252 section 7.3).
    pub fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris.0.iter().any(|registered| registered == uri || same_loopback(registered, uri))
    }

    /// Whether `secret` is this application's.
    pub fn has_secret(&self, secret: &str) -> bool {
        tokens::constant_time_eq(&self.secret_hash, tokens::hash_token(secret))
    }
}

fn same_loopback(a: &str, b: &str) -> bool {
    let (Ok(mut a), Ok(mut b)) = (url::Url::parse(a), url::Url::parse(b)) else { return false };
    let loopback = matches!(a.host_str(), Some("127.0.0.1" | "[::1]"));
    loopback && a.set_port(None).is_ok() && b.set_port(None).is_ok() && a == b
}

/// A client that registers.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// Shown when somebody is asked to allow it.
    pub name: String,
    /// Its home page.
    pub website: Option<String>,
    /// Where codes may be sent: https, http, custom schemes or [`OUT_OF_BAND`].
    pub redirect_uris: Vec<String>,
    /// What it may ask for at most.
    pub scopes: Scopes,
}

/// Registers a client; returns it with its secret, which is not kept.
pub fn register(conn: &mut Conn, cx: &Context, new: NewApp) -> Result<(App, String)> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Error::invalid("client_name", "must have 1 to 200 characters"));
    }
    if new.redirect_uris.is_empty() || new.redirect_uris.len() > 20 {
        return Err(Error::invalid("redirect_uris", "must be 1 to 20 addresses"));
    }
    for uri in &new.redirect_uris {
        check_redirect(uri)?;
    }
    if let Some(site) = new.website.as_deref().filter(|site| !site.is_empty()) {
        let fine =
            site.len() <= 2000 && url::Url::parse(site).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !fine {
            return Err(Error::invalid("website", "must be an http or https address"));
        }
    }
    let (client_id, secret) = (tokens::random_token(32)?, tokens::random_token(32)?);
    let id: AppId = cx.id();
    diesel::insert_into(oauth_apps::table)
        .values((
            oauth_apps::id.eq(id),
            oauth_apps::client_id.eq(&client_id),
            oauth_apps::secret_hash.eq(tokens::hash_token(&secret)),
            oauth_apps::name.eq(&name),
            oauth_apps::website.eq(new.website.filter(|site| !site.is_empty())),
            oauth_apps::redirect_uris.eq(Json(new.redirect_uris)),
            oauth_apps::scopes.eq(new.scopes.to_string()),
            oauth_apps::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok((oauth_apps::table.find(id).select(App::as_select()).first(conn)?, secret))
}

fn check_redirect(uri: &str) -> Result<()> {
    let bad = |why: &str| Err(Error::invalid("redirect_uris", why));
    if uri == OUT_OF_BAND {
        return Ok(());
    }
    if uri.len() > 2000 {
        return bad("must not be longer than 2000 characters");
    }
    match url::Url::parse(uri) {
        // A scheme that browsers run or read from disk is no place to send a code to.
        Ok(url) if matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob" | "about") => {
            bad("must not use that scheme")
        }
        Ok(url) if url.fragment().is_some() => bad("must not contain a fragment"),
        Ok(_) => Ok(()),
        Err(_) => bad("must be absolute addresses"),
    }
}

/// The client with this id.
pub fn find_app(conn: &mut Conn, client_id: &str) -> Result<Option<App>> {
    Ok(oauth_apps::table.filter(oauth_apps::client_id.eq(client_id)).select(App::as_select()).first(conn).optional()?)
}

/// The client of a token or post.
pub fn get_app(conn: &mut Conn, id: AppId) -> Result<App> {
    Ok(oauth_apps::table.find(id).select(App::as_select()).first(conn)?)
}

/// What somebody allowed a client.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Which client.
    pub app: AppId,
    /// Who allowed it.
    pub user: UserId,
    /// As whom it may act: the user's own account or a brand of a team they are in.
    pub account: AccountId,
    /// What it may do.
    pub scopes: Scopes,
    /// Where the code goes.
    pub redirect_uri: String,
    /// PKCE challenge, S256 (RFC 7636).
    pub code_challenge: Option<String>,
}

/// Writes a code that can be redeemed once within ten minutes; returns it. Refuses an account the user may not act as.
pub fn issue_code(conn: &mut Conn, cx: &Context, consent: &Consent) -> Result<String> {
    may_act_as(conn, consent.user, consent.account)?;
    let code = tokens::random_token(32)?;
    diesel::insert_into(oauth_codes::table)
        .values((
            oauth_codes::code_hash.eq(tokens::hash_token(&code)),
            oauth_codes::app_id.eq(consent.app),
            oauth_codes::user_id.eq(consent.user),
            oauth_codes::account_id.eq(consent.account),
            oauth_codes::scopes.eq(consent.scopes.to_string()),
            oauth_codes::redirect_uri.eq(&consent.redirect_uri),
            oauth_codes::code_challenge.eq(&consent.code_challenge),
            oauth_codes::expires_at.eq(cx.now.after(CODE_LIFETIME)),
        ))
        .execute(conn)?;
    Ok(code)
}

/// Refuses unless `account` is the user's own or a brand of a team they are in.
pub fn may_act_as(conn: &mut Conn, user: UserId, account: AccountId) -> Result<()> {
    let own = diesel::select(diesel::dsl::exists(
        users::table.filter(users::id.eq(user)).filter(users::account_id.eq(account)),
    ))
    .get_result(conn)?;
    if own || crate::domain::teams::find(conn, account, user)?.is_some() {
        Ok(())
    } else {
        Err(Error::forbidden("You are not in the team of that account"))
    }
}

#[derive(Queryable)]
struct CodeRow {
    app_id: AppId,
    user_id: UserId,
    account_id: AccountId,
    scopes: String,
    redirect_uri: String,
    code_challenge: Option<String>,
    expires_at: Time,
    used_at: Option<Time>,
    token_id: Option<TokenId>,
}

/// How redeeming a code ended.
#[derive(Debug)]
pub enum Redeemed {
    /// A token was issued.
    Token(NewToken),
    /// The code is wrong, used, too old or meant for another client, redirect or verifier (RFC 6749 `invalid_grant`).
    Refused,
}

/// A token just issued; the text is not kept.
#[derive(Debug)]
pub struct NewToken {
    /// Its row.
    pub id: TokenId,
    /// What the client sends.
    pub text: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was issued.
    pub created_at: Time,
}

/// Redeems a code. A code that comes a second time was stolen by one side or the other: the token it gave ends (RFC 6749 section 4.1.2).
/// The refusal is no error, so that this revocation stays.
pub fn redeem_code(
    conn: &mut Conn,
    cx: &Context,
    app: &App,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Redeemed> {
    let hash = tokens::hash_token(code);
    let row: Option<CodeRow> = oauth_codes::table
        .find(&hash)
        .select((
            oauth_codes::app_id,
            oauth_codes::user_id,
            oauth_codes::account_id,
            oauth_codes::scopes,
            oauth_codes::redirect_uri,
            oauth_codes::code_challenge,
            oauth_codes::expires_at,
            oauth_codes::used_at,
            oauth_codes::token_id,
        ))
        .first(conn)
        .optional()?;
    let Some(row) = row.filter(|row| row.app_id == app.id) else { return Ok(Redeemed::Refused) };
    if row.used_at.is_some() {
        if let Some(token) = row.token_id {
            revoke_id(conn, cx, token)?;
        }
        return Ok(Redeemed::Refused);
    }
    let proven = match (&row.code_challenge, verifier) {
        (None, _) => true,
        (Some(challenge), Some(verifier)) => tokens::constant_time_eq(challenge, tokens::s256_challenge(verifier)),
        (Some(_), None) => false,
    };
    if row.expires_at <= cx.now
        || row.redirect_uri != redirect_uri
        || !proven
        || may_act_as(conn, row.user_id, row.account_id).is_err()
    {
        return Ok(Redeemed::Refused);
    }
    // Two requests at once: only one may turn the code into a token.
    let taken = diesel::update(oauth_codes::table.find(&hash).filter(oauth_codes::used_at.is_null()))
        .set(oauth_codes::used_at.eq(cx.now))
        .execute(conn)?;
    if taken == 0 {
        return Ok(Redeemed::Refused);
    }
    let token = issue_token(conn, cx, app.id, Some((row.user_id, row.account_id)), Scopes::parse(&row.scopes)?)?;
    diesel::update(oauth_codes::table.find(&hash)).set(oauth_codes::token_id.eq(token.id)).execute(conn)?;
    Ok(Redeemed::Token(token))
}

/// Issues a token to a client, for somebody acting as an account or (`None`) for the client itself.
pub fn issue_token(
    conn: &mut Conn,
    cx: &Context,
    app: AppId,
    acting: Option<(UserId, AccountId)>,
    scopes: Scopes,
) -> Result<NewToken> {
    let text = tokens::random_token(32)?;
    let id: TokenId = cx.id();
    diesel::insert_into(oauth_tokens::table)
        .values((
            oauth_tokens::id.eq(id),
            oauth_tokens::token_hash.eq(tokens::hash_token(&text)),
            oauth_tokens::app_id.eq(app),
            oauth_tokens::user_id.eq(acting.map(|(user, _)| user)),
            oauth_tokens::account_id.eq(acting.map(|(_, account)| account)),
            oauth_tokens::scopes.eq(scopes.to_string()),
            oauth_tokens::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok(NewToken { id, text, scopes, created_at: cx.now })
}

/// What a token proves.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token.
    pub token: TokenId,
    /// The client that holds it.
    pub app: AppId,
    /// What it may do.
    pub scopes: Scopes,
    /// Who acts; absent for tokens of a client alone.
    pub acting: Option<Acting>,
    /// When its use was last written down.
    pub last_used_at: Option<Time>,
}

/// The person behind a token and the account they act as.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The person.
    pub user: UserId,
    /// As whom they act.
    pub account: Account,
    /// Their place in the brand's team; absent when they act as themselves.
    pub member: Option<Member>,
    /// Of the account's filters, which change with every [`Event::FiltersChanged`]; 0 if there are none.
    pub filters_version: i64,
}

type GrantRow = (TokenId, AppId, Option<UserId>, Option<AccountId>, String, Option<Time>);

/// What this token proves now: nothing if it was revoked, its user disabled, its account gone, or its user left the brand's team.
pub fn find_grant(conn: &mut Conn, token: &str) -> Result<Option<Grant>> {
    grant(conn, Box::new(oauth_tokens::token_hash.eq(tokens::hash_token(token))))
}

/// Like [`find_grant`], by the token's id: for streams that were opened with it.
pub fn recheck_grant(conn: &mut Conn, token: TokenId) -> Result<Option<Grant>> {
    grant(conn, Box::new(oauth_tokens::id.eq(token)))
}

fn grant(
    conn: &mut Conn,
    which: Box<dyn BoxableExpression<oauth_tokens::table, MultiBackend, SqlType = Bool>>,
) -> Result<Option<Grant>> {
    let row: Option<GrantRow> = oauth_tokens::table
        .filter(which)
        .filter(oauth_tokens::revoked_at.is_null())
        .select((
            oauth_tokens::id,
            oauth_tokens::app_id,
            oauth_tokens::user_id,
            oauth_tokens::account_id,
            oauth_tokens::scopes,
            oauth_tokens::last_used_at,
        ))
        .first(conn)
        .optional()?;
    let Some((token, app, user, account, scopes, last_used_at)) = row else { return Ok(None) };
    let acting = match (user, account) {
        (Some(user), Some(account)) => {
            let Some(acting) = acting(conn, user, account)? else { return Ok(None) };
            Some(acting)
        }
        _ => None,
    };
    Ok(Some(Grant { token, app, scopes: Scopes::parse(&scopes)?, acting, last_used_at }))
}

/// The person and the account, if that person may act as it now.
pub(in crate::domain) fn acting(conn: &mut Conn, user: UserId, account: AccountId) -> Result<Option<Acting>> {
    let row: Option<(AccountId, Account, Option<Member>, i64)> = users::table
        .inner_join(accounts::table.on(accounts::id.eq(account)))
        .left_join(team_members::table.on(team_members::brand_id.eq(account).and(team_members::user_id.eq(users::id))))
        .filter(users::id.eq(user))
        .filter(users::disabled_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .filter(accounts::suspended_at.is_null())
        .select((users::account_id, Account::as_select(), Option::<Member>::as_select(), accounts::filters_version))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(own, account, member, filters_version)| {
        (own == account.id || member.is_some()).then_some(Acting { user, account, member, filters_version })
    }))
}

/// Whether the token's last use should be written down.
pub fn wants_touch(grant: &Grant, now: Time) -> bool {
    grant.last_used_at.is_none_or(|last| now.since(last) > TOUCH)
}

/// Writes down that the token was used.
pub fn touch(conn: &mut Conn, cx: &Context, token: TokenId) -> Result<()> {
    let user: Option<Option<UserId>> =
        oauth_tokens::table.find(token).select(oauth_tokens::user_id).first(conn).optional()?;
    if let Some(user) = user.flatten() {
        activity::note(conn, user, cx.now)?;
    }
    diesel::update(oauth_tokens::table.find(token)).set(oauth_tokens::last_used_at.eq(cx.now)).execute(conn)?;
    Ok(())
}

/// How revoking ended (RFC 7009).
#[derive(Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It no longer holds, or never did.
    Done,
    /// It belongs to another client.
    NotYours,
}

/// Ends a token of this client.
pub fn revoke(conn: &mut Conn, cx: &Context, app: AppId, token: &str) -> Result<Revoked> {
    let row: Option<(TokenId, AppId)> = oauth_tokens::table
        .filter(oauth_tokens::token_hash.eq(tokens::hash_token(token)))
        .select((oauth_tokens::id, oauth_tokens::app_id))
        .first(conn)
        .optional()?;
    match row {
        Some((_, owner)) if owner != app => Ok(Revoked::NotYours),
        Some((id, _)) => revoke_id(conn, cx, id).map(|()| Revoked::Done),
        None => Ok(Revoked::Done),
    }
}

fn revoke_id(conn: &mut Conn, cx: &Context, token: TokenId) -> Result<()> {
    let changed = diesel::update(oauth_tokens::table.find(token).filter(oauth_tokens::revoked_at.is_null()))
        .set(oauth_tokens::revoked_at.eq(cx.now))
        .execute(conn)?;
    push_subscriptions::unsubscribe(conn, token)?;
    if changed > 0 { events::record(conn, cx, Event::TokenRevoked { token }) } else { Ok(()) }
}

/// Ends every token with which `user` acts as `account`.
pub fn revoke_for(conn: &mut Conn, cx: &Context, user: UserId, account: AccountId) -> Result<()> {
    let held: Vec<TokenId> = oauth_tokens::table
        .filter(oauth_tokens::user_id.eq(user))
        .filter(oauth_tokens::account_id.eq(account))
        .filter(oauth_tokens::revoked_at.is_null())
        .select(oauth_tokens::id)
        .load(conn)?;
    held.into_iter().try_for_each(|token| revoke_id(conn, cx, token))
}

/// Ends every token of `user`.
pub fn revoke_all_of(conn: &mut Conn, cx: &Context, user: UserId) -> Result<()> {
    let held: Vec<TokenId> = oauth_tokens::table
        .filter(oauth_tokens::user_id.eq(user))
        .filter(oauth_tokens::revoked_at.is_null())
        .select(oauth_tokens::id)
        .load(conn)?;
    held.into_iter().try_for_each(|token| revoke_id(conn, cx, token))
}

/// An application somebody allowed, for their settings page.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// The token to revoke.
    pub token: TokenId,
    /// Its name.
    pub app_name: String,
    /// Acting as whom, as a handle without domain.
    pub acting_as: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Since when.
    pub created_at: Time,
    /// Its last use, to the hour.
    pub last_used_at: Option<Time>,
}

/// The applications that hold tokens of `user`, newest first.
pub fn list_allowed(conn: &mut Conn, user: UserId) -> Result<Vec<Allowed>> {
    let rows: Vec<(TokenId, String, String, String, Time, Option<Time>)> = oauth_tokens::table
        .inner_join(oauth_apps::table.on(oauth_apps::id.eq(oauth_tokens::app_id)))
        .inner_join(accounts::table.on(accounts::id.nullable().eq(oauth_tokens::account_id)))
        .filter(oauth_tokens::user_id.eq(user))
        .filter(oauth_tokens::revoked_at.is_null())
        .order(oauth_tokens::id.desc())
        .limit(200)
        .select((
            oauth_tokens::id,
            oauth_apps::name,
            accounts::username,
            oauth_tokens::scopes,
            oauth_tokens::created_at,
            oauth_tokens::last_used_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(token, app_name, acting_as, scopes, created_at, last_used_at)| {
            Ok(Allowed { token, app_name, acting_as, scopes: Scopes::parse(&scopes)?, created_at, last_used_at })
        })
        .collect()
}

/// Ends a token of `user`, chosen on their settings page; an error if it is not theirs.
pub fn revoke_own(conn: &mut Conn, cx: &Context, user: UserId, token: TokenId) -> Result<()> {
    let own = diesel::select(diesel::dsl::exists(
        oauth_tokens::table.filter(oauth_tokens::id.eq(token)).filter(oauth_tokens::user_id.eq(user)),
    ))
    .get_result(conn)?;
    if own { revoke_id(conn, cx, token) } else { Err(Error::NotFound("application")) }
}

/// Removes codes that can no longer be redeemed; returns how many.
pub fn prune_codes(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(oauth_codes::table.filter(oauth_codes::expires_at.lt(now.before(CODE_LIFETIME * 6))))
        .execute(conn)?)
}
