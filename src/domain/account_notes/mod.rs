//! Private notes: what somebody wrote down about an account. Nobody else sees them.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::account_notes;
use crate::domain::accounts::{self as people, Account};
use crate::domain::follows::{self, Relationship};
use crate::error::{Error, Result};
use crate::ids::AccountId;

/// Characters of a note.
const MAX_COMMENT: usize = 2000;

/// Writes a note about `target` in place of the one before; a blank one removes it.
pub fn set(conn: &mut Conn, cx: &Context, me: &Account, target: AccountId, comment: &str) -> Result<Relationship> {
    people::queries::get(conn, target)?;
    if comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid("comment", format!("is too long (maximum is {MAX_COMMENT} characters)")));
    }
    if comment.trim().is_empty() {
        diesel::delete(account_notes::table.find((me.id, target))).execute(conn)?;
        return follows::relationship(conn, me.id, target);
    }
    let row = (
        account_notes::account_id.eq(me.id),
        account_notes::target_id.eq(target),
        account_notes::comment.eq(comment),
        account_notes::updated_at.eq(cx.now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(account_notes::table)
        .values(row)
        .on_conflict((account_notes::account_id, account_notes::target_id))
        .do_update()
        .set((
            account_notes::comment.eq(excluded(account_notes::comment)),
            account_notes::updated_at.eq(excluded(account_notes::updated_at))
        ))
        .execute(c))?;
    follows::relationship(conn, me.id, target)
}

/// The notes of `me` about these accounts.
pub fn list(conn: &mut Conn, me: AccountId, targets: &[AccountId]) -> Result<HashMap<AccountId, String>> {
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(AccountId, String)> = account_notes::table
        .filter(account_notes::account_id.eq(me))
        .filter(account_notes::target_id.eq_any(targets))
        .select((account_notes::target_id, account_notes::comment))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::tests::world::World;

    #[test]
    fn a_note_is_for_its_writer_alone_and_goes_when_blank() {
        let mut w = World::new();
        let (ann, bob) = (w.local("ann"), w.remote("bob", "r.example"));
        assert_eq!(set(&mut w.conn, &w.cx, &ann, bob.id, "Met at the fair").unwrap().note, "Met at the fair");
        assert_eq!(set(&mut w.conn, &w.cx, &ann, bob.id, "Owes me a drill").unwrap().note, "Owes me a drill");
        assert_eq!(follows::relationship(&mut w.conn, bob.id, ann.id).unwrap().note, "");
        assert_eq!(set(&mut w.conn, &w.cx, &ann, bob.id, " ").unwrap().note, "");
        assert!(list(&mut w.conn, ann.id, &[bob.id]).unwrap().is_empty());
    }

    #[test]
    fn a_long_note_and_one_about_nobody_are_refused() {
        let mut w = World::new();
        let ann = w.local("ann");
        let bob = w.local("bob");
        assert!(matches!(set(&mut w.conn, &w.cx, &ann, AccountId(1), "x"), Err(Error::NotFound(_))));
        assert!(matches!(set(&mut w.conn, &w.cx, &ann, bob.id, &"x".repeat(2001)), Err(Error::Invalid(_))));
        assert!(set(&mut w.conn, &w.cx, &ann, bob.id, &"ü".repeat(2000)).is_ok());
    }
}
