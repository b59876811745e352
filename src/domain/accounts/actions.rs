//! Making, changing and removing accounts.

use diesel::prelude::*;

use super::{Account, Emoji, Kind, ProfileField, queries};
use crate::context::Context;
use crate::crypto::keys::{Algorithm, PrivateKey};
use crate::db::schema::{accounts, private_keys, public_keys, tombstones};
use crate::db::{Conn, Json};
use crate::domain::custom_emojis;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::Visibility;
use crate::domain::quotes::QuotePolicy;
use crate::domain::search;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::text::handles;
use crate::text::html::SafeHtml;
use crate::time::Time;

/// The keys of a new actor, generated beforehand because that takes a tenth of a second.
pub struct GeneratedKeys {
    /// RSA, 2048 bits: what every peer can check.
    pub rsa: PrivateKey,
    /// Ed25519: for RFC 9421 and integrity proofs.
    pub ed25519: PrivateKey,
}

impl GeneratedKeys {
    /// Makes a pair; blocks for 50 to 400 ms.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            rsa: PrivateKey::generate_rsa().map_err(Error::internal)?,
            ed25519: PrivateKey::generate_ed25519().map_err(Error::internal)?,
        })
    }
}

/// A new account of this server.
#[derive(Debug, Clone)]
pub struct NewLocal {
    /// Its name as it will be shown; unique in any case.
    pub username: String,
    /// What kind of actor.
    pub kind: Kind,
    /// May be empty.
    pub display_name: String,
}

/// Makes a local account with its keys. Errors: a name that is malformed, reserved or taken (also by a deleted account).
pub fn create_local(conn: &mut Conn, cx: &Context, new: NewLocal, keys: &GeneratedKeys) -> Result<Account> {
    let is_server = new.kind == Kind::Application;
    if !is_server && (!handles::is_valid_local_username(&new.username) || handles::is_reserved(&new.username)) {
        return Err(Error::invalid(
            "username",
            "must have 1 to 30 letters, digits or underscores and must not be a reserved word",
        ));
    }
    if queries::find_local(conn, &new.username)?.is_some() {
        return Err(Error::invalid("username", "is already taken"));
    }
    let name = &new.username;
    let (uri, url) = if is_server {
        (cx.urls.instance_actor(), cx.urls.path("/about"))
    } else {
        (cx.urls.actor(name), cx.urls.profile(name))
    };
    let account = Account {
        id: cx.id(),
        username: name.clone(),
        username_lower: name.to_lowercase(),
        domain: String::new(),
        inbox_url: format!("{uri}/inbox"),
        outbox_url: Some(format!("{uri}/outbox")),
        followers_url: Some(format!("{uri}/followers")),
        following_url: Some(format!("{uri}/following")),
        featured_url: Some(format!("{uri}/collections/featured")),
        shared_inbox_url: Some(cx.urls.shared_inbox()),
        uri,
        url,
        kind: new.kind,
        display_name: new.display_name,
        note: String::new(),
        note_source: String::new(),
        fields: Json(Vec::new()),
        emojis: Json(Vec::new()),
        avatar: None,
        avatar_description: String::new(),
        header: None,
        header_description: String::new(),
        is_locked: false,
        // A brand wants to be found; a person chooses it.
        is_discoverable: new.kind != Kind::Person,
        is_indexable: new.kind != Kind::Person,
        hides_collections: false,
        also_known_as: Json(Vec::new()),
        moved_to_uri: None,
        default_visibility: Visibility::Public,
        default_sensitive: false,
        default_language: None,
        default_quote_policy: QuotePolicy::Public,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: cx.now,
        updated_at: cx.now,
        fetched_at: None,
        suspended_at: None,
        deleted_at: None,
        shows_media: true,
        shows_media_replies: true,
        shows_featured: true,
        attribution_domains: Json(Vec::new()),
    };
    diesel::insert_into(accounts::table).values(&account).execute(conn)?;
    store_keys(conn, cx, &account, keys)?;
    search::add_account(conn, &account)?;
    Ok(account)
}

fn store_keys(conn: &mut Conn, cx: &Context, account: &Account, keys: &GeneratedKeys) -> Result<()> {
    for (key, fragment) in [(&keys.rsa, "main-key"), (&keys.ed25519, "ed25519-key")] {
        let key_id = format!("{}#{fragment}", account.uri);
        let algorithm = key.algorithm();
        let pkcs8 = key.to_pkcs8().map_err(Error::internal)?;
        diesel::insert_into(private_keys::table)
            .values((
                private_keys::key_id.eq(&key_id),
                private_keys::account_id.eq(account.id),
                private_keys::algorithm.eq(algorithm.as_str()),
                private_keys::pkcs8.eq(pkcs8),
                private_keys::created_at.eq(cx.now),
            ))
            .execute(conn)?;
        let public = key.public();
        insert_public_key(conn, account.id, &key_id, algorithm, &public.to_der(), cx.now)?;
    }
    Ok(())
}

fn insert_public_key(
    conn: &mut Conn,
    account: AccountId,
    key_id: &str,
    algorithm: Algorithm,
    der: &[u8],
    now: Time,
) -> Result<()> {
    diesel::insert_into(public_keys::table)
        .values((
            public_keys::key_id.eq(key_id),
            public_keys::account_id.eq(account),
            public_keys::algorithm.eq(algorithm.as_str()),
            public_keys::public_der.eq(der),
            public_keys::fetched_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Changes to a profile; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = accounts)]
pub struct ProfileEdit {
    pub display_name: Option<String>,
    /// Rendered from `note_source`.
    pub note: Option<String>,
    pub note_source: Option<String>,
    pub fields: Option<Json<Vec<ProfileField>>>,
    pub avatar: Option<Option<String>>,
    pub avatar_description: Option<String>,
    pub header: Option<Option<String>>,
    pub header_description: Option<String>,
    pub is_locked: Option<bool>,
    pub is_discoverable: Option<bool>,
    pub is_indexable: Option<bool>,
    pub hides_collections: Option<bool>,
    /// Only between person and service, organization and service.
    pub kind: Option<Kind>,
    pub default_visibility: Option<Visibility>,
    pub default_sensitive: Option<bool>,
    pub default_language: Option<Option<String>>,
    pub default_quote_policy: Option<QuotePolicy>,
    pub also_known_as: Option<Json<Vec<String>>>,
    pub shows_media: Option<bool>,
    pub shows_media_replies: Option<bool>,
    pub shows_featured: Option<bool>,
    pub attribution_domains: Option<Json<Vec<String>>>,
    pub updated_at: Option<Time>,
}

/// Applies the edit and tells followers.
pub fn edit_profile(conn: &mut Conn, cx: &Context, id: AccountId, edit: ProfileEdit) -> Result<Account> {
    let edit = ProfileEdit { updated_at: Some(cx.now), ..edit };
    let before = if edit.is_indexable.is_some() { Some(queries::get(conn, id)?) } else { None };
    diesel::update(accounts::table.find(id).filter(accounts::domain.eq(""))).set(&edit).execute(conn)?;
    outgoing::tell(conn, cx, Outgoing::UpdateActor { account: id })?;
    let edited = queries::get(conn, id)?;
    if edit.display_name.is_some() {
        search::add_account(conn, &edited)?;
    }
    if before.is_some_and(|before| before.is_indexable != edited.is_indexable) {
        search::reconsider(conn, cx, id)?;
    }
    keep_emojis(conn, cx, edited)
}

/// Keeps with a profile the custom emoji that its texts use now.
fn keep_emojis(conn: &mut Conn, cx: &Context, account: Account) -> Result<Account> {
    let lines = account.fields.0.iter().flat_map(|field| [field.name.as_str(), field.source.as_str()]);
    let texts = [account.display_name.as_str(), account.note_source.as_str()].into_iter().chain(lines);
    let emojis = Json(custom_emojis::used_in(conn, &cx.urls, texts)?);
    if emojis == account.emojis {
        return Ok(account);
    }
    diesel::update(accounts::table.find(account.id)).set(accounts::emojis.eq(&emojis)).execute(conn)?;
    Ok(Account { emojis, ..account })
}

/// A key that an actor document of another server lists.
#[derive(Debug, Clone)]
pub struct RemoteKey {
    /// The id that signatures name; on the origin of the actor.
    pub key_id: String,
    /// What kind of key.
    pub algorithm: Algorithm,
    /// The key: SPKI for RSA, 32 raw bytes for Ed25519.
    pub public_der: Vec<u8>,
}

/// An account of another server as its actor document describes it, checked and cut to our limits.
#[derive(Debug, Clone)]
pub struct Remote {
    pub uri: String,
    pub url: String,
    pub username: String,
    pub domain: String,
    pub kind: Kind,
    pub display_name: String,
    pub note: SafeHtml,
    pub fields: Vec<ProfileField>,
    pub emojis: Vec<Emoji>,
    pub avatar: Option<String>,
    pub avatar_description: String,
    pub header: Option<String>,
    pub header_description: String,
    pub is_locked: bool,
    pub is_discoverable: bool,
    pub is_indexable: bool,
    pub hides_collections: bool,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    pub also_known_as: Vec<String>,
    pub moved_to_uri: Option<String>,
    pub created_at: Option<Time>,
    pub is_suspended: bool,
    pub keys: Vec<RemoteKey>,
    /// Totals of its collections, where they were read.
    pub followers_count: Option<i64>,
    pub following_count: Option<i64>,
    pub statuses_count: Option<i64>,
}

/// Inserts or updates an account of another server and its keys. A name that another actor of the same domain holds goes over
/// to the one just seen (it was renamed or made anew there); a key id that belongs to another account is never taken over.
pub fn store_remote(conn: &mut Conn, cx: &Context, remote: Remote) -> Result<Account> {
    let lower = remote.username.to_lowercase();
    let known = queries::find_by_uri(conn, &remote.uri)?;
    if known.as_ref().is_some_and(Account::is_local) {
        return Err(Error::bug("an actor of this server is not remote"));
    }
    if let Some(holder) =
        queries::find_by_handle(conn, &lower, &remote.domain)?.filter(|holder| holder.uri != remote.uri)
    {
        let freed = format!("{lower}.{}", holder.id);
        diesel::update(accounts::table.find(holder.id)).set(accounts::username_lower.eq(freed)).execute(conn)?;
    }
    let created_at = remote.created_at.map_or(cx.now, |t| Time(t.0.clamp(Time::from_unix(946_684_800).0, cx.now.0)));
    let account = Account {
        id: known.as_ref().map_or_else(|| cx.id(), |k| k.id),
        username: remote.username,
        username_lower: lower,
        domain: remote.domain,
        uri: remote.uri,
        url: remote.url,
        kind: remote.kind,
        display_name: remote.display_name,
        note: remote.note.as_str().to_owned(),
        note_source: String::new(),
        fields: Json(remote.fields),
        emojis: Json(remote.emojis),
        avatar: remote.avatar,
        avatar_description: remote.avatar_description,
        header: remote.header,
        header_description: remote.header_description,
        is_locked: remote.is_locked,
        is_discoverable: remote.is_discoverable,
        is_indexable: remote.is_indexable,
        hides_collections: remote.hides_collections,
        inbox_url: remote.inbox_url,
        shared_inbox_url: remote.shared_inbox_url,
        outbox_url: remote.outbox_url,
        followers_url: remote.followers_url,
        following_url: remote.following_url,
        featured_url: remote.featured_url,
        also_known_as: Json(remote.also_known_as),
        moved_to_uri: remote.moved_to_uri,
        default_visibility: Visibility::Public,
        default_sensitive: false,
        default_language: None,
        default_quote_policy: QuotePolicy::Public,
        followers_count: remote.followers_count.unwrap_or_else(|| known.as_ref().map_or(0, |k| k.followers_count)),
        following_count: remote.following_count.unwrap_or_else(|| known.as_ref().map_or(0, |k| k.following_count)),
        statuses_count: remote.statuses_count.unwrap_or_else(|| known.as_ref().map_or(0, |k| k.statuses_count)),
        last_status_at: known.as_ref().and_then(|k| k.last_status_at),
        created_at: known.as_ref().map_or(created_at, |k| k.created_at),
        updated_at: cx.now,
        fetched_at: Some(cx.now),
        suspended_at: remote
            .is_suspended
            .then(|| known.as_ref().and_then(|k| k.suspended_at).unwrap_or(cx.now))
            .or_else(|| known.as_ref().and_then(|k| k.suspended_at)),
        deleted_at: None,
        shows_media: true,
        shows_media_replies: true,
        shows_featured: true,
        attribution_domains: Json(Vec::new()),
    };
    if known.is_some() {
        // Row by row replacement would cascade to posts, so every column is set instead.
        update_all(conn, &account)?;
    } else {
        diesel::insert_into(accounts::table).values(&account).execute(conn)?;
    }
    let has_same_names =
        |known: &Account| known.display_name == account.display_name && known.username == account.username;
    if !known.as_ref().is_some_and(has_same_names) {
        search::add_account(conn, &account)?;
    }
    if known.as_ref().is_some_and(|known| known.is_indexable != account.is_indexable) {
        search::reconsider(conn, cx, account.id)?;
    }
    for key in remote.keys {
        match queries::public_key(conn, &key.key_id)? {
            Some(held) if held.account_id != account.id => {
                tracing::warn!(key_id = %key.key_id, "an actor lists a key that belongs to another; it was not taken over");
            }
            Some(_) => {
                diesel::update(public_keys::table.find(&key.key_id))
                    .set((
                        public_keys::algorithm.eq(key.algorithm.as_str()),
                        public_keys::public_der.eq(&key.public_der),
                        public_keys::fetched_at.eq(cx.now),
                    ))
                    .execute(conn)?;
            }
            None => insert_public_key(conn, account.id, &key.key_id, key.algorithm, &key.public_der, cx.now)?,
        }
    }
    Ok(account)
}

/// The columns of an account of another server that its document decides.
#[derive(AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
struct RemoteColumns<'a> {
    username: &'a str,
    username_lower: &'a str,
    domain: &'a str,
    url: &'a str,
    kind: Kind,
    display_name: &'a str,
    note: &'a str,
    fields: &'a Json<Vec<ProfileField>>,
    emojis: &'a Json<Vec<Emoji>>,
    avatar: Option<&'a str>,
    avatar_description: &'a str,
    header: Option<&'a str>,
    header_description: &'a str,
    is_locked: bool,
    is_discoverable: bool,
    is_indexable: bool,
    hides_collections: bool,
    inbox_url: &'a str,
    shared_inbox_url: Option<&'a str>,
    outbox_url: Option<&'a str>,
    followers_url: Option<&'a str>,
    following_url: Option<&'a str>,
    featured_url: Option<&'a str>,
    also_known_as: &'a Json<Vec<String>>,
    moved_to_uri: Option<&'a str>,
    followers_count: i64,
    following_count: i64,
    statuses_count: i64,
    updated_at: Time,
    fetched_at: Option<Time>,
    suspended_at: Option<Time>,
    deleted_at: Option<Time>,
}

fn update_all(conn: &mut Conn, a: &Account) -> Result<()> {
    let columns = RemoteColumns {
        username: &a.username,
        username_lower: &a.username_lower,
        domain: &a.domain,
        url: &a.url,
        kind: a.kind,
        display_name: &a.display_name,
        note: &a.note,
        fields: &a.fields,
        emojis: &a.emojis,
        avatar: a.avatar.as_deref(),
        avatar_description: &a.avatar_description,
        header: a.header.as_deref(),
        header_description: &a.header_description,
        is_locked: a.is_locked,
        is_discoverable: a.is_discoverable,
        is_indexable: a.is_indexable,
        hides_collections: a.hides_collections,
        inbox_url: &a.inbox_url,
        shared_inbox_url: a.shared_inbox_url.as_deref(),
        outbox_url: a.outbox_url.as_deref(),
        followers_url: a.followers_url.as_deref(),
        following_url: a.following_url.as_deref(),
        featured_url: a.featured_url.as_deref(),
        also_known_as: &a.also_known_as,
        moved_to_uri: a.moved_to_uri.as_deref(),
        followers_count: a.followers_count,
        following_count: a.following_count,
        statuses_count: a.statuses_count,
        updated_at: a.updated_at,
        fetched_at: a.fetched_at,
        suspended_at: a.suspended_at,
        deleted_at: a.deleted_at,
    };
    diesel::update(accounts::table.find(a.id)).set(columns).execute(conn)?;
    Ok(())
}

/// Replaces a key that its owner rotated; the key must already belong to this account. Returns whether it did.
pub fn replace_key(conn: &mut Conn, cx: &Context, account: AccountId, key: &RemoteKey) -> Result<bool> {
    let changed = diesel::update(
        public_keys::table.filter(public_keys::key_id.eq(&key.key_id)).filter(public_keys::account_id.eq(account)),
    )
    .set((
        public_keys::algorithm.eq(key.algorithm.as_str()),
        public_keys::public_der.eq(&key.public_der),
        public_keys::fetched_at.eq(cx.now),
    ))
    .execute(conn)?;
    Ok(changed > 0)
}

/// Removes an account of another server with everything of it; a tombstone keeps late activities from bringing it back.
/// Counts of local accounts that it followed or that followed it are lowered.
pub fn remove_remote(conn: &mut Conn, cx: &Context, account: &Account) -> Result<()> {
    use crate::db::schema::{follows, posts};
    if account.is_local() {
        return Err(Error::bug("an actor of this server is not removed like a remote one"));
    }
    let accepted = crate::domain::follows::State::Accepted;
    let followed: Vec<AccountId> = follows::table
        .filter(follows::account_id.eq(account.id))
        .filter(follows::state.eq(accepted))
        .select(follows::target_id)
        .load(conn)?;
    for target in followed {
        adjust_counts(conn, target, -1, 0, 0)?;
    }
    let followers: Vec<AccountId> = follows::table
        .filter(follows::target_id.eq(account.id))
        .filter(follows::state.eq(accepted))
        .select(follows::account_id)
        .load(conn)?;
    for follower in followers {
        adjust_counts(conn, follower, 0, -1, 0)?;
    }
    // Its boosts and replies stood in the counts of other posts.
    let boosted: Vec<crate::ids::PostId> = posts::table
        .filter(posts::account_id.eq(account.id))
        .select(posts::boost_of_id.assume_not_null())
        .filter(posts::boost_of_id.is_not_null())
        .load(conn)?;
    for chunk in boosted.chunks(500) {
        diesel::update(posts::table.filter(posts::id.eq_any(chunk)).filter(posts::boosts_count.gt(0)))
            .set(posts::boosts_count.eq(posts::boosts_count - 1))
            .execute(conn)?;
    }
    bury(conn, &account.uri, &account.uri, cx.now)?;
    diesel::delete(accounts::table.find(account.id)).execute(conn)?;
    Ok(())
}

/// Remembers that `uri` was deleted by `actor_uri`.
pub fn bury(conn: &mut Conn, uri: &str, actor_uri: &str, now: Time) -> Result<()> {
    crate::each_backend!(conn, |c| diesel::insert_into(tombstones::table)
        .values((tombstones::uri.eq(uri), tombstones::actor_uri.eq(actor_uri), tombstones::deleted_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Whether `uri` was deleted by its owner before.
pub fn is_buried(conn: &mut Conn, uri: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(tombstones::table.find(uri))).get_result(conn)?)
}

/// Changes an account's counts; none falls below zero.
pub fn adjust_counts(conn: &mut Conn, id: AccountId, followers: i64, following: i64, statuses: i64) -> Result<()> {
    use diesel::dsl::case_when;
    macro_rules! moved {
        ($column:expr, $by:expr) => {
            case_when(($column + $by).gt(0), $column + $by).otherwise(0i64)
        };
    }
    if followers != 0 {
        diesel::update(accounts::table.find(id))
            .set(accounts::followers_count.eq(moved!(accounts::followers_count, followers)))
            .execute(conn)?;
    }
    if following != 0 {
        diesel::update(accounts::table.find(id))
            .set(accounts::following_count.eq(moved!(accounts::following_count, following)))
            .execute(conn)?;
    }
    if statuses != 0 {
        diesel::update(accounts::table.find(id))
            .set(accounts::statuses_count.eq(moved!(accounts::statuses_count, statuses)))
            .execute(conn)?;
    }
    Ok(())
}

/// Notes that an account posted at `at`.
pub fn note_post(conn: &mut Conn, id: AccountId, at: Time) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set((accounts::statuses_count.eq(accounts::statuses_count + 1), accounts::last_status_at.eq(at)))
        .execute(conn)?;
    Ok(())
}
