//! `/api/v1/accounts`: looking at accounts and changing one's own.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::account::{Account, CredentialAccount};
use crate::api::entities::list::List;
use crate::api::entities::relationship::Relationship;
use crate::api::entities::status::Status;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::{Input, Upload};
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::db::{Conn, Json};
use crate::domain::accounts::actions::{ProfileEdit, edit_profile};
use crate::domain::accounts::{Account as Row, Kind, ProfileField, queries};
use crate::domain::posts::queries::AccountFilter;
use crate::domain::posts::{Visibility, views};
use crate::domain::resolver::Handle;
use crate::domain::teams::policy::Act;
use crate::domain::{follows, lists as list_rows, posts, users};
use crate::error::Error;
use crate::ids::{AccountId, FollowId};
use crate::media;
use crate::text::compose::{self, MentionTarget};
use crate::text::{language, plain};

/// The caller's account with its settings.
pub async fn verify_credentials(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require_any(&["profile", "read:accounts"])?;
    own(&app, caller).await
}

/// How an own account is answered: the role on the server only where one acts as oneself.
async fn own(app: &App, caller: Caller) -> Result<HttpResponse> {
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
}

/// Changes the caller's profile.
pub async fn update_credentials(
    app: web::Data<App>,
    caller: Caller,
    input: Input<ProfileForm>,
) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let avatar = store_picture(&app, input.file("avatar"), 400, 400).await?;
    let header = store_picture(&app, input.file("header"), 1500, 500).await?;
    let (limits, form, by) = (app.config.limits.clone(), input.value, caller.clone());
    check_lengths(&form, &limits)?;
    app.act(move |conn, cx| {
        let source = form.source.unwrap_or_default();
        let note = form.note.as_deref().map(|text| render_text(conn, cx, text)).transpose()?;
        let fields =
            form.fields_attributes.map(|fields| render_fields(conn, cx, fields, limits.profile_fields)).transpose()?;
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
            ..ProfileEdit::default()
        };
        edit_profile(conn, cx, by.me(), edit)?;
        by.record(conn, cx, "profile.edit", &by.me())
    })
    .await?;
    own(&app, caller).await
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
    let (form, urls, me) = (input.value, app.urls()?, caller.me());
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
    let (q, offset, following) = (form.q, form.offset.unwrap_or(0).clamp(0, 10_000), form.following.then_some(me));
    let rows = app.db.read(move |conn| queries::search(conn, &q, limit, offset, following)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(|row| Account::render(row, &urls)).collect::<Vec<_>>()))
}

/// Accounts by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ids {
    id: Vec<AccountId>,
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
    let (id, me, cx) = (*id, caller.me(), app.context()?);
    let (views, cursors) = app
        .db
        .read(move |conn| {
            queries::get(conn, id)?;
            let rows = posts::queries::list_by_account(conn, id, me, &filter, &page)?;
            let cursors = Cursors::of(rows.iter().map(|post| post.id.0));
            Ok((views::load(conn, me, rows)?, cursors))
        })
        .await?;
    let views = crate::api::reading::shown_to(caller.0.as_ref(), views);
    Ok(paging::answer(
        &request,
        &cx.urls,
        &views.iter().map(|view| Status::render(view, &cx, me)).collect::<Vec<_>>(),
        cursors,
    ))
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
