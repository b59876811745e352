//! Writing a new post, for now or for later.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::input::{StatusForm, publish_limits};
use super::mentions;
use crate::api::auth::Caller;
use crate::api::entities::account::Account;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::reading::{self, Reader};
use crate::api::v1::scheduled_statuses;
use crate::app::App;
use crate::domain::posts::actions::{self, NewPost, PublishLimits};
use crate::domain::scheduled_posts::{self, Made, Wanted};
use crate::domain::teams::policy;
use crate::time::Time;

/// Publishes or, with `scheduled_at`, schedules. The same `Idempotency-Key` gives what the first request made.
pub async fn create(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<StatusForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let (form, reader, me) = (input.value, Reader::from(&caller), caller.me());
    let (mut new, at) = (form.new_post(caller.account())?, form.scheduled_at()?);
    let parent = match new.in_reply_to {
        Some(id) => Some(app.db.read(move |conn| reader.get_original(conn, id)).await?),
        None => None,
    };
    caller.may(policy::writing(new.visibility, parent.as_ref(), me))?;
    let limits = &app.config.limits;
    app.rates.take("posts", limits.rate(limits.posts_per_account), me)?;
    mentions::meet(&app, me, form.text()).await;
    let key =
        request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).filter(|key| !key.is_empty());
    new.idempotency = key.map(|key| (caller.token(), key.to_owned()));
    new.app = Some(caller.app());
    new.acted_by = caller.acted_by();
    let limits = publish_limits(limits);
    if form.expects_mentions()
        && let Some(refusal) = unexpected_mentions(&app, &caller, &form, new.clone(), limits.clone()).await?
    {
        return Ok(refusal);
    }
    if let Some(at) = at {
        return schedule(&app, caller, new, at, limits).await;
    }
    let post = app
        .act(move |conn, cx| {
            let post = actions::publish(conn, cx, caller.account(), new, &limits)?;
            // An older one is the answer to a repeated request.
            if post.created_at == cx.now {
                caller.record(conn, cx, "post.create", &post.id)?;
            }
            Ok(post)
        })
        .await?;
    reading::show(&app, reader, post).await
}

/// Schedules a post.
async fn schedule(app: &App, caller: Caller, new: NewPost, at: Time, limits: PublishLimits) -> Result<HttpResponse> {
    let reader = Reader::from(&caller);
    let wanted = Wanted { new, at, user: caller.user(), app: caller.app() };
    let made = app
        .act(move |conn, cx| {
            let made = scheduled_posts::create(conn, cx, caller.account(), wanted, &limits)?;
            if let Made::Scheduled(post) = &made
                && post.created_at == cx.now
            {
                caller.record(conn, cx, "post.schedule", &post.id)?;
            }
            Ok(made)
        })
        .await?;
    match made {
        Made::Scheduled(post) => scheduled_statuses::answer(app, *post).await,
        Made::Published(post) => reading::show(app, reader, *post).await,
    }
}

/// What is answered to a post that would mention somebody whom the client does not expect.
async fn unexpected_mentions(
    app: &App,
    caller: &Caller,
    form: &StatusForm,
    new: NewPost,
    limits: PublishLimits,
) -> Result<Option<HttpResponse>> {
    let (author, cx) = (caller.account().clone(), app.context()?);
    let urls = cx.urls.clone();
    let mentioned = app.db.read(move |conn| actions::would_mention(conn, &cx, &author, &new, &limits)).await?;
    let unexpected: Vec<Account> = mentioned
        .iter()
        .filter(|account| !form.may_mention(account.id))
        .map(|account| Account::render(account, &urls))
        .collect();
    if unexpected.is_empty() {
        return Ok(None);
    }
    Ok(Some(HttpResponse::UnprocessableEntity().json(json!({
        "error": "The post would be sent to people who were not expected",
        "unexpected_accounts": unexpected,
    }))))
}
