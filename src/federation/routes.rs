//! The addresses that other servers ask, and the form of the answers. What is said is made elsewhere.

use actix_web::guard::fn_guard;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Resource};
use serde::Deserialize;
use serde_json::{Value, json};

use super::collections::{self, Part, People, Reactions};
use super::inbox::accept;
use super::mapping::post_out;
use super::negotiate::{VARY, wants_document};
use super::nodeinfo::{self, Counted, Version};
use super::outbox::json_ld::Vocabulary;
use super::{actor, objects, webfinger};
use crate::app::App;
use crate::config::FederationMode;
use crate::error::{Error, Result};
use crate::ids::PostId;
use crate::peer_address;
use crate::text::handles::is_valid_username;

/// The media type of our documents.
const DOCUMENT: &str = "application/activity+json; charset=utf-8";

/// Everything under this edge.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(Data::new(Counted::default()))
        .service(for_peers("/.well-known/webfinger").route(web::get().to(show_webfinger)))
        .service(for_peers("/.well-known/host-meta").route(web::get().to(show_host_meta)))
        .service(for_peers("/.well-known/host-meta.json").route(web::get().to(show_host_meta_json)))
        .service(for_peers("/.well-known/nodeinfo").route(web::get().to(show_nodeinfo_versions)))
        .service(for_peers("/nodeinfo/2.0").route(web::get().to(show_nodeinfo_2_0)))
        .service(for_peers("/nodeinfo/2.1").route(web::get().to(show_nodeinfo_2_1)))
        .service(for_peers("/inbox").route(web::post().to(accept::shared)))
        .service(for_peers("/actor").route(web::get().to(show_server)))
        .service(for_peers("/actor/inbox").route(web::post().to(accept::shared)))
        .service(for_peers("/actor/outbox").route(web::get().to(show_server_outbox)))
        .service(web::resource("/users/{name}").route(web::get().to(show_account)))
        .service(for_peers("/users/{name}/inbox").route(web::post().to(accept::personal)))
        .service(for_peers("/users/{name}/outbox").route(web::get().to(show_outbox)))
        .service(for_peers("/users/{name}/followers").route(web::get().to(show_followers)))
        .service(for_peers("/users/{name}/following").route(web::get().to(show_following)))
        .service(for_peers("/users/{name}/collections/featured").route(web::get().to(show_featured)))
        .service(for_peers("/users/{name}/collections/tags").route(web::get().to(show_featured_tags)))
        .service(web::resource("/users/{name}/statuses/{id}").route(web::get().to(show_post)))
        .service(for_peers("/users/{name}/statuses/{id}/activity").route(web::get().to(show_activity)))
        .service(for_peers("/users/{name}/statuses/{id}/replies").route(web::get().to(show_replies)))
        .service(for_peers("/users/{name}/statuses/{id}/likes").route(web::get().to(show_likes)))
        .service(for_peers("/users/{name}/statuses/{id}/shares").route(web::get().to(show_shares)))
        .service(for_peers("/contexts/{id}").route(web::get().to(show_thread)));
}

/// An address that only other servers ask: with a server that federates with none, it is not there.
fn for_peers(path: &str) -> Resource {
    web::resource(path).guard(fn_guard(|at| at.app_data::<Data<App>>().is_some_and(|app| federates(app))))
}

fn federates(app: &App) -> bool {
    app.config.federation.mode != FederationMode::Off
}

/// The query of a collection.
#[derive(Debug, Deserialize)]
struct PartQuery {
    page: Option<String>,
    max_id: Option<String>,
}

impl PartQuery {
    fn part(&self) -> Part {
        Part::of(self.page.as_deref(), self.max_id.as_deref())
    }
}

#[derive(Debug, Deserialize)]
struct ResourceQuery {
    resource: Option<String>,
}

type At = Path<(String, String)>;

fn post_id(text: &str) -> Result<PostId> {
    text.parse().map_err(|_| Error::NotFound("post"))
}

async fn show_account(request: HttpRequest, app: Data<App>, name: Path<String>) -> HttpResponse {
    if !wants(&request) && is_valid_username(&name) {
        return to_page(&app, |urls| urls.profile(&name));
    }
    if !federates(&app) {
        return failure(&Error::NotFound("account"));
    }
    // No rate: whoever checks our signatures has to read this first.
    document(&request, &app, Vocabulary::Actors, actor::of_account(&app, name.into_inner()).await)
}

async fn show_server(request: HttpRequest, app: Data<App>) -> HttpResponse {
    // No page to send anybody to: it is the same document for all.
    document(&request, &app, Vocabulary::Actors, actor::of_server(&app).await)
}

async fn show_server_outbox(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let empty = app.urls().map(|urls| json!({ "id": urls.path("/actor/outbox"), "type": "OrderedCollection", "totalItems": 0, "orderedItems": [] }));
    document(&request, &app, Vocabulary::Plain, empty)
}

async fn show_outbox(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    query: Query<PartQuery>,
) -> HttpResponse {
    limited(&request, &app, Vocabulary::Posts, collections::outbox(&app, name.into_inner(), query.part())).await
}

async fn show_followers(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    query: Query<PartQuery>,
) -> HttpResponse {
    limited(
        &request,
        &app,
        Vocabulary::Plain,
        collections::people(&app, name.into_inner(), People::Followers, query.part()),
    )
    .await
}

async fn show_following(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    query: Query<PartQuery>,
) -> HttpResponse {
    limited(
        &request,
        &app,
        Vocabulary::Plain,
        collections::people(&app, name.into_inner(), People::Following, query.part()),
    )
    .await
}

async fn show_featured(request: HttpRequest, app: Data<App>, name: Path<String>) -> HttpResponse {
    limited(&request, &app, Vocabulary::Posts, collections::featured(&app, name.into_inner())).await
}

async fn show_featured_tags(request: HttpRequest, app: Data<App>, name: Path<String>) -> HttpResponse {
    limited(&request, &app, Vocabulary::Plain, collections::featured_tags(&app, name.into_inner())).await
}

async fn show_post(request: HttpRequest, app: Data<App>, at: At) -> HttpResponse {
    let (name, id) = at.into_inner();
    let id = match post_id(&id) {
        Ok(id) => id,
        Err(error) => return document(&request, &app, Vocabulary::Posts, Err(error)),
    };
    if !wants(&request) && is_valid_username(&name) {
        return to_page(&app, |urls| urls.post_page(&name, id));
    }
    if !federates(&app) {
        return failure(&Error::NotFound("post"));
    }
    limited(&request, &app, Vocabulary::Posts, objects::of_post(&app, name, id)).await
}

async fn show_activity(request: HttpRequest, app: Data<App>, at: At) -> HttpResponse {
    let (name, id) = at.into_inner();
    limited(&request, &app, Vocabulary::Posts, async { objects::activity_of_post(&app, name, post_id(&id)?).await })
        .await
}

async fn show_replies(request: HttpRequest, app: Data<App>, at: At, query: Query<PartQuery>) -> HttpResponse {
    let (name, id) = at.into_inner();
    limited(&request, &app, Vocabulary::Plain, async {
        collections::replies(&app, name, post_id(&id)?, query.part()).await
    })
    .await
}

async fn show_likes(request: HttpRequest, app: Data<App>, at: At) -> HttpResponse {
    let (name, id) = at.into_inner();
    limited(&request, &app, Vocabulary::Plain, async {
        collections::reactions(&app, name, post_id(&id)?, Reactions::Likes).await
    })
    .await
}

async fn show_shares(request: HttpRequest, app: Data<App>, at: At) -> HttpResponse {
    let (name, id) = at.into_inner();
    limited(&request, &app, Vocabulary::Plain, async {
        collections::reactions(&app, name, post_id(&id)?, Reactions::Shares).await
    })
    .await
}

async fn show_thread(request: HttpRequest, app: Data<App>, id: Path<String>) -> HttpResponse {
    limited(&request, &app, Vocabulary::Plain, async { collections::thread(&app, post_id(&id)?).await }).await
}

async fn show_webfinger(app: Data<App>, query: Query<ResourceQuery>) -> HttpResponse {
    open(webfinger::JRD, webfinger::answer(&app, query.resource.as_deref()).await)
}

async fn show_host_meta(request: HttpRequest, app: Data<App>) -> HttpResponse {
    if accept_of(&request).contains("json") {
        return show_host_meta_json(app).await;
    }
    match app.urls() {
        Ok(urls) => anywhere(HttpResponse::Ok()).content_type(webfinger::XRD).body(webfinger::host_meta_xml(&urls)),
        Err(error) => failure(&error),
    }
}

async fn show_host_meta_json(app: Data<App>) -> HttpResponse {
    open(webfinger::JRD, app.urls().map(|urls| webfinger::host_meta_json(&urls)))
}

async fn show_nodeinfo_versions(app: Data<App>) -> HttpResponse {
    open("application/json", app.urls().map(|urls| nodeinfo::versions(&urls)))
}

async fn show_nodeinfo_2_0(app: Data<App>, counted: Data<Counted>) -> HttpResponse {
    open(&Version::V2_0.content_type(), nodeinfo::document(&app, &counted, Version::V2_0).await)
}

async fn show_nodeinfo_2_1(app: Data<App>, counted: Data<Counted>) -> HttpResponse {
    open(&Version::V2_1.content_type(), nodeinfo::document(&app, &counted, Version::V2_1).await)
}

fn accept_of(request: &HttpRequest) -> &str {
    request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn wants(request: &HttpRequest) -> bool {
    wants_document(accept_of(request))
}

/// Sends a person on to the page.
fn to_page(app: &App, page: impl FnOnce(&crate::context::Urls) -> String) -> HttpResponse {
    match app.urls() {
        Ok(urls) => HttpResponse::Found()
            .insert_header((header::LOCATION, page(&urls)))
            .insert_header((header::VARY, VARY))
            .finish(),
        Err(error) => failure(&error),
    }
}

/// A document that takes work to make: a rate for each address bounds it.
async fn limited(
    request: &HttpRequest,
    app: &App,
    vocabulary: Vocabulary,
    work: impl Future<Output = Result<Value>>,
) -> HttpResponse {
    let limits = &app.config.limits;
    let address = peer_address::of(request, &app.config.server.trusted_proxies);
    let made = match app.rates.take("pages", limits.rate(limits.pages_per_address), address) {
        Ok(_) => work.await,
        Err(error) => Err(error),
    };
    document(request, app, vocabulary, made)
}

/// An ActivityStreams answer. What was deleted is a tombstone under the address that was asked for.
fn document(request: &HttpRequest, app: &App, vocabulary: Vocabulary, made: Result<Value>) -> HttpResponse {
    let (status, written) = match made {
        Ok(value) => (StatusCode::OK, vocabulary.write(value)),
        Err(Error::Gone) => {
            let tombstone = app.urls().and_then(|urls| post_out::tombstone(&urls.path(request.path())));
            (StatusCode::GONE, tombstone.and_then(|tombstone| Vocabulary::Plain.write(tombstone)))
        }
        Err(error) => (StatusCode::OK, Err(error)),
    };
    let mut answer = match written {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .content_type(DOCUMENT)
            .body(body),
        Err(error) => failure(&error),
    };
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static(VARY));
    answer
}

/// A JSON answer that scripts of other origins may read.
fn open(content_type: &str, made: Result<Value>) -> HttpResponse {
    match made {
        Ok(value) => anywhere(HttpResponse::Ok()).content_type(content_type).body(value.to_string()),
        Err(error) => {
            let mut answer = failure(&error);
            answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            answer
        }
    }
}

fn anywhere(mut answer: HttpResponseBuilder) -> HttpResponseBuilder {
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    answer
}

/// An error as other servers understand it. Our own trouble is never a 4xx: they would take that as final.
fn failure(error: &Error) -> HttpResponse {
    let (status, retry) = match error {
        Error::NotFound(_) | Error::Forbidden(_) => (StatusCode::NOT_FOUND, None),
        Error::Gone => (StatusCode::GONE, None),
        Error::Unauthorized(_) => (StatusCode::UNAUTHORIZED, None),
        Error::Invalid(_) => (StatusCode::BAD_REQUEST, None),
        Error::Conflict(_) => (StatusCode::CONFLICT, None),
        Error::RateLimited { retry } => (StatusCode::TOO_MANY_REQUESTS, Some(retry.as_secs().max(1))),
        Error::Upstream(_) | Error::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, Some(5)),
        Error::Internal(cause) => {
            tracing::error!(cause = format!("{cause:#}"), "a document could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, Some(30))
        }
    };
    // Not there and not allowed look alike.
    let sentence = if status == StatusCode::NOT_FOUND { "not found".to_owned() } else { error.to_string() };
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = retry {
        answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    answer.json(json!({ "error": sentence }))
}
