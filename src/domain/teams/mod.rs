//! Teams: which people may act as a brand, in which role, and the record of what they did.

pub mod policy;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, acting_records, team_members};
use crate::domain::accounts::actions::{GeneratedKeys, NewLocal, create_local};
use crate::domain::accounts::{Account, Kind};
use crate::domain::events::{self, Event};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AppId, UserId};
use crate::time::Time;

crate::text_enum! {
    /// What somebody may do as a brand; see [`policy::may`].
    pub enum TeamRole {
        /// Everything, and the team itself.
        Owner = "owner",
        /// Everything but the team's owners.
        Manager = "manager",
        /// Answers; publishing needs review.
        Author = "author",
        /// Reads.
        Analyst = "analyst",
    }
}

/// Somebody's place in a brand's team.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = team_members)]
pub struct Member {
    pub id: i64,
    pub brand_id: AccountId,
    pub user_id: UserId,
    pub role: TeamRole,
    /// May read and write the brand's direct messages.
    pub handles_direct: bool,
    pub added_by: Option<UserId>,
    pub created_at: Time,
}

/// A new brand.
pub struct NewBrand {
    /// The name of its handle.
    pub username: String,
    /// May be empty.
    pub display_name: String,
    /// Organization, Service or Person.
    pub kind: Kind,
    /// Who owns it.
    pub owner: UserId,
}

/// Makes a brand and puts its owner in the team.
pub fn create_brand(conn: &mut Conn, cx: &Context, new: NewBrand, keys: &GeneratedKeys) -> Result<Account> {
    if !matches!(new.kind, Kind::Organization | Kind::Service | Kind::Person) {
        return Err(Error::invalid("type", "must be organization, service or person"));
    }
    let account = create_local(
        conn,
        cx,
        NewLocal { username: new.username, kind: new.kind, display_name: new.display_name },
        keys,
    )?;
    // A brand wants to be found, of whatever kind it is.
    diesel::update(accounts::table.find(account.id))
        .set((accounts::is_discoverable.eq(true), accounts::is_indexable.eq(true)))
        .execute(conn)?;
    insert(conn, cx, account.id, new.owner, TeamRole::Owner, true, None)?;
    crate::domain::accounts::queries::get(conn, account.id)
}

fn insert(
    conn: &mut Conn,
    cx: &Context,
    brand: AccountId,
    user: UserId,
    role: TeamRole,
    handles_direct: bool,
    by: Option<UserId>,
) -> Result<()> {
    diesel::insert_into(team_members::table)
        .values((
            team_members::id.eq(cx.id::<i64>()),
            team_members::brand_id.eq(brand),
            team_members::user_id.eq(user),
            team_members::role.eq(role),
            team_members::handles_direct.eq(handles_direct),
            team_members::added_by.eq(by),
            team_members::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the account is a brand: a local account with a team.
pub fn is_brand(conn: &mut Conn, account: AccountId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(team_members::table.filter(team_members::brand_id.eq(account))))
        .get_result(conn)?)
}

/// Adds somebody to a team or changes their role.
pub fn set_member(
    conn: &mut Conn,
    cx: &Context,
    brand: AccountId,
    user: UserId,
    role: TeamRole,
    handles_direct: bool,
    by: Option<UserId>,
) -> Result<()> {
    match find(conn, brand, user)? {
        Some(held) => {
            if held.role == TeamRole::Owner && role != TeamRole::Owner {
                keep_an_owner(conn, brand, user)?;
            }
            diesel::update(team_members::table.find(held.id))
                .set((team_members::role.eq(role), team_members::handles_direct.eq(handles_direct)))
                .execute(conn)?;
        }
        None => insert(conn, cx, brand, user, role, handles_direct, by)?,
    }
    events::record(conn, cx, Event::TeamChanged { user, brand })
}

/// Takes somebody out of a team: their tokens for the brand end with the next call, their streams within a second.
pub fn remove_member(conn: &mut Conn, cx: &Context, brand: AccountId, user: UserId) -> Result<()> {
    let held = find(conn, brand, user)?.ok_or(Error::NotFound("team member"))?;
    if held.role == TeamRole::Owner {
        keep_an_owner(conn, brand, user)?;
    }
    diesel::delete(team_members::table.find(held.id)).execute(conn)?;
    crate::domain::oauth::revoke_for(conn, cx, user, brand)?;
    events::record(conn, cx, Event::TeamChanged { user, brand })
}

fn keep_an_owner(conn: &mut Conn, brand: AccountId, leaving: UserId) -> Result<()> {
    let others: i64 = team_members::table
        .filter(team_members::brand_id.eq(brand))
        .filter(team_members::role.eq(TeamRole::Owner))
        .filter(team_members::user_id.ne(leaving))
        .count()
        .get_result(conn)?;
    if others == 0 {
        Err(Error::Conflict("A brand needs an owner: make somebody else owner first".into()))
    } else {
        Ok(())
    }
}

/// Somebody's place in a brand's team.
pub fn find(conn: &mut Conn, brand: AccountId, user: UserId) -> Result<Option<Member>> {
    Ok(team_members::table
        .filter(team_members::brand_id.eq(brand))
        .filter(team_members::user_id.eq(user))
        .select(Member::as_select())
        .first(conn)
        .optional()?)
}

/// The members of a brand's team, first added first.
pub fn list(conn: &mut Conn, brand: AccountId) -> Result<Vec<Member>> {
    Ok(team_members::table
        .filter(team_members::brand_id.eq(brand))
        .order(team_members::id.asc())
        .select(Member::as_select())
        .load(conn)?)
}

/// The brands that somebody may act as.
pub fn brands_of(conn: &mut Conn, user: UserId) -> Result<Vec<(Account, Member)>> {
    Ok(team_members::table
        .inner_join(accounts::table.on(accounts::id.eq(team_members::brand_id)))
        .filter(team_members::user_id.eq(user))
        .filter(accounts::deleted_at.is_null())
        .order(team_members::id.asc())
        .select((Account::as_select(), Member::as_select()))
        .load(conn)?)
}

/// All brands of this server, oldest first.
pub fn list_brands(conn: &mut Conn) -> Result<Vec<Account>> {
    Ok(accounts::table
        .filter(accounts::domain.eq(""))
        .filter(accounts::deleted_at.is_null())
        .filter(diesel::dsl::exists(team_members::table.filter(team_members::brand_id.eq(accounts::id))))
        .order(accounts::id.asc())
        .select(Account::as_select())
        .load(conn)?)
}

/// One thing that somebody did as an account.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = acting_records)]
pub struct ActingRecord {
    pub id: i64,
    pub account_id: AccountId,
    pub user_id: UserId,
    pub app_id: Option<AppId>,
    /// Such as `post.create`.
    pub verb: String,
    /// The id of what it was done to.
    pub subject: String,
    pub created_at: Time,
}

/// Writes down who did what as which account.
pub fn record_act(
    conn: &mut Conn,
    cx: &Context,
    account: AccountId,
    user: UserId,
    app: Option<AppId>,
    verb: &str,
    subject: &str,
) -> Result<()> {
    diesel::insert_into(acting_records::table)
        .values((
            acting_records::id.eq(cx.id::<i64>()),
            acting_records::account_id.eq(account),
            acting_records::user_id.eq(user),
            acting_records::app_id.eq(app),
            acting_records::verb.eq(verb),
            acting_records::subject.eq(subject),
            acting_records::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The last things done as an account, newest first, at most `limit`.
pub fn list_acts(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<ActingRecord>> {
    Ok(acting_records::table
        .filter(acting_records::account_id.eq(account))
        .order(acting_records::id.desc())
        .limit(limit)
        .select(ActingRecord::as_select())
        .load(conn)?)
}
