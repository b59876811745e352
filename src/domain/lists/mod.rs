//! Lists: chosen accounts, of those that one follows, with a timeline of their own.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::schema::{accounts, follows, list_accounts, lists};
use crate::db::{Conn, one_of};
use crate::domain::accounts::Account;
use crate::domain::follows::State;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ListId};
use crate::page::Page;
use crate::time::Time;

/// How many lists one may have.
const MAX_LISTS: i64 = 100;
/// How many accounts may be on a list.
const MAX_MEMBERS: i64 = 5000;
/// Characters of a title.
const MAX_TITLE: usize = 255;

crate::text_enum! {
    /// Which replies by accounts on a list its timeline shows.
    pub enum Replies {
        /// To anybody one follows.
        Followed = "followed",
        /// To others on the list.
        List = "list",
        /// None.
        Nobody = "none",
    }
}

/// A list as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lists)]
pub struct List {
    pub id: ListId,
    pub account_id: AccountId,
    pub title: String,
    pub replies_policy: Replies,
    /// Whether posts on the list are left out of the home timeline.
    pub is_exclusive: bool,
    pub created_at: Time,
}

/// What can be chosen about a list; `None` leaves it as it is, or for a new list at its default.
#[derive(Debug, Clone, Default)]
pub struct ListEdit {
    /// Its name, not empty; must be given for a new list.
    pub title: Option<String>,
    /// By default [`Replies::List`].
    pub replies_policy: Option<Replies>,
    /// By default not.
    pub is_exclusive: Option<bool>,
}

impl ListEdit {
    fn title(&self) -> Result<Option<String>> {
        let Some(title) = self.title.as_deref().map(str::trim) else { return Ok(None) };
        if title.is_empty() {
            return Err(Error::invalid("title", "can't be blank"));
        }
        if title.chars().count() > MAX_TITLE {
            return Err(Error::invalid("title", format!("is longer than {MAX_TITLE} characters")));
        }
        Ok(Some(title.to_owned()))
    }
}

/// Makes a list.
pub fn create(conn: &mut Conn, cx: &Context, me: AccountId, new: &ListEdit) -> Result<List> {
    let title = new.title()?.ok_or_else(|| Error::invalid("title", "can't be blank"))?;
    let there: i64 = lists::table.filter(lists::account_id.eq(me)).count().get_result(conn)?;
    if there >= MAX_LISTS {
        return Err(Error::invalid("list", format!("is one too many: {MAX_LISTS} are allowed")));
    }
    let list = List {
        id: cx.id(),
        account_id: me,
        title,
        replies_policy: new.replies_policy.unwrap_or(Replies::List),
        is_exclusive: new.is_exclusive.unwrap_or(false),
        created_at: cx.now,
    };
    diesel::insert_into(lists::table).values(&list).execute(conn)?;
    Ok(list)
}

/// All lists of `me`, oldest first.
pub fn list(conn: &mut Conn, me: AccountId) -> Result<Vec<List>> {
    Ok(lists::table.filter(lists::account_id.eq(me)).order(lists::id.asc()).select(List::as_select()).load(conn)?)
}

/// A list of `me`; somebody else's is not found.
pub fn get_own(conn: &mut Conn, me: AccountId, id: ListId) -> Result<List> {
    let found =
        lists::table.find(id).filter(lists::account_id.eq(me)).select(List::as_select()).first(conn).optional()?;
    found.ok_or(Error::NotFound("list"))
}

/// Changes a list.
pub fn update(conn: &mut Conn, me: AccountId, id: ListId, edit: &ListEdit) -> Result<List> {
    let mut list = get_own(conn, me, id)?;
    if let Some(title) = edit.title()? {
        list.title = title;
    }
    list.replies_policy = edit.replies_policy.unwrap_or(list.replies_policy);
    list.is_exclusive = edit.is_exclusive.unwrap_or(list.is_exclusive);
    diesel::update(lists::table.find(id))
        .set((
            lists::title.eq(&list.title),
            lists::replies_policy.eq(list.replies_policy),
            lists::is_exclusive.eq(list.is_exclusive),
        ))
        .execute(conn)?;
    Ok(list)
}

/// Removes a list; nobody is unfollowed.
pub fn delete(conn: &mut Conn, me: AccountId, id: ListId) -> Result<()> {
    get_own(conn, me, id)?;
    diesel::delete(lists::table.find(id)).execute(conn)?;
    Ok(())
}

/// Who is on a list, the cursor being the id of the account. A `limit` of 0 means all.
pub fn members(conn: &mut Conn, me: AccountId, id: ListId, page: &Page) -> Result<Vec<Account>> {
    get_own(conn, me, id)?;
    let query = list_accounts::table
        .inner_join(accounts::table.on(accounts::id.eq(list_accounts::account_id)))
        .filter(list_accounts::list_id.eq(id))
        .filter(accounts::deleted_at.is_null())
        .select(Account::as_select())
        .into_boxed();
    let page = Page { limit: if page.limit == 0 { MAX_MEMBERS } else { page.limit }, ..*page };
    Ok(page.newest_first(crate::paged!(query, list_accounts::account_id, &page).load(conn)?))
}

/// Puts accounts on a list; each must be followed or oneself. Those who are on it stay on it.
pub fn add(conn: &mut Conn, me: AccountId, id: ListId, members: &[AccountId]) -> Result<()> {
    get_own(conn, me, id)?;
    let followed: Vec<AccountId> = follows::table
        .filter(follows::account_id.eq(me))
        .filter(one_of(follows::target_id, members))
        .filter(follows::state.eq(State::Accepted))
        .select(follows::target_id)
        .load(conn)?;
    if !members.iter().all(|m| *m == me || followed.contains(m)) {
        return Err(Error::NotFound("followed account"));
    }
    let there: i64 = list_accounts::table.filter(list_accounts::list_id.eq(id)).count().get_result(conn)?;
    if there.saturating_add(i64::try_from(members.len()).unwrap_or(i64::MAX)) > MAX_MEMBERS {
        return Err(Error::invalid("account_ids", format!("are too many: a list holds {MAX_MEMBERS}")));
    }
    for member in members {
        let row = (list_accounts::list_id.eq(id), list_accounts::account_id.eq(*member));
        crate::each_backend!(conn, |c| diesel::insert_into(list_accounts::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// Takes accounts off a list; those who are not on it are no error.
pub fn remove(conn: &mut Conn, me: AccountId, id: ListId, members: &[AccountId]) -> Result<()> {
    get_own(conn, me, id)?;
    diesel::delete(
        list_accounts::table.filter(list_accounts::list_id.eq(id)).filter(one_of(list_accounts::account_id, members)),
    )
    .execute(conn)?;
    Ok(())
}

/// The lists of `me` that `member` is on, oldest first.
pub fn list_with(conn: &mut Conn, me: AccountId, member: AccountId) -> Result<Vec<List>> {
    let on = list_accounts::table.filter(list_accounts::account_id.eq(member)).select(list_accounts::list_id);
    Ok(lists::table
        .filter(lists::account_id.eq(me))
        .filter(lists::id.eq_any(on))
        .order(lists::id.asc())
        .select(List::as_select())
        .load(conn)?)
}

/// Takes `member` off all lists of `me`, as when it is no longer followed.
pub fn forget(conn: &mut Conn, me: AccountId, member: AccountId) -> Result<()> {
    let mine = lists::table.filter(lists::account_id.eq(me)).select(lists::id);
    diesel::delete(
        list_accounts::table.filter(list_accounts::account_id.eq(member)).filter(list_accounts::list_id.eq_any(mine)),
    )
    .execute(conn)?;
    Ok(())
}
