//! Posts for benchmarks that read or send them.

use rapport::app::App;
use rapport::domain::accounts::Account;
use rapport::domain::posts::actions::{self, NewPost, PublishLimits};
use rapport::domain::posts::{Post, Visibility};

/// Publishes a public post, as the client API does.
pub async fn publish(app: &App, author: &Account, text: String) -> Post {
    let limits = &app.config.limits;
    let limits = PublishLimits {
        characters: limits.post_characters,
        media: limits.media_per_post,
        mentions: limits.mentions,
        hashtags: limits.hashtags,
        poll_options: limits.poll_options,
        poll_option_characters: limits.poll_option_characters,
        poll_shortest: limits.poll_shortest,
        poll_longest: limits.poll_longest,
    };
    let new = NewPost {
        text,
        spoiler_text: String::new(),
        visibility: Visibility::Public,
        sensitive: false,
        language: Some("en".into()),
        in_reply_to: None,
        quote: None,
        quote_policy: None,
        media: Vec::new(),
        poll: None,
        app: None,
        acted_by: None,
        idempotency: None,
    };
    let author = author.clone();
    app.act(move |conn, cx| actions::publish(conn, cx, &author, new, &limits)).await.expect("a post")
}
