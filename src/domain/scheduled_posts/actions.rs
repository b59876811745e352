//! Scheduling, moving and cancelling posts, and publishing them when their time has come.

use diesel::prelude::*;

use super::{Due, MOST, MOST_A_DAY, PUBLISH_JOB, Params, SHORTEST, ScheduledPost, queries};
use crate::context::Context;
use crate::db::schema::{accounts, scheduled_posts, users};
use crate::db::{Conn, Json};
use crate::domain::accounts::{self as people, Account};
use crate::domain::posts::actions::{NewPost, PublishLimits, idempotency, publish, rehearse};
use crate::domain::posts::{Post, Visibility, queries as posts};
use crate::domain::teams::policy;
use crate::domain::{media, oauth, setup, teams};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AppId, PostId, ScheduledPostId, UserId};
use crate::jobs;
use crate::time::Time;

/// What somebody wants to have published.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The post; its idempotency key is that of this request.
    pub new: NewPost,
    /// When.
    pub at: Time,
    /// The person who wants it.
    pub user: UserId,
    /// With which app.
    pub app: AppId,
}

/// What a request to schedule a post comes to.
#[derive(Debug, Clone)]
pub enum Made {
    /// It waits.
    Scheduled(Box<ScheduledPost>),
    /// The same request was made before, and its post has been published since.
    Published(Box<Post>),
}

/// Schedules a post of a local account; its files are held for it. The same idempotency key gives what the first request made.
///
/// Errors: as of publishing; too soon, or too many.
pub fn create(conn: &mut Conn, cx: &Context, author: &Account, wanted: Wanted, limits: &PublishLimits) -> Result<Made> {
    let id: ScheduledPostId = cx.id();
    if let Some((token, key)) = &wanted.new.idempotency
        && let Some(first) = idempotency::claim(conn, cx, *token, key, id.0)?
    {
        if let Some(post) = queries::find(conn, ScheduledPostId(first))? {
            return Ok(Made::Scheduled(Box::new(post)));
        }
        if let Some(post) = posts::find(conn, PostId(first))?.filter(|post| post.deleted_at.is_none()) {
            return Ok(Made::Published(Box::new(post)));
        }
        idempotency::take_over(conn, cx, *token, key, id.0)?;
    }
    check_time(conn, cx, author.id, wanted.at, id)?;
    let visibility = rehearse(conn, cx, author, &wanted.new, limits)?;
    let row = ScheduledPost {
        id,
        account_id: author.id,
        user_id: wanted.user,
        app_id: Some(wanted.app),
        scheduled_at: wanted.at,
        params: Json(Params::of(&wanted.new, visibility)),
        failed_at: None,
        failure: None,
        created_at: cx.now,
    };
    diesel::insert_into(scheduled_posts::table).values(&row).execute(conn)?;
    media::hold(conn, author.id, &wanted.new.media, id)?;
    jobs::enqueue(conn, cx, PUBLISH_JOB, &Due { post: id }, wanted.at)?;
    Ok(Made::Scheduled(Box::new(row)))
}

fn check_time(conn: &mut Conn, cx: &Context, account: AccountId, at: Time, id: ScheduledPostId) -> Result<()> {
    if at < cx.now.after(SHORTEST) {
        let minutes = SHORTEST.as_secs() / 60;
        return Err(Error::invalid("scheduled_at", format!("must be at least {minutes} minutes in the future")));
    }
    let (all, that_day) = queries::counts(conn, account, at, id)?;
    if all >= MOST {
        return Err(Error::invalid("scheduled_at", format!("is of one post too many: {MOST} are scheduled already")));
    }
    if that_day >= MOST_A_DAY {
        return Err(Error::invalid(
            "scheduled_at",
            format!("is of one post too many for that day: {MOST_A_DAY} are scheduled for it already"),
        ));
    }
    Ok(())
}

/// Schedules an own post for another time, also one that could not be published. Errors: no such post; too soon, or too many.
pub fn move_to(
    conn: &mut Conn,
    cx: &Context,
    account: AccountId,
    id: ScheduledPostId,
    at: Time,
) -> Result<ScheduledPost> {
    let post = queries::get_own(conn, account, id)?;
    check_time(conn, cx, account, at, id)?;
    // Gone if its time came meanwhile.
    let moved = diesel::update(scheduled_posts::table.find(id))
        .set((
            scheduled_posts::scheduled_at.eq(at),
            scheduled_posts::failed_at.eq(None::<Time>),
            scheduled_posts::failure.eq(None::<String>),
        ))
        .execute(conn)?;
    if moved == 0 {
        return Err(Error::NotFound("scheduled post"));
    }
    // The job for the old time finds that it came too soon.
    jobs::enqueue(conn, cx, PUBLISH_JOB, &Due { post: id }, at)?;
    Ok(ScheduledPost { scheduled_at: at, failed_at: None, failure: None, ..post })
}

/// Drops an own post that waits; its files can be attached again. Error: no such post.
pub fn cancel(conn: &mut Conn, account: AccountId, id: ScheduledPostId) -> Result<()> {
    let own = scheduled_posts::table.find(id).filter(scheduled_posts::account_id.eq(account));
    if diesel::delete(own).execute(conn)? == 0 {
        return Err(Error::NotFound("scheduled post"));
    }
    media::release(conn, id)
}

/// Publishes a post whose time has come, as the person and with the app that scheduled it, if that person still may. `None` if there is
/// nothing to do: it was published, cancelled, moved or has failed before. Taking it out of the table and publishing it are one
/// transaction, so it is published once, whatever is killed when.
///
/// Errors: as of publishing; `Forbidden` if the person left the team, lost the role or is disabled.
pub fn publish_due(conn: &mut Conn, cx: &Context, id: ScheduledPostId, limits: &PublishLimits) -> Result<Option<Post>> {
    // Of two at once, the second waits here and then finds nothing.
    let due = scheduled_posts::table
        .find(id)
        .filter(scheduled_posts::scheduled_at.le(cx.now))
        .filter(scheduled_posts::failed_at.is_null());
    let Some(row) = diesel::delete(due).get_result::<ScheduledPost>(conn).optional()? else { return Ok(None) };
    let acting = oauth::acting(conn, row.user_id, row.account_id)?
        .ok_or_else(|| Error::forbidden("Whoever scheduled this post may no longer act as this account"))?;
    let Params { visibility, in_reply_to, .. } = &row.params.0;
    let parent = match in_reply_to {
        Some(parent) => answered(conn, *parent)?,
        None => None,
    };
    policy::may(
        acting.member.as_ref().map(|member| member.role),
        acting.member.as_ref().is_none_or(|member| member.handles_direct),
        policy::writing(*visibility, parent.as_ref(), row.account_id),
    )?;
    media::release(conn, id)?;
    let acted_by = acting.member.as_ref().map(|member| member.user_id);
    let new = NewPost { app: row.app_id, acted_by, ..row.params.0.new_post() };
    let post = publish(conn, cx, &acting.account, new, limits)?;
    idempotency::hand_on(conn, id.0, post.id.0)?;
    if let Some(user) = acted_by {
        teams::record_act(conn, cx, row.account_id, user, row.app_id, "post.create", &post.id.to_string())?;
    }
    Ok(Some(post))
}

/// What an answer to this post answers: of a boost, what it boosts.
fn answered(conn: &mut Conn, id: PostId) -> Result<Option<Post>> {
    match posts::find(conn, id)? {
        Some(Post { boost_of_id: Some(original), .. }) => posts::find(conn, original),
        found => Ok(found),
    }
}

/// Keeps a post that could not be published, with the reason, and tells the person who scheduled it in a direct message from the server.
/// Nothing happens if it is gone, moved or has failed before.
pub fn fail(conn: &mut Conn, cx: &Context, id: ScheduledPostId, why: &str, limits: &PublishLimits) -> Result<()> {
    let due = scheduled_posts::table
        .find(id)
        .filter(scheduled_posts::scheduled_at.le(cx.now))
        .filter(scheduled_posts::failed_at.is_null());
    let failed = diesel::update(due)
        .set((scheduled_posts::failed_at.eq(cx.now), scheduled_posts::failure.eq(why)))
        .get_result::<ScheduledPost>(conn)
        .optional()?;
    match failed {
        Some(row) => tell(conn, cx, &row, why, limits),
        None => Ok(()),
    }
}

/// Tells the person or, if they are gone, those who act as the account.
fn tell(conn: &mut Conn, cx: &Context, row: &ScheduledPost, why: &str, limits: &PublishLimits) -> Result<()> {
    let author = people::queries::get(conn, row.account_id)?;
    let person = users::table
        .inner_join(accounts::table.on(accounts::id.eq(users::account_id)))
        .filter(users::id.eq(row.user_id))
        .filter(users::disabled_at.is_null())
        .select(Account::as_select())
        .first(conn)
        .optional()?
        .filter(Account::is_active);
    let told = person.as_ref().unwrap_or(&author);
    let Some(server) = setup::find_server_actor(conn)?.filter(|_| told.is_active()) else {
        tracing::warn!(post = %row.id, why, "a scheduled post could not be published, and nobody could be told");
        return Ok(());
    };
    // No display name: it could name others, who would get the message too.
    let text = format!(
        "@{} A post of {} was scheduled for {} and could not be published: {why}. It is kept with the scheduled posts, where it can be given another time or be deleted.",
        told.username,
        author.username,
        row.scheduled_at.rfc3339(),
    );
    let message = NewPost {
        text,
        spoiler_text: String::new(),
        visibility: Visibility::Direct,
        sensitive: false,
        language: Some("en".into()),
        in_reply_to: None,
        media: Vec::new(),
        poll: None,
        quote: None,
        quote_policy: None,
        app: None,
        acted_by: None,
        idempotency: None,
    };
    publish(conn, cx, &server, message, limits)?;
    Ok(())
}
