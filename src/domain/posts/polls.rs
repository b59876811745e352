//! Polls: a vote once counted stays; who chose what is known here but shown to nobody else.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::Post;
use super::actions::NewPoll;
use super::actions::effects::ever_concerned_others;
use super::queries;
use super::visibility::get_visible;
use crate::context::Context;
use crate::db::schema::{accounts, poll_votes, polls};
use crate::db::{Conn, Json, one_of};
use crate::domain::accounts::Account;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{notifications, search};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PollId, PostId};
use crate::jobs;
use crate::time::Time;

/// The job that runs when a poll ends that was made or voted in here; its payload is a [`Closing`] and its handler calls [`close`].
pub const CLOSE_JOB: &str = "close_poll";
/// How many local voters are notified of the end of one poll.
const NOTIFIED: i64 = 10_000;

/// What [`CLOSE_JOB`] carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Closing {
    /// The poll that ends.
    pub poll: PollId,
}

/// A poll as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = polls)]
pub struct Poll {
    pub id: PollId,
    pub post_id: PostId,
    /// Plain text.
    pub options: Json<Vec<String>>,
    /// Votes for each option.
    pub tallies: Json<Vec<i64>>,
    pub is_multiple: bool,
    /// Until it ends.
    pub hides_totals: bool,
    pub voters_count: i64,
    /// Absent if it does not end.
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

impl Poll {
    /// A poll made here, without votes.
    pub(super) fn new(cx: &Context, id: PollId, post: PostId, new: &NewPoll) -> Self {
        Self {
            id,
            post_id: post,
            options: Json(new.options.clone()),
            tallies: Json(vec![0; new.options.len()]),
            is_multiple: new.is_multiple,
            hides_totals: new.hides_totals,
            voters_count: 0,
            expires_at: Some(cx.now.after(new.expires_in)),
            created_at: cx.now,
        }
    }

    /// Whether votes are no longer taken.
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// All votes together.
    pub fn votes_count(&self) -> i64 {
        self.tallies.0.iter().fold(0, |sum: i64, votes| sum.saturating_add(*votes))
    }
}

/// The poll with this id, whoever asks.
pub fn find(conn: &mut Conn, id: PollId) -> Result<Option<Poll>> {
    Ok(polls::table.find(id).select(Poll::as_select()).first(conn).optional()?)
}

/// The poll with this id, and its post, if `viewer` may see it.
pub fn get_visible_poll(conn: &mut Conn, id: PollId, viewer: Option<AccountId>) -> Result<(Poll, Post)> {
    let poll = find(conn, id)?.ok_or(Error::NotFound("poll"))?;
    let post = get_visible(conn, poll.post_id, viewer).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("poll"),
        other => other,
    })?;
    Ok((poll, post))
}

/// What an account chose in a poll, in order.
pub fn votes_of(conn: &mut Conn, account: AccountId, poll: PollId) -> Result<Vec<i32>> {
    Ok(poll_votes::table
        .filter(poll_votes::poll_id.eq(poll))
        .filter(poll_votes::account_id.eq(account))
        .order(poll_votes::choice.asc())
        .select(poll_votes::choice)
        .load(conn)?)
}

/// These polls, each with what `viewer` chose in it, in one query.
pub fn list_with_votes(
    conn: &mut Conn,
    ids: &[PollId],
    viewer: Option<AccountId>,
) -> Result<HashMap<PollId, (Poll, Vec<i32>)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Nobody has the id 0.
    let me = viewer.unwrap_or(AccountId(0));
    let rows: Vec<(Poll, Option<i32>)> = polls::table
        .left_join(poll_votes::table.on(poll_votes::poll_id.eq(polls::id).and(poll_votes::account_id.eq(me))))
        .filter(one_of(polls::id, ids))
        .order(poll_votes::choice.asc())
        .select((Poll::as_select(), poll_votes::choice.nullable()))
        .load(conn)?;
    let mut found: HashMap<PollId, (Poll, Vec<i32>)> = HashMap::new();
    for (poll, choice) in rows {
        found.entry(poll.id).or_insert_with(|| (poll, Vec::new())).1.extend(choice);
    }
    Ok(found)
}

/// Writes a new poll, and the job for its end if it is one of this server.
pub(super) fn insert(conn: &mut Conn, cx: &Context, poll: &Poll) -> Result<()> {
    insert_remote(conn, poll)?;
    match poll.expires_at {
        Some(end) => jobs::enqueue(conn, cx, CLOSE_JOB, &Closing { poll: poll.id }, end),
        None => Ok(()),
    }
}

/// Writes a new poll of another server.
pub(super) fn insert_remote(conn: &mut Conn, poll: &Poll) -> Result<()> {
    diesel::insert_into(polls::table).values(poll).execute(conn)?;
    Ok(())
}

/// Lets a poll of this server run on from now, as its author edited it.
pub(super) fn prolong(conn: &mut Conn, cx: &Context, poll: &Poll, new: &NewPoll) -> Result<()> {
    let end = cx.now.after(new.expires_in);
    diesel::update(polls::table.find(poll.id))
        .set((polls::hides_totals.eq(new.hides_totals), polls::expires_at.eq(end)))
        .execute(conn)?;
    jobs::enqueue(conn, cx, CLOSE_JOB, &Closing { poll: poll.id }, end)
}

/// Takes over the counts that another server reports for its poll.
pub(super) fn refresh(
    conn: &mut Conn,
    poll: &Poll,
    tallies: Vec<i64>,
    voters_count: i64,
    expires_at: Option<Time>,
) -> Result<()> {
    diesel::update(polls::table.find(poll.id))
        .set((polls::tallies.eq(Json(tallies)), polls::voters_count.eq(voters_count), polls::expires_at.eq(expires_at)))
        .execute(conn)?;
    Ok(())
}

/// Removes a poll with its votes.
pub(super) fn delete(conn: &mut Conn, id: PollId) -> Result<()> {
    diesel::delete(polls::table.find(id)).execute(conn)?;
    Ok(())
}

/// Votes in a poll, here or elsewhere. Errors: not visible, one's own, ended, voted before, or choices that it does not offer.
pub fn vote(conn: &mut Conn, cx: &Context, account: &Account, id: PollId, choices: &[usize]) -> Result<Poll> {
    let (poll, post) = get_visible_poll(conn, id, Some(account.id))?;
    if post.account_id == account.id {
        return Err(Error::invalid("poll", "is your own"));
    }
    if poll.is_expired(cx.now) {
        return Err(Error::invalid("poll", "has already ended"));
    }
    let choices: BTreeSet<usize> = choices.iter().copied().collect();
    if choices.is_empty() {
        return Err(Error::invalid("choices", "can't be blank"));
    }
    if choices.len() > 1 && !poll.is_multiple {
        return Err(Error::invalid("choices", "may be one only in this poll"));
    }
    if choices.iter().any(|choice| *choice >= poll.options.0.len()) {
        return Err(Error::invalid("choices", "are not among the options"));
    }
    // Some servers do not say how many voted; a count of those from here alone would mislead.
    let is_counted = post.is_local || !poll.is_multiple || poll.voters_count > 0 || poll.votes_count() == 0;
    // Either holds the row: of two votes at once, the second sees the first.
    let poll = if is_counted { count_voter(conn, id)? } else { lock(conn, id)? };
    if !votes_of(conn, account.id, id)?.is_empty() {
        return Err(Error::invalid("poll", "was already voted in by you"));
    }
    let votes: Vec<(i64, usize)> = choices.into_iter().map(|choice| (cx.id(), choice)).collect();
    let poll = count_votes(conn, cx, poll, account.id, &votes)?;
    if !post.is_local {
        tell_votes(conn, cx, account, &poll, &votes)?;
    }
    search::refresh(conn, &[poll.post_id])?;
    Ok(poll)
}

/// Sends votes in a poll of another server there, and makes sure that the voter hears of its end.
fn tell_votes(conn: &mut Conn, cx: &Context, account: &Account, poll: &Poll, votes: &[(i64, usize)]) -> Result<()> {
    for (id, choice) in votes {
        let Some(option) = poll.options.0.get(*choice).cloned() else { continue };
        let uri = format!("{}#votes/{id}", account.uri);
        outgoing::tell(conn, cx, Outgoing::Vote { account: account.id, post: poll.post_id, option, uri })?;
    }
    match poll.expires_at {
        Some(end) => jobs::enqueue(conn, cx, CLOSE_JOB, &Closing { poll: poll.id }, end),
        None => Ok(()),
    }
}

/// Takes a vote of an account of another server in a poll of this one: one option by its text. Polls with several choices get
/// one such vote each. False if it does not count: ended, unknown option, voted before, or not for that account to see.
pub fn receive_vote(conn: &mut Conn, cx: &Context, voter: &Account, post: &Post, option: &str) -> Result<bool> {
    let (Some(id), true) = (post.poll_id, post.is_local) else {
        return Ok(false);
    };
    let (poll, post) = match get_visible_poll(conn, id, Some(voter.id)) {
        Ok(found) => found,
        Err(Error::NotFound(_)) => return Ok(false),
        Err(other) => return Err(other),
    };
    let Some(choice) = poll.options.0.iter().position(|known| known.trim() == option.trim()) else {
        return Ok(false);
    };
    if poll.is_expired(cx.now) || post.account_id == voter.id {
        return Ok(false);
    }
    let voted = votes_of(conn, voter.id, id)?;
    let is_again = i32::try_from(choice).is_ok_and(|choice| voted.contains(&choice));
    if is_again || (!voted.is_empty() && !poll.is_multiple) {
        return Ok(false);
    }
    let poll = if voted.is_empty() { count_voter(conn, id)? } else { lock(conn, id)? };
    count_votes(conn, cx, poll, voter.id, &[(cx.id(), choice)])?;
    Ok(true)
}

fn count_voter(conn: &mut Conn, id: PollId) -> Result<Poll> {
    Ok(diesel::update(polls::table.find(id)).set(polls::voters_count.eq(polls::voters_count + 1)).get_result(conn)?)
}

/// Reads the row so that nobody else can change it before this transaction ends.
fn lock(conn: &mut Conn, id: PollId) -> Result<Poll> {
    Ok(diesel::update(polls::table.find(id)).set(polls::voters_count.eq(polls::voters_count)).get_result(conn)?)
}

/// Writes votes, each with the id of its row, and the new tallies of a poll whose row is held.
fn count_votes(
    conn: &mut Conn,
    cx: &Context,
    mut poll: Poll,
    account: AccountId,
    votes: &[(i64, usize)],
) -> Result<Poll> {
    for (id, choice) in votes {
        if let Some(tally) = poll.tallies.0.get_mut(*choice) {
            *tally = tally.saturating_add(1);
        }
        diesel::insert_into(poll_votes::table)
            .values((
                poll_votes::id.eq(*id),
                poll_votes::poll_id.eq(poll.id),
                poll_votes::account_id.eq(account),
                poll_votes::choice.eq(i32::try_from(*choice).map_err(Error::internal)?),
                poll_votes::created_at.eq(cx.now),
            ))
            .execute(conn)?;
    }
    diesel::update(polls::table.find(poll.id)).set(polls::tallies.eq(&poll.tallies)).execute(conn)?;
    Ok(poll)
}

/// Ends a poll: tells those here who made it or voted and, if it is one of this server, other servers the result. Safe to run twice, and
/// for a poll that is gone or was prolonged.
pub fn close(conn: &mut Conn, cx: &Context, id: PollId) -> Result<()> {
    let Some(poll) = find(conn, id)? else { return Ok(()) };
    let Some(post) =
        queries::find(conn, poll.post_id)?.filter(|post| post.deleted_at.is_none() && post.poll_id == Some(id))
    else {
        return Ok(());
    };
    if !poll.is_expired(cx.now) {
        // Its own server let it run on; one of ours has another job for its new end.
        return match poll.expires_at.filter(|_| !post.is_local) {
            Some(end) => jobs::enqueue(conn, cx, CLOSE_JOB, &Closing { poll: id }, end),
            None => Ok(()),
        };
    }
    let voters: Vec<AccountId> = poll_votes::table
        .inner_join(accounts::table.on(accounts::id.eq(poll_votes::account_id)))
        .filter(poll_votes::poll_id.eq(id))
        .filter(accounts::domain.eq(""))
        .select(poll_votes::account_id)
        .distinct()
        .limit(NOTIFIED)
        .load(conn)?;
    for told in voters.into_iter().chain([post.account_id]) {
        notifications::notify(conn, cx, told, post.account_id, notifications::Kind::Poll, Some(post.id))?;
    }
    if post.is_local && ever_concerned_others(conn, cx, &post)? {
        outgoing::tell(conn, cx, Outgoing::UpdatePost { post: post.id })?;
    }
    Ok(())
}
