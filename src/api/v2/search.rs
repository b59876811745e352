//! `/api/v2/search`: accounts, hashtags and posts, by text or by address. Other servers are asked only for callers who want it (`resolve`).

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::api::auth::MaybeCaller;
use crate::api::entities::account::Account;
use crate::api::entities::status::Status;
use crate::api::entities::tag::Tag;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::api::paging::PageQuery;
use crate::api::reading::Reader;
use crate::app::App;
use crate::db::Conn;
use crate::domain::accounts::{Account as Row, Kind, queries};
use crate::domain::resolver::{Handle, Resolved};
use crate::domain::search::{self, AccountSearch, PostSearch};
use crate::domain::{posts, tags};
use crate::error::{Error, Result as Outcome};
use crate::ids::{AccountId, PostId};

/// How long a search waits for other servers.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many results of each kind one may ask for.
const MOST: i64 = 40;
/// How far into the results one may go.
const DEEPEST: i64 = 10_000;
/// The longest text that is searched for, in bytes.
const LONGEST: usize = 2048;

/// What to search for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    q: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    resolve: bool,
    following: bool,
    limit: Option<i64>,
    offset: Option<i64>,
    account_id: Option<String>,
    max_id: Option<String>,
    min_id: Option<String>,
    // `exclude_unreviewed` may be sent and leaves nothing out: hashtags need no review here.
}

impl SearchQuery {
    fn wants(&self, kind: &str) -> bool {
        self.kind.as_deref().filter(|kind| !kind.is_empty()).is_none_or(|wanted| wanted == kind)
    }

    /// Whose posts alone are looked for.
    fn author(&self) -> Result<Option<AccountId>> {
        let id = self.account_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        id.map(|id| id.parse().map_err(|_| ApiError::malformed("account_id is not an id"))).transpose()
    }
}

/// What was found; all lists are there, whatever was asked for.
#[derive(Debug, Default, Serialize)]
pub struct Found {
    accounts: Vec<Account>,
    statuses: Vec<Status>,
    hashtags: Vec<Tag>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.statuses.is_empty() && self.hashtags.is_empty()
    }
}

/// Searches.
pub async fn search(app: web::Data<App>, caller: MaybeCaller, input: Input<SearchQuery>) -> Result<HttpResponse> {
    caller.require("read:search")?;
    let mut query = input.value;
    // PostgreSQL knows no text with this character in it.
    query.q = query.q.replace('\0', " ").trim().to_owned();
    if query.q.is_empty() || query.q.len() > LONGEST {
        return Err(ApiError::malformed(format!("q must be a text of at most {LONGEST} bytes")));
    }
    let offset = query.offset.unwrap_or(0);
    if offset < 0 || query.limit.is_some_and(|limit| limit < 0) {
        return Err(ApiError::malformed("limit and offset must be numbers of 0 or more"));
    }
    if caller.0.is_none() && (query.resolve || offset > 0) {
        return Err(Error::Unauthorized("Search with resolve or offset needs a signed-in user").into());
    }
    let found = match target(&query.q, app.urls()?.domain()) {
        Target::Address => {
            let found = by_address(&app, &caller, &query).await?;
            // Somebody may look for posts that link there.
            if query.resolve || !found.is_empty() { found } else { by_text(&app, &caller, query, offset).await? }
        }
        Target::Handle(handle) => match by_handle(&app, &caller, &query, &handle).await? {
            Some(found) => found,
            None => by_text(&app, &caller, query, offset).await?,
        },
        Target::Text => by_text(&app, &caller, query, offset).await?,
    };
    Ok(HttpResponse::Ok().json(found))
}

/// What a search text is.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// An address of something.
    Address,
    /// An account by its whole handle, relative to this server.
    Handle(Handle),
    /// Anything else.
    Text,
}

fn target(q: &str, own: &str) -> Target {
    if q.starts_with("https://") || q.starts_with("http://") {
        return Target::Address;
    }
    match Handle::parse(q).filter(|handle| !handle.is_local()) {
        Some(handle) => Target::Handle(handle.relative_to(own)),
        None => Target::Text,
    }
}

/// Asks `question` of other servers for the caller, within their allowance. What cannot be found is none.
async fn ask<T>(app: &App, me: AccountId, question: impl Future<Output = Outcome<Option<T>>>) -> Result<Option<T>> {
    let limits = &app.config.limits;
    app.rates.take("resolve", limits.rate(limits.resolve_per_account), me)?;
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(Error::Internal(cause))) => Err(Error::Internal(cause).into()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a search did not find what it asked another server for");
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}

/// An account or a post by its id or page.
async fn by_address(app: &App, caller: &MaybeCaller, query: &SearchQuery) -> Result<Found> {
    let address = query.q.clone();
    let known = app.db.read(move |conn| known(conn, &address)).await?;
    let resolved = match (known, caller.me().filter(|_| query.resolve)) {
        (None, Some(me)) => {
            let resolver = app.resolver()?;
            ask(app, me, resolver.object(&query.q)).await?
        }
        (known, _) => known,
    };
    match resolved {
        Some(Resolved::Account(id)) if query.wants("accounts") => {
            let row = app.db.read(move |conn| queries::find(conn, id)).await?;
            Ok(Found { accounts: shown(row, app)?, ..Found::default() })
        }
        Some(Resolved::Post(id)) if query.wants("statuses") => {
            Ok(Found { statuses: post(app, Reader::from(caller), id).await?, ..Found::default() })
        }
        _ => Ok(Found::default()),
    }
}

fn known(conn: &mut Conn, uri: &str) -> Outcome<Option<Resolved>> {
    if let Some(account) = queries::find_by_uri(conn, uri)? {
        return Ok(Some(Resolved::Account(account.id)));
    }
    Ok(posts::queries::find_by_uri(conn, uri)?.map(|post| Resolved::Post(post.id)))
}

async fn post(app: &App, reader: Reader, id: PostId) -> Result<Vec<Status>> {
    let cx = app.context()?;
    let status = app
        .db
        .read(move |conn| match reader.get(conn, id) {
            Ok(post) => reader.statuses(conn, &cx, vec![post]),
            Err(Error::NotFound(_)) => Ok(Vec::new()),
            Err(other) => Err(other),
        })
        .await?;
    Ok(status)
}

fn shown(row: Option<Row>, app: &App) -> Result<Vec<Account>> {
    let urls = app.urls()?;
    Ok(row
        .filter(|row| row.is_active() && row.kind != Kind::Application)
        .map(|row| Account::render(&row, &urls))
        .into_iter()
        .collect())
}

/// Exactly the account with that handle; `None` if there is none, or something else is wanted.
async fn by_handle(app: &App, caller: &MaybeCaller, query: &SearchQuery, handle: &Handle) -> Result<Option<Found>> {
    if !query.wants("accounts") {
        return Ok(None);
    }
    let (username, domain) = (handle.username.clone(), handle.domain.clone().unwrap_or_default());
    let known = app.db.read(move |conn| queries::find_by_handle(conn, &username, &domain)).await?;
    let row = match (known, caller.me().filter(|_| query.resolve && !handle.is_local())) {
        (None, Some(me)) => {
            let resolver = app.resolver()?;
            ask(app, me, resolver.account(handle)).await?
        }
        (known, _) => known,
    };
    let accounts = shown(row, app)?;
    Ok((!accounts.is_empty()).then(|| Found { accounts, ..Found::default() }))
}

/// Accounts and hashtags whose names match, and posts that the caller may find; strangers find no posts.
async fn by_text(app: &App, caller: &MaybeCaller, query: SearchQuery, offset: i64) -> Result<Found> {
    let (cx, me, reader) = (app.context()?, caller.me(), Reader::from(caller));
    let (limit, offset) = (query.limit.unwrap_or(20).min(MOST), offset.min(DEEPEST));
    let page = PageQuery { max_id: query.max_id.clone(), min_id: query.min_id.clone(), ..PageQuery::default() }
        .page(limit, MOST)?;
    let author = query.author()?;
    let found = app
        .db
        .read(move |conn| {
            let mut found = Found::default();
            if query.wants("accounts") && !query.q.starts_with('#') {
                let wanted =
                    AccountSearch { text: query.q.clone(), following: query.following && me.is_some(), limit, offset };
                let rows = search::accounts(conn, &cx, me, &wanted)?;
                found.accounts = rows.iter().map(|row| Account::render(row, &cx.urls)).collect();
            }
            if let Some(me) = me.filter(|_| query.wants("statuses")) {
                let wanted =
                    PostSearch { text: query.q.clone(), author, page, offset, with_direct: reader.sees_direct() };
                let rows = search::posts(conn, &cx, me, &wanted)?;
                found.statuses = reader.statuses(conn, &cx, rows)?;
            }
            if query.wants("hashtags") && !query.q.starts_with('@') {
                let rows = tags::search(conn, query.q.trim_start_matches('#'), limit, offset)?;
                let views = tags::views::load(conn, me, rows, cx.now)?;
                found.hashtags = views.iter().map(|view| Tag::render(view, &cx.urls)).collect();
            }
            Ok(found)
        })
        .await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_lists_are_there_even_when_nothing_is_found() {
        assert_eq!(
            serde_json::to_value(Found::default()).unwrap(),
            json!({"accounts": [], "statuses": [], "hashtags": []})
        );
    }

    #[test]
    fn a_text_is_an_address_a_handle_or_a_name() {
        assert_eq!(target("https://a.example/@x/1", "b.example"), Target::Address);
        assert!(
            matches!(target("@x@a.example", "b.example"), Target::Handle(handle) if handle.domain.as_deref() == Some("a.example"))
        );
        assert!(matches!(target("x@B.example", "b.example"), Target::Handle(handle) if handle.is_local()));
        assert_eq!(target("tea", "b.example"), Target::Text);
        assert_eq!(target("#tea", "b.example"), Target::Text);
    }

    #[test]
    fn a_wanted_kind_leaves_out_the_others() {
        let query = |kind: Option<&str>| SearchQuery { kind: kind.map(str::to_owned), ..SearchQuery::default() };
        assert!(
            query(None).wants("accounts")
                && query(Some("")).wants("statuses")
                && query(Some("accounts")).wants("accounts")
        );
        assert!(!query(Some("accounts")).wants("statuses"));
    }
}
