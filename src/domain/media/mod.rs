//! Uploaded files as the database knows them: whose they are, what they show, which post they belong to.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::media;
use crate::domain::posts::Attachment;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MediaId, PostId, ScheduledPostId};
use crate::media::Processed;
use crate::time::Time;

/// An uploaded file as it is kept. `post_id` is set while it is attached.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = media)]
pub struct Media {
    pub id: MediaId,
    pub account_id: AccountId,
    pub post_id: Option<PostId>,
    /// As clients name it: `image`, for animations too.
    pub kind: String,
    pub storage_key: String,
    pub preview_key: String,
    pub content_type: String,
    pub bytes: i64,
    pub width: i32,
    pub height: i32,
    pub preview_width: i32,
    pub preview_height: i32,
    pub blurhash: Option<String>,
    /// Alternative text.
    pub description: Option<String>,
    /// Point of interest, -1 to 1.
    pub focus_x: f64,
    /// Point of interest, -1 to 1.
    pub focus_y: f64,
    /// When it was uploaded or, if later, last taken off a post.
    pub created_at: Time,
    /// The scheduled post that holds it.
    pub scheduled_id: Option<ScheduledPostId>,
}

impl Media {
    /// The file as it is rendered with a post.
    pub fn attachment(&self) -> Attachment {
        Attachment {
            id: self.id,
            kind: self.kind.clone(),
            file: self.storage_key.clone(),
            preview: Some(self.preview_key.clone()),
            is_remote: false,
            content_type: self.content_type.clone(),
            description: self.description.clone(),
            blurhash: self.blurhash.clone(),
            width: Some(self.width),
            height: Some(self.height),
            preview_width: Some(self.preview_width),
            preview_height: Some(self.preview_height),
            focus: (self.focus_x, self.focus_y),
        }
    }
}

/// What people say about a file; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// Alternative text; empty removes it.
    pub text: Option<String>,
    /// Point of interest; values beyond -1 to 1 are cut.
    pub focus: Option<(f64, f64)>,
}

impl Description {
    fn apply(&self, media: &mut Media, limit: usize) -> Result<()> {
        if let Some(text) = self.text.as_deref().map(str::trim) {
            if text.chars().count() > limit {
                return Err(Error::invalid("description", format!("is longer than {limit} characters")));
            }
            media.description = Some(text.replace('\0', "")).filter(|t| !t.is_empty());
        }
        if let Some((x, y)) = self.focus {
            if !x.is_finite() || !y.is_finite() {
                return Err(Error::invalid("focus", "must be two numbers from -1 to 1"));
            }
            (media.focus_x, media.focus_y) = (x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0));
        }
        Ok(())
    }
}

/// Writes down an uploaded file. `storage_key`, `preview_key`: where its parts were stored; `limit`: characters of its description.
pub fn insert(
    conn: &mut Conn,
    cx: &Context,
    account: AccountId,
    file: &Processed,
    (storage_key, preview_key): (String, String),
    description: &Description,
    limit: usize,
) -> Result<Media> {
    let mut row = Media {
        id: cx.id(),
        account_id: account,
        post_id: None,
        kind: "image".into(),
        storage_key,
        preview_key,
        content_type: file.content_type.into(),
        bytes: i64::try_from(file.file.len()).unwrap_or(i64::MAX),
        width: file.width,
        height: file.height,
        preview_width: file.preview_width,
        preview_height: file.preview_height,
        blurhash: file.blurhash.clone(),
        description: None,
        focus_x: 0.0,
        focus_y: 0.0,
        created_at: cx.now,
        scheduled_id: None,
    };
    description.apply(&mut row, limit)?;
    diesel::insert_into(media::table).values(&row).execute(conn)?;
    Ok(row)
}

/// A file of `account`, attached or not.
pub fn find_own(conn: &mut Conn, account: AccountId, id: MediaId) -> Result<Option<Media>> {
    Ok(media::table.find(id).filter(media::account_id.eq(account)).select(Media::as_select()).first(conn).optional()?)
}

/// A file of `account` that is not attached to a post; any other is not found.
pub fn get_own(conn: &mut Conn, account: AccountId, id: MediaId) -> Result<Media> {
    find_own(conn, account, id)?.filter(|m| m.post_id.is_none()).ok_or(Error::NotFound("media"))
}

/// Describes a file of `account` that is not attached yet. `limit`: characters of its description.
pub fn describe(
    conn: &mut Conn,
    account: AccountId,
    id: MediaId,
    description: &Description,
    limit: usize,
) -> Result<Media> {
    let mut row = get_own(conn, account, id)?;
    description.apply(&mut row, limit)?;
    save_description(conn, &row)?;
    Ok(row)
}

/// Describes a file that is attached to `post`, as part of an edit of that post.
pub fn describe_attached(
    conn: &mut Conn,
    post: PostId,
    id: MediaId,
    description: &Description,
    limit: usize,
) -> Result<Media> {
    let found =
        media::table.find(id).filter(media::post_id.eq(post)).select(Media::as_select()).first(conn).optional()?;
    let mut row: Media = found.ok_or(Error::NotFound("media"))?;
    description.apply(&mut row, limit)?;
    save_description(conn, &row)?;
    Ok(row)
}

fn save_description(conn: &mut Conn, row: &Media) -> Result<()> {
    diesel::update(media::table.find(row.id))
        .set((media::description.eq(&row.description), media::focus_x.eq(row.focus_x), media::focus_y.eq(row.focus_y)))
        .execute(conn)?;
    Ok(())
}

/// Attaches files of `account` to a post of it, in the order given; repeated ids count once. An error if one is not there, not theirs, or
/// attached to another post or held for a scheduled one.
pub fn attach(conn: &mut Conn, account: AccountId, ids: &[MediaId], post: PostId) -> Result<Vec<Attachment>> {
    let mut attached: Vec<Attachment> = Vec::new();
    for id in ids {
        if attached.iter().any(|a| a.id == *id) {
            continue;
        }
        let free = media::table
            .filter(media::id.eq(*id))
            .filter(media::account_id.eq(account))
            .filter(media::scheduled_id.is_null())
            .filter(media::post_id.is_null().or(media::post_id.eq(post)));
        // Claimed by the update itself, so that two posts written at once cannot both have it.
        if diesel::update(free).set(media::post_id.eq(post)).execute(conn)? == 0 {
            return Err(Error::invalid("media_ids", format!("name a file that cannot be attached: {id}")));
        }
        let row: Media = media::table.find(*id).select(Media::as_select()).first(conn)?;
        attached.push(row.attachment());
    }
    Ok(attached)
}

/// Holds files of `account` for a scheduled post, so that nothing else can have them. An error if one is not there, not theirs, or taken.
pub fn hold(conn: &mut Conn, account: AccountId, ids: &[MediaId], post: ScheduledPostId) -> Result<()> {
    for id in ids {
        let free = media::table
            .filter(media::id.eq(*id))
            .filter(media::account_id.eq(account))
            .filter(media::post_id.is_null())
            .filter(media::scheduled_id.is_null());
        if diesel::update(free).set(media::scheduled_id.eq(post)).execute(conn)? == 0 {
            return Err(Error::invalid("media_ids", format!("name a file that cannot be attached: {id}")));
        }
    }
    Ok(())
}

/// Lets go of the files that a scheduled post holds.
pub fn release(conn: &mut Conn, post: ScheduledPostId) -> Result<()> {
    diesel::update(media::table.filter(media::scheduled_id.eq(post)))
        .set(media::scheduled_id.eq(None::<ScheduledPostId>))
        .execute(conn)?;
    Ok(())
}

/// The files that these scheduled posts hold.
pub fn list_held(conn: &mut Conn, posts: &[ScheduledPostId]) -> Result<Vec<Media>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(media::table.filter(media::scheduled_id.eq_any(posts)).select(Media::as_select()).load(conn)?)
}

/// Frees the files of a post, as when it is deleted or edited: their owner may attach them again, for as long as a new upload.
pub fn detach(conn: &mut Conn, cx: &Context, post: PostId) -> Result<()> {
    diesel::update(media::table.filter(media::post_id.eq(post)))
        .set((media::post_id.eq(None::<PostId>), media::created_at.eq(cx.now)))
        .execute(conn)?;
    Ok(())
}

/// Removes an upload of `account` and returns the keys of its files, which the caller deletes after COMMIT. Refused while it is attached.
pub fn delete(conn: &mut Conn, account: AccountId, id: MediaId) -> Result<[String; 2]> {
    let row = find_own(conn, account, id)?.ok_or(Error::NotFound("media"))?;
    if row.post_id.is_some() {
        return Err(Error::invalid("media", "is attached to a post"));
    }
    if row.scheduled_id.is_some() {
        return Err(Error::invalid("media", "is attached to a scheduled post"));
    }
    diesel::delete(media::table.find(id)).execute(conn)?;
    Ok([row.storage_key, row.preview_key])
}

/// Removes uploads older than `before` that are attached to nothing, at most `limit`; returns the keys of their files, which the caller
/// deletes after COMMIT.
pub fn delete_unattached(conn: &mut Conn, before: Time, limit: i64) -> Result<Vec<String>> {
    let stale: Vec<MediaId> = media::table
        .filter(media::post_id.is_null())
        .filter(media::scheduled_id.is_null())
        .filter(media::created_at.lt(before))
        .order(media::id.asc())
        .limit(limit)
        .select(media::id)
        .load(conn)?;
    // What is attached at this very moment keeps its files, so the keys are those of rows that really went.
    let gone: Vec<(String, String)> = diesel::delete(
        media::table
            .filter(media::id.eq_any(stale))
            .filter(media::post_id.is_null())
            .filter(media::scheduled_id.is_null()),
    )
    .returning((media::storage_key, media::preview_key))
    .get_results(conn)?;
    Ok(gone.into_iter().flat_map(|(file, preview)| [file, preview]).collect())
}
