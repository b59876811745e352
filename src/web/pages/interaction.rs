//! `/authorize_interaction`: where other servers send people who live here, to follow an account or answer a post of theirs.

use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::db::Conn;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::follows::{self, FollowOptions};
use crate::domain::posts::{queries as posts, visibility};
use crate::domain::resolver::{Handle, Resolved};
use crate::domain::teams::policy::{self, Act};
use crate::domain::teams::{self, Member};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PostId};
use crate::web::cards;
use crate::web::csp::Forms;
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::Submitted;
use crate::web::frame::Frame;
use crate::web::session::SignedIn;
use crate::web::views::authorize::{Choice, describe_role};
use crate::web::views::interact::InteractPage;
use crate::web::visitor::Visitor;

/// One of those whom somebody may act as.
#[derive(Debug, Clone)]
pub struct Persona {
    /// As whom.
    pub account: Account,
    /// Their place in the brand's team; absent for themselves.
    pub member: Option<Member>,
}

impl Persona {
    /// Oneself first, then the brands of one's teams.
    pub fn list(conn: &mut Conn, me: &SignedIn) -> Result<Vec<Self>> {
        let brands = teams::brands_of(conn, me.id())?.into_iter().filter(|(brand, _)| brand.is_active());
        let own = Self { account: me.account.clone(), member: None };
        Ok(std::iter::once(own).chain(brands.map(|(account, member)| Self { account, member: Some(member) })).collect())
    }

    /// Whether they may do this as that account.
    pub fn may(&self, act: Act) -> bool {
        let handles_direct = self.member.as_ref().is_none_or(|member| member.handles_direct);
        policy::may(self.member.as_ref().map(|member| member.role), handles_direct, act).is_ok()
    }

    /// The choice as a form shows it.
    pub fn choice(&self, frame: &Frame, checked: bool) -> Choice {
        let (role, may) = describe_role(frame.lang, self.member.as_ref().map_or("", |member| member.role.as_str()));
        Choice {
            id: self.account.id.to_string(),
            person: cards::person(&self.account, frame.files()),
            role,
            may,
            checked,
        }
    }
}

/// What the form holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Follow {
    target: String,
    account: String,
}

/// `GET /authorize_interaction?uri=…`.
pub async fn show(visitor: Visitor) -> Answer {
    let asked = visitor.parameter("uri").or_else(|| visitor.parameter("acct"));
    let local = asked.clone();
    let urls = visitor.app.urls().map_err(|error| visitor.bare().fail(error))?;
    let (frame, me, (known, personas)) = visitor
        .read_signed_in(move |conn, me| {
            let known = local
                .filter(|uri| urls.is_ours(uri))
                .map(|uri| find_ours(conn, &uri, urls.base()))
                .transpose()?
                .flatten();
            Ok((known, Persona::list(conn, me)?))
        })
        .await?;
    let Some(asked) = asked else {
        return Err(frame.fail(Error::NotFound("page")));
    };
    let found = match known {
        Some(known) => Some(known),
        None => {
            visitor
                .take("resolve", visitor.app.config.limits.resolve_per_account, me.own_account())
                .map_err(|error| frame.fail(error))?;
            ask(&visitor, &asked).await.map_err(|error| frame.fail(error))?
        }
    };
    match found {
        Some(Resolved::Account(id)) => show_account(&visitor, &frame, id, &personas).await,
        Some(Resolved::Post(id)) => show_post(&visitor, &frame, id).await,
        None => {
            let page = frame.private_page(frame.lang.t("interact-nothing-title"));
            let note = frame.lang.t_with("interact-nothing", &[("address", &asked)]);
            let empty = InteractPage {
                page,
                person: None,
                note,
                copy: String::new(),
                target: String::new(),
                choices: Vec::new(),
            };
            Ok(frame.show_as(StatusCode::NOT_FOUND, Forms::Ours, &empty))
        }
    }
}

/// An account or post of this server, by its id or its page.
fn find_ours(conn: &mut Conn, uri: &str, base: &str) -> Result<Option<Resolved>> {
    if let Some(account) = accounts::find_by_uri(conn, uri)? {
        return Ok(Some(Resolved::Account(account.id)));
    }
    if let Some(post) = posts::find_by_uri(conn, uri)? {
        return Ok(Some(Resolved::Post(post.id)));
    }
    let Some(page) = uri.strip_prefix(base).and_then(|path| path.strip_prefix("/@")) else { return Ok(None) };
    match page.split_once('/') {
        Some((_, id)) => match id.parse::<PostId>() {
            Ok(id) => Ok(posts::find(conn, id)?.map(|post| Resolved::Post(post.id))),
            Err(_) => Ok(None),
        },
        None => Ok(accounts::find_local(conn, page)?.map(|account| Resolved::Account(account.id))),
    }
}

/// Asks the other server. One that does not answer usefully has nothing for us.
async fn ask(visitor: &Visitor, asked: &str) -> Result<Option<Resolved>> {
    let resolver = visitor.app.resolver()?;
    let found = if asked.starts_with("https://") || asked.starts_with("http://") {
        resolver.object(asked).await
    } else if let Some(handle) = Handle::parse(asked) {
        resolver.account(&handle).await.map(|account| account.map(|account| Resolved::Account(account.id)))
    } else {
        Ok(None)
    };
    match found {
        Err(Error::Upstream(why)) => {
            tracing::debug!(why, "what somebody was sent here for cannot be found");
            Ok(None)
        }
        other => other,
    }
}

async fn show_account(visitor: &Visitor, frame: &Frame, id: AccountId, personas: &[Persona]) -> Answer {
    let account = visitor.app.db.read(move |conn| accounts::get(conn, id)).await.map_err(|error| frame.fail(error))?;
    let able = personas.iter().filter(|persona| persona.account.id != id && persona.may(Act::Relate));
    let choices: Vec<Choice> = able.enumerate().map(|(place, persona)| persona.choice(frame, place == 0)).collect();
    let note = if choices.is_empty() { frame.lang.t("interact-not-allowed") } else { String::new() };
    let title = frame.lang.t_plain("interact-follow-title", &[("name", &account.shown_name())]);
    let page = frame.private_page(title);
    Ok(frame.show(&InteractPage {
        page,
        person: Some(cards::person(&account, frame.files())),
        note,
        copy: String::new(),
        target: id.to_string(),
        choices,
    }))
}

async fn show_post(visitor: &Visitor, frame: &Frame, id: PostId) -> Answer {
    let read = visitor.app.db.read(move |conn| {
        let post = visibility::get_visible(conn, id, None)?;
        Ok((accounts::get(conn, post.account_id)?, post))
    });
    let (author, post) = read.await.map_err(|error| frame.fail(error))?;
    let page = frame.private_page(frame.lang.t_plain("interact-post-title", &[("name", &author.shown_name())]));
    let note = frame.lang.t("interact-post");
    Ok(frame.show(&InteractPage {
        page,
        person: Some(cards::person(&author, frame.files())),
        note,
        copy: post.uri,
        target: String::new(),
        choices: Vec::new(),
    }))
}

/// `POST /authorize_interaction`: follows.
pub async fn follow(form: Submitted<Follow>) -> Answer {
    let Submitted { visitor, fields } = form;
    let (frame, me, personas) = visitor.read_signed_in(Persona::list).await?;
    let chosen = fields.account.parse::<AccountId>().ok();
    let (Ok(target), Some(persona)) =
        (fields.target.parse::<AccountId>(), personas.into_iter().find(|persona| Some(persona.account.id) == chosen))
    else {
        return Err(frame.fail(Error::invalid("account", "is none of yours")));
    };
    if !persona.may(Act::Relate) {
        return Err(frame.fail(Error::forbidden(frame.lang.t("interact-not-allowed"))));
    }
    visitor
        .take("follow", visitor.app.config.limits.follow_per_account, persona.account.id)
        .map_err(|error| frame.fail(error))?;
    let user = me.id();
    let done = visitor.app.act(move |conn, cx| {
        follows::request(conn, cx, &persona.account, target, FollowOptions::default())?;
        if persona.member.is_some() {
            teams::record_act(conn, cx, persona.account.id, user, None, "follow.create", &target.to_string())?;
        }
        Ok(())
    });
    done.await.map_err(|error| frame.fail(error))?;
    Ok(frame.go_saying("/", Notice::Followed))
}
