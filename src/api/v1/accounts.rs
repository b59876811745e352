//! `/api/v1/accounts`: looking at accounts and changing one's own.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::account::{Account, CredentialAccount};
use crate::api::entities::list::List;
use crate::api::entities::relationship::Relationship;
use crate::api::entities::suggestion::FamiliarFollowers;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::{Input, Upload};
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::Reader;
use crate::app::App;
use crate::db::{Conn, Json};
use crate::domain::accounts::actions::{ProfileEdit, edit_profile};
use crate::domain::accounts::{Account as Row, Kind, ProfileField, queries};
use crate::domain::posts::Visibility;
use crate::domain::posts::queries::AccountFilter;
use crate::domain::resolver::Handle;
use crate::domain::search::{AccountSearch, accounts as accounts_called};
use crate::domain::teams::policy::Act;
use crate::domain::{follows, lists as list_rows, posts, users};
use crate::error::Error;
use crate::ids::{AccountId, FollowId};
use crate::media;
use crate::text::compose::{self, MentionTarget};
use crate::text::handles::normalize_domain;
use crate::text::{language, plain};

/// How many accounts can be asked for by their ids at once.
const AT_ONCE: usize = 40;
/// How many sites may name one account as an author.
const MAX_SITES: usize = 100;

/// The caller's account with its settings.
pub async fn verify_credentials(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require_any(&["profile", "read:accounts"])?;
    own(&app, caller).await
}

/// How an own account is answered: the role on the server only where one acts as oneself.
pub(super) async fn own(app: &App, caller: Caller) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let (me, user, is_oneself) = (caller.me(), caller.user(), caller.role().is_none());
    let (row, requests, role) = app
        .db
        .read(move |conn| {
            let role = if is_oneself { Some(users::get(conn, user)?.role) } else { None };
            Ok((queries::get(conn, me)?, follows::count_requests(conn, me)?, role))
        })
        .await?;
    Ok(HttpResponse::Ok().json(CredentialAccount::render(&row, requests, role, &urls)))
}

/// Changes to a profile; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    display_name: Option<String>,
    note: Option<String>,
    avatar_description: Option<String>,
    header_description: Option<String>,
    locked: Option<bool>,
    bot: Option<bool>,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    hide_collections: Option<bool>,
    fields_attributes: Option<Vec<FieldForm>>,
    source: Option<SourceForm>,
    show_media: Option<bool>,
    show_media_replies: Option<bool>,
    show_featured: Option<bool>,
    attribution_domains: Option<Vec<String>>,
}

/// A line of a profile as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FieldForm {
    name: String,
    value: String,
}

/// The defaults for posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SourceForm {
    privacy: Option<Visibility>,
    sensitive: Option<bool>,
    language: Option<String>,
    quote_policy: Option<String>,
}

/// Changes the caller's profile.
pub async fn update_credentials(
    app: web::Data<App>,
    caller: Caller,
    input: Input<ProfileForm>,
) -> Result<HttpResponse> {
    change(&app, &caller, input).await?;
    own(&app, caller).await
}

/// Changes the caller's profile; pictures that are replaced are removed.
pub(super) async fn change(app: &App, caller: &Caller, input: Input<ProfileForm>) -> Result<()> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    check_lengths(&input.value, &app.config.limits)?;
    let attribution_domains = input.value.attribution_domains.as_deref().map(sites).transpose()?;
    let quote_policy = input.value.source.as_ref().and_then(|source| source.quote_policy.as_deref());
    let quote_policy = quote_policy.filter(|name| !name.trim().is_empty()).map(super::quotes::policy).transpose()?;
    let avatar = store_picture(app, input.file("avatar"), 400, 400).await?;
    let header = store_picture(app, input.file("header"), 1500, 500).await?;
    let (limits, form, by) = (app.config.limits.clone(), input.value, caller.clone());
    let stored: Vec<String> = [&avatar, &header].into_iter().flatten().cloned().collect();
    let replaced: Vec<String> = [(&avatar, &caller.account().avatar), (&header, &caller.account().header)]
        .into_iter()
        .filter(|(new, _)| new.is_some())
        .filter_map(|(_, old)| old.clone())
        .collect();
    let changed = app
        .act(move |conn, cx| {
            let source = form.source.unwrap_or_default();
            let note = form.note.as_deref().map(|text| render_text(conn, cx, text)).transpose()?;
            let fields = form
                .fields_attributes
                .map(|fields| render_fields(conn, cx, fields, limits.profile_fields))
                .transpose()?;
            let edit = ProfileEdit {
                display_name: form.display_name.map(|name| plain::clean_text(&name, limits.display_name_characters)),
                note,
                note_source: form.note,
                fields: fields.map(Json),
                avatar: avatar.map(Some),
                avatar_description: form.avatar_description,
                header: header.map(Some),
                header_description: form.header_description,
                is_locked: form.locked,
                is_discoverable: form.discoverable,
                is_indexable: form.indexable,
                hides_collections: form.hide_collections,
                kind: form.bot.and_then(|bot| kind_as(by.account().kind, bot)),
                default_visibility: source.privacy,
                default_sensitive: source.sensitive,
                default_language: source.language.map(|code| language::normalize(&code)),
                default_quote_policy: quote_policy,
                shows_media: form.show_media,
                shows_media_replies: form.show_media_replies,
                shows_featured: form.show_featured,
                attribution_domains: attribution_domains.map(Json),
                ..ProfileEdit::default()
            };
            edit_profile(conn, cx, by.me(), edit)?;
            by.record(conn, cx, "profile.edit", &by.me())
        })
        .await;
    // What no row names is of no use to anybody.
    super::media::remove(app, if changed.is_ok() { &replaced } else { &stored }).await;
    Ok(changed?)
}

/// The sites that may name an account as an author, as domains; empty lines are left out.
fn sites(typed: &[String]) -> Result<Vec<String>> {
    let typed: Vec<&str> = typed.iter().map(|site| site.trim()).filter(|site| !site.is_empty()).collect();
    if typed.len() > MAX_SITES {
        return Err(Error::invalid("attribution_domains", format!("are more than {MAX_SITES}")).into());
    }
    typed
        .into_iter()
        .map(|site| {
            normalize_domain(site).ok_or_else(|| {
                Error::invalid("attribution_domains", "must be domains such as news.example, without https://").into()
            })
        })
        .collect()
}

/// The kind that an account becomes when its bot mark is set or cleared; `None` if nothing changes.
fn kind_as(kind: Kind, bot: bool) -> Option<Kind> {
    match (kind, bot) {
        (Kind::Person | Kind::Organization, true) => Some(Kind::Service),
        (Kind::Service, false) => Some(Kind::Person),
        _ => None,
    }
}

fn check_lengths(form: &ProfileForm, limits: &crate::config::Limits) -> Result<()> {
    let too_long = |field: &'static str, text: Option<&String>, most: usize| match text {
        Some(text) if text.chars().count() > most => {
            Err(ApiError::from(Error::invalid(field, format!("is too long (maximum is {most} characters)"))))
        }
        _ => Ok(()),
    };
    too_long("display_name", form.display_name.as_ref(), limits.display_name_characters)?;
    too_long("note", form.note.as_ref(), limits.bio_characters)?;
    too_long("avatar_description", form.avatar_description.as_ref(), limits.alt_text_characters)?;
    too_long("header_description", form.header_description.as_ref(), limits.alt_text_characters)?;
    for field in form.fields_attributes.iter().flatten() {
        too_long("fields", Some(&field.name), limits.profile_field_characters)?;
        too_long("fields", Some(&field.value), limits.profile_field_characters)?;
    }
    Ok(())
}

/// Typed text as HTML; mentions of known accounts become links.
fn render_text(conn: &mut Conn, cx: &crate::context::Context, text: &str) -> crate::error::Result<String> {
    let mut known = std::collections::HashMap::new();
    for handle in compose::find_handles(text).into_iter().take(20) {
        let own = handle.clone().relative_to(cx.urls.domain());
        if let Some(row) = queries::find_by_handle(conn, &own.username, own.domain.as_deref().unwrap_or_default())?
            .filter(Row::is_active)
        {
            known.insert(handle, MentionTarget { url: row.url, username: row.username });
        }
    }
    let composed = compose::compose(text, &|handle| known.get(handle).cloned(), &|name| cx.urls.tag(name));
    Ok(composed.html.into_string())
}

fn render_fields(
    conn: &mut Conn,
    cx: &crate::context::Context,
    fields: Vec<FieldForm>,
    most: usize,
) -> crate::error::Result<Vec<ProfileField>> {
    fields
        .into_iter()
        .filter(|field| !field.name.trim().is_empty() || !field.value.trim().is_empty())
        .take(most)
        .map(|field| {
            let html = render_text(conn, cx, field.value.trim())?;
            // A value stands in a line of a table, not in a paragraph; a link there says "this is me too".
            let value = html
                .trim_start_matches("<p>")
                .trim_end_matches("</p>")
                .replace("rel=\"nofollow ", "rel=\"me nofollow ");
            Ok(ProfileField {
                name: plain::clean_text(&field.name, 255),
                value,
                source: field.value,
                verified_at: None,
            })
        })
        .collect()
}

/// Stores an uploaded picture cut to a shape; returns its key.
async fn store_picture(app: &App, file: Option<&Upload>, width: u32, height: u32) -> Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    let limits = media::Limits { bytes: app.config.media.max_image_bytes, pixels: app.config.media.max_image_pixels };
    let picture = media::cover(file.bytes.to_vec(), limits, width, height).await?;
    Ok(Some(app.media.put(picture.extension, picture.file).await?))
}

/// One account.
pub async fn show(app: web::Data<App>, caller: MaybeCaller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let (id, urls) = (*id, app.urls()?);
    let row = app.db.read(move |conn| queries::get(conn, id)).await?;
    Ok(HttpResponse::Ok().json(Account::render(&row, &urls)))
}

/// A handle.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lookup {
    acct: String,
}

/// The account with a handle, if it is known here.
pub async fn lookup(app: web::Data<App>, input: Input<Lookup>) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let handle = Handle::parse(&input.value.acct).ok_or(Error::NotFound("account"))?.relative_to(urls.domain());
    let row = app
        .db
        .read(move |conn| queries::find_by_handle(conn, &handle.username, handle.domain.as_deref().unwrap_or_default()))
        .await?;
    let row = row
        .filter(|row| row.deleted_at.is_none() && row.kind != Kind::Application)
        .ok_or(Error::NotFound("account"))?;
    Ok(HttpResponse::Ok().json(Account::render(&row, &urls)))
}

/// What to search for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    q: String,
    limit: Option<i64>,
    offset: Option<i64>,
    resolve: bool,
    following: bool,
}

/// Accounts by name; with `resolve` a handle is looked up on its server.
pub async fn search(app: web::Data<App>, caller: Caller, input: Input<Search>) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let (form, cx, me) = (input.value, app.context()?, caller.me());
    let urls = cx.urls.clone();
    let limit = form.limit.unwrap_or(40).clamp(0, 80);
    let handle =
        Handle::parse(&form.q).map(|handle| handle.relative_to(urls.domain())).filter(|handle| handle.domain.is_some());
    if let Some(handle) = handle.filter(|_| form.resolve) {
        let limits = &app.config.limits;
        app.rates.take("resolve", limits.rate(limits.resolve_per_account), me)?;
        if let Ok(Some(row)) = app.resolver()?.account(&handle).await {
            return Ok(HttpResponse::Ok().json([Account::render(&row, &urls)]));
        }
    }
    let offset = form.offset.unwrap_or(0).clamp(0, 10_000);
    let wanted = AccountSearch { text: form.q, following: form.following, limit, offset };
    let rows = app.db.read(move |conn| accounts_called(conn, &cx, Some(me), &wanted)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(|row| Account::render(row, &urls)).collect::<Vec<_>>()))
}

/// Accounts by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ids {
    id: Vec<AccountId>,
}

/// Those of these accounts that are there, in the order asked for.
pub async fn list(app: web::Data<App>, caller: MaybeCaller, input: Input<Ids>) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let (ids, urls) = (asked_for(input.value), app.urls()?);
    let wanted = ids.clone();
    let rows = app.db.read(move |conn| queries::list(conn, &wanted)).await?;
    let mut found: HashMap<AccountId, Row> =
        rows.into_iter().filter(|row| row.deleted_at.is_none()).map(|row| (row.id, row)).collect();
    let shown: Vec<Account> =
        ids.iter().filter_map(|id| found.remove(id)).map(|row| Account::render(&row, &urls)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

fn asked_for(ids: Ids) -> Vec<AccountId> {
    ids.id.into_iter().take(AT_ONCE).collect()
}

/// Which of the followers of accounts the caller follows.
pub async fn familiar_followers(app: web::Data<App>, caller: Caller, input: Input<Ids>) -> Result<HttpResponse> {
    caller.require_any(&["read:follows", "follow"])?;
    let (ids, me, urls) = (asked_for(input.value), caller.me(), app.urls()?);
    let rows = app.db.read(move |conn| follows::familiar_followers(conn, me, &ids)).await?;
    let shown: Vec<FamiliarFollowers> =
        rows.iter().map(|(id, followers)| FamiliarFollowers::render(*id, followers, &urls)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// Proofs of who somebody is elsewhere: a method that is still asked for and has been empty for years.
pub async fn identity_proofs(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let id = *id;
    app.db.read(move |conn| queries::get(conn, id)).await?;
    Ok(HttpResponse::Ok().json(json!([])))
}

/// How the caller stands to accounts.
pub async fn relationships(app: web::Data<App>, caller: Caller, input: Input<Ids>) -> Result<HttpResponse> {
    caller.require("read:follows")?;
    let me = caller.me();
    let ids: Vec<AccountId> = input.value.id.into_iter().take(100).collect();
    let rows = app.db.read(move |conn| follows::relationships(conn, me, &ids)).await?;
    Ok(HttpResponse::Ok().json(rows.into_iter().map(Relationship::render).collect::<Vec<_>>()))
}

/// Which posts of an account to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusQuery {
    max_id: Option<String>,
    since_id: Option<String>,
    min_id: Option<String>,
    limit: Option<String>,
    only_media: bool,
    exclude_replies: bool,
    exclude_reblogs: bool,
    pinned: bool,
    tagged: Option<String>,
}

/// Posts of an account that the caller may see.
pub async fn statuses(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<AccountId>,
    input: Input<StatusQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let form = input.value;
    let page = PageQuery { max_id: form.max_id, since_id: form.since_id, min_id: form.min_id, limit: form.limit }
        .page(20, 40)?;
    let filter = AccountFilter {
        only_media: form.only_media,
        exclude_replies: form.exclude_replies,
        exclude_boosts: form.exclude_reblogs,
        pinned: form.pinned,
        tagged: form.tagged,
    };
    let (id, reader, cx) = (*id, Reader::from(&caller), app.context()?);
    let urls = cx.urls.clone();
    let (statuses, cursors) = app
        .db
        .read(move |conn| {
            queries::get(conn, id)?;
            let rows = posts::queries::list_by_account(conn, id, reader.me(), &filter, &page)?;
            let cursors = Cursors::of(rows.iter().map(|post| post.id.0));
            Ok((reader.statuses(conn, &cx, rows)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &statuses, cursors))
}

/// Who follows an account; hidden lists are empty for others.
pub async fn followers(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<AccountId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    connections(app, request, caller, *id, input, follows::followers).await
}

/// Whom an account follows; hidden lists are empty for others.
pub async fn following(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<AccountId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    connections(app, request, caller, *id, input, follows::following).await
}

type Connections = fn(&mut Conn, AccountId, &crate::page::Page) -> crate::error::Result<Vec<(FollowId, Row)>>;

async fn connections(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: AccountId,
    input: Input<PageQuery>,
    query: Connections,
) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let (page, urls, me) = (input.value.page(40, 80)?, app.urls()?, caller.me());
    let rows = app
        .db
        .read(move |conn| {
            let account = queries::get(conn, id)?;
            if account.hides_collections && me != Some(id) { Ok(Vec::new()) } else { query(conn, id, &page) }
        })
        .await?;
    let cursors = Cursors::of(rows.iter().map(|(id, _)| id.0));
    Ok(paging::answer(
        &request,
        &urls,
        &rows.iter().map(|(_, row)| Account::render(row, &urls)).collect::<Vec<_>>(),
        cursors,
    ))
}

/// The caller's lists that an account is on.
pub async fn lists(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    caller.require("read:lists")?;
    let (me, id) = (caller.me(), *id);
    let rows = app.db.read(move |conn| list_rows::list_with(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(json!(rows.into_iter().map(List::from).collect::<Vec<_>>())))
}
