//! `rapport team`: who may act as a brand.

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::db::Conn;
use crate::domain::accounts::{self, Account};
use crate::domain::teams::{self, TeamRole};
use crate::domain::users::{self, User};
use crate::error::{Error, Result};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Put somebody in a team, or change their role.
    Add {
        /// The brand's name.
        #[arg(long)]
        brand: String,
        /// The user name or e-mail address.
        #[arg(long)]
        user: String,
        /// owner, manager, author or analyst.
        #[arg(long, default_value = "author")]
        role: TeamRole,
        /// May not read and write the brand's direct messages.
        #[arg(long)]
        no_direct: bool,
    },
    /// List a team.
    List {
        /// The brand's name.
        #[arg(long)]
        brand: String,
    },
    /// Take somebody out of a team; their tokens for the brand end at once.
    Remove {
        /// The brand's name.
        #[arg(long)]
        brand: String,
        /// The user name or e-mail address.
        #[arg(long)]
        user: String,
    },
}

#[derive(Serialize)]
struct Row {
    username: String,
    role: TeamRole,
    handles_direct: bool,
    since: String,
}

fn find_brand(conn: &mut Conn, name: &str) -> Result<Account> {
    let account = accounts::queries::find_local(conn, name)?.filter(Account::is_active);
    let account = account.ok_or_else(|| Error::invalid("brand", format!("{name} is no account here")))?;
    if teams::is_brand(conn, account.id)? {
        Ok(account)
    } else {
        Err(Error::invalid("brand", format!("{name} is a person, not a brand")))
    }
}

fn find_user(conn: &mut Conn, login: &str) -> Result<User> {
    users::find_by_login(conn, login)?.ok_or_else(|| Error::invalid("user", format!("{login} is no user here")))
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Add { brand, user, role, no_direct } => {
            let sentence = format!("{user} is now {role} in the team of {brand}.");
            let value = json!({ "brand": brand, "user": user, "role": role, "handles_direct": !no_direct });
            app.act(move |conn, cx| {
                let (brand, user) = (find_brand(conn, &brand)?, find_user(conn, &user)?);
                teams::set_member(conn, cx, brand.id, user.id, role, !no_direct, None)
            })
            .await?;
            out.say(&sentence, &value);
        }
        Command::Remove { brand, user } => {
            let sentence = format!("{user} is no longer in the team of {brand}; their tokens for it have ended.");
            let value = json!({ "brand": brand, "user": user, "removed": true });
            app.act(move |conn, cx| {
                let (brand, user) = (find_brand(conn, &brand)?, find_user(conn, &user)?);
                teams::remove_member(conn, cx, brand.id, user.id)
            })
            .await?;
            out.say(&sentence, &value);
        }
        Command::List { brand } => {
            let rows = app
                .db
                .read(move |conn| {
                    let brand = find_brand(conn, &brand)?;
                    let members = teams::list(conn, brand.id)?;
                    members
                        .into_iter()
                        .map(|member| {
                            let user = users::get(conn, member.user_id)?;
                            let account = accounts::queries::get(conn, user.account_id)?;
                            Ok(Row {
                                username: account.username,
                                role: member.role,
                                handles_direct: member.handles_direct,
                                since: member.created_at.rfc3339(),
                            })
                        })
                        .collect::<Result<Vec<_>>>()
                })
                .await?;
            out.list(&rows, "Nobody.", |row| {
                format!(
                    "{:<30} {:<8} {}",
                    row.username,
                    row.role,
                    if row.handles_direct { "direct messages" } else { "" }
                )
            });
        }
    }
    Ok(())
}
