//! Custom emoji of this server: small pictures that people here write by their names.
//!
//! A post or profile keeps those it uses with it, so one that is removed stays where it is, and is offered no more.

use diesel::prelude::*;

use crate::context::{Context, Urls};
use crate::db::Conn;
use crate::db::schema::custom_emojis;
use crate::domain::accounts::Emoji;
use crate::error::{Error, Result};
use crate::ids::CustomEmojiId;
use crate::text::emoji;
use crate::time::Time;

/// How many a server may have.
const MAX_EMOJIS: i64 = 5000;
/// How many one post or profile uses at most.
const MAX_USED: usize = 50;
/// Characters of a category.
const MAX_CATEGORY: usize = 100;

/// A custom emoji as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = custom_emojis)]
pub struct CustomEmoji {
    pub id: CustomEmojiId,
    /// Its name without colons; case counts.
    pub shortcode: String,
    /// Under which it is offered.
    pub category: Option<String>,
    /// The stored picture, which may move.
    pub file_key: String,
    /// A stored picture that does not.
    pub still_key: String,
    /// Whether it is offered; those that are not can be written all the same.
    pub is_listed: bool,
    pub created_at: Time,
}

impl CustomEmoji {
    /// As posts and profiles keep it.
    pub fn used(&self, urls: &Urls) -> Emoji {
        Emoji {
            shortcode: self.shortcode.clone(),
            url: urls.media(&self.file_key),
            static_url: (self.still_key != self.file_key).then(|| urls.media(&self.still_key)),
        }
    }
}

/// A custom emoji to be made; its pictures are stored already.
#[derive(Debug, Clone)]
pub struct NewEmoji {
    /// Two or more letters, digits and underscores.
    pub shortcode: String,
    /// Under which it is offered.
    pub category: Option<String>,
    /// The storage key of the picture.
    pub file_key: String,
    /// The storage key of the picture that does not move; may be the same.
    pub still_key: String,
    /// Whether it is offered.
    pub is_listed: bool,
}

/// Refuses a name that no custom emoji can have.
pub fn check_shortcode(shortcode: &str) -> Result<()> {
    if emoji::is_shortcode(shortcode) {
        return Ok(());
    }
    Err(Error::invalid("shortcode", "must be 2 to 64 letters, digits or underscores"))
}

/// Makes a custom emoji. Errors: a name that cannot be or is taken; too many.
pub fn create(conn: &mut Conn, cx: &Context, new: NewEmoji) -> Result<CustomEmoji> {
    check_shortcode(&new.shortcode)?;
    if find(conn, &new.shortcode)?.is_some() {
        return Err(Error::invalid("shortcode", format!("{} is already taken", new.shortcode)));
    }
    let category = new.category.map(|category| category.trim().to_owned()).filter(|category| !category.is_empty());
    if category.as_ref().is_some_and(|category| category.chars().count() > MAX_CATEGORY) {
        return Err(Error::invalid("category", format!("is longer than {MAX_CATEGORY} characters")));
    }
    if custom_emojis::table.count().get_result::<i64>(conn)? >= MAX_EMOJIS {
        return Err(Error::invalid("shortcode", format!("is one too many: {MAX_EMOJIS} are allowed")));
    }
    let row = CustomEmoji {
        id: cx.id(),
        shortcode: new.shortcode,
        category,
        file_key: new.file_key,
        still_key: new.still_key,
        is_listed: new.is_listed,
        created_at: cx.now,
    };
    diesel::insert_into(custom_emojis::table).values(&row).execute(conn)?;
    Ok(row)
}

/// Offers a custom emoji no more; false if there is none of that name. Its pictures stay for what uses it.
pub fn delete(conn: &mut Conn, shortcode: &str) -> Result<bool> {
    Ok(diesel::delete(custom_emojis::table.filter(custom_emojis::shortcode.eq(shortcode))).execute(conn)? > 0)
}

/// The custom emoji of that name.
pub fn find(conn: &mut Conn, shortcode: &str) -> Result<Option<CustomEmoji>> {
    Ok(custom_emojis::table
        .filter(custom_emojis::shortcode.eq(shortcode))
        .select(CustomEmoji::as_select())
        .first(conn)
        .optional()?)
}

/// All custom emoji, by name.
pub fn list(conn: &mut Conn) -> Result<Vec<CustomEmoji>> {
    Ok(custom_emojis::table
        .order(custom_emojis::shortcode.asc())
        .limit(MAX_EMOJIS)
        .select(CustomEmoji::as_select())
        .load(conn)?)
}

/// Those of these names that are custom emoji, in no order.
pub fn list_named(conn: &mut Conn, names: &[String]) -> Result<Vec<CustomEmoji>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(custom_emojis::table
        .filter(custom_emojis::shortcode.eq_any(names))
        .select(CustomEmoji::as_select())
        .load(conn)?)
}

/// The custom emoji that are written in these texts, in the order of their first appearance. Asks the database only if there
/// may be some.
pub fn used_in<'a>(conn: &mut Conn, urls: &Urls, texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<Emoji>> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        for name in emoji::shortcodes(text, MAX_USED) {
            if names.len() < MAX_USED && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let known = list_named(conn, &names)?;
    let of_name = |name: &String| known.iter().find(|emoji| emoji.shortcode == *name);
    Ok(names.iter().filter_map(of_name).map(|emoji| emoji.used(urls)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::tests::world::World;

    fn new(shortcode: &str) -> NewEmoji {
        NewEmoji {
            shortcode: shortcode.into(),
            category: Some(" Food ".into()),
            file_key: format!("{shortcode}.gif"),
            still_key: format!("{shortcode}.png"),
            is_listed: true,
        }
    }

    #[test]
    fn names_are_unique_and_simple() {
        let mut w = World::new();
        let made = create(&mut w.conn, &w.cx, new("bread")).unwrap();
        assert_eq!(made.category.as_deref(), Some("Food"));
        for taken_or_odd in ["bread", "b", "bread!", "brød", ""] {
            assert!(matches!(create(&mut w.conn, &w.cx, new(taken_or_odd)), Err(Error::Invalid(_))), "{taken_or_odd}");
        }
        assert!(create(&mut w.conn, &w.cx, new("Bread")).is_ok(), "case counts");
        assert!(delete(&mut w.conn, "bread").unwrap());
        assert!(!delete(&mut w.conn, "bread").unwrap());
    }

    #[test]
    fn texts_use_what_there_is_in_their_order() {
        let mut w = World::new();
        for name in ["bread", "rye"] {
            create(&mut w.conn, &w.cx, new(name)).unwrap();
        }
        let urls = w.cx.urls.clone();
        let used = used_in(&mut w.conn, &urls, [":rye: :none: :bread:", ":rye:"]).unwrap();
        let names: Vec<&str> = used.iter().map(|emoji| emoji.shortcode.as_str()).collect();
        assert_eq!(names, ["rye", "bread"]);
        assert_eq!(used[0].static_url.as_deref(), Some("https://brand.example/media/rye.png"));
    }
}
