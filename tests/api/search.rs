//! Searching as an app does: posts in several languages, people, hashtags, and what a search must not show.

use rapport::domain::search as index;
use rapport::ids::PostId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

/// Somebody whose public posts everybody may find.
async fn findable(server: &TestServer, name: &str) -> Caller {
    let author = server.person(name).await;
    let change = json!({ "indexable": true });
    let changed = author.send(Method::PATCH, "/api/v1/accounts/update_credentials", Some(change)).await.ok();
    assert_eq!(changed["indexable"], true);
    author
}

fn address(q: &str, more: &str) -> String {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    format!("/api/v2/search?q={q}{more}")
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|entry| entry["id"].as_str().expect("an id")).collect()
}

/// The ids of the posts that are found, the newest first.
async fn posts(caller: &Caller, q: &str) -> Vec<String> {
    let found = caller.get(&address(q, "&type=statuses")).await.ok();
    ids(&found["statuses"]).into_iter().map(str::to_owned).collect()
}

async fn write(author: &Caller, text: &str, language: &str) -> String {
    let body = json!({ "status": text, "visibility": "public", "language": language });
    author.post("/api/v1/statuses", body).await.ok()["id"].as_str().expect("an id").to_owned()
}

both!(posts_are_found_in_the_forms_that_a_language_has, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (findable(&server, "kim").await, server.person("sam").await);
    let texts = [
        ("nl", "Verse broodjes bij de bakker, ook met Goudse kazen", "broodje BROODJES brood vers bakkers kaas"),
        (
            "de",
            "Frische Brötchen! Die Häuser in der großen Straße.",
            "brötchen brotchen Haus STRASSE gross \"großen straße\"",
        ),
        ("en", "Walking past two bakeries; it's raining", "walk bakery rain \"two bakeries\" raining"),
        ("ja", "東京タワーへ行きました。猫がいた", "東京 タワー 東京タワー 猫 \"行きました\" 京"),
        ("ar", "قرأتُ الكِتَابَ الجديدَ في المدرسةِ", "الكتاب الجديد المدرسه قرات \"الكتاب الجديد\""),
    ];
    for (language, text, questions) in texts {
        let id = write(&kim, text, language).await;
        let quoted: Vec<&str> = questions.split('"').skip(1).step_by(2).collect();
        let words = questions.split('"').step_by(2).flat_map(str::split_whitespace);
        for q in words.map(str::to_owned).chain(quoted.iter().map(|phrase| format!("\"{phrase}\""))) {
            assert_eq!(posts(&sam, &q).await, [id.as_str()], "{q}");
        }
    }
    for q in ["京東", "タワ京", "\"bakker broodjes\"", "كتب", "broodrooster"] {
        assert!(posts(&sam, q).await.is_empty(), "{q}");
    }
});

both!(warnings_options_descriptions_and_hashtags_are_searched_too, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (findable(&server, "kim").await, server.person("sam").await);
    let body = json!({ "status": "Welke? #Zuurdesem", "spoiler_text": "honger", "visibility": "public",
        "poll": { "options": ["Rogge", "Tarwe"], "expires_in": 3600 } });
    let posted = kim.post("/api/v1/statuses", body).await.ok();
    let id = posted["id"].as_str().expect("an id");
    for q in ["honger", "rogge", "tarwe", "zuurdesem", "#zuurdesem", "#ZUURDESEM welke", "has:poll", "is:sensitive"] {
        assert_eq!(posts(&sam, q).await, [id], "{q}");
    }
    assert!(posts(&sam, "#welke").await.is_empty());
});

both!(an_edited_post_is_found_by_what_it_says_now, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (findable(&server, "kim").await, server.person("sam").await);
    let id = write(&kim, "fresh croissants", "en").await;
    let path = format!("/api/v1/statuses/{id}");
    kim.send(Method::PUT, &path, Some(json!({ "status": "fresh pretzels" }))).await.ok();
    assert!(posts(&sam, "croissants").await.is_empty());
    assert_eq!(posts(&sam, "pretzel").await, [id.as_str()]);
    kim.send(Method::DELETE, &path, None).await.ok();
    assert!(posts(&sam, "pretzels").await.is_empty());
    assert!(posts(&kim, "pretzels").await.is_empty());
});

both!(posts_are_found_only_by_those_who_may, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam, eve) = (findable(&server, "kim").await, server.person("sam").await, server.person("eve").await);
    for visibility in ["public", "unlisted", "private", "direct"] {
        let body = json!({ "status": format!("{visibility} words for @sam"), "visibility": visibility });
        let id = kim.post("/api/v1/statuses", body).await.ok()["id"].as_str().expect("an id").to_owned();
        let q = format!("{visibility} words");
        assert_eq!(posts(&kim, &q).await, [id.as_str()], "one's own, {visibility}");
        assert_eq!(posts(&sam, &q).await, [id.as_str()], "one is named, {visibility}");
        let expected: &[String] = if visibility == "public" { std::slice::from_ref(&id) } else { &[] };
        assert_eq!(posts(&eve, &q).await, expected, "{visibility}");
    }
    let stranger = server.stranger().get(server.url(&address("words", "")));
    let nothing = crate::harness::server::answer(stranger).await.ok();
    assert_eq!(nothing["statuses"], json!([]));

    // A bookmark puts a post into one's library, a block takes everything away.
    let unlisted = posts(&kim, "unlisted words").await.remove(0);
    eve.post(&format!("/api/v1/statuses/{unlisted}/bookmark"), json!({})).await.ok();
    assert_eq!(posts(&eve, "words in:library").await, [unlisted.as_str()]);
    let (theirs, hers) = (kim.account.id, eve.account.id);
    eve.post(&format!("/api/v1/accounts/{theirs}/mute"), json!({})).await.ok();
    assert!(posts(&eve, "words").await.is_empty());
    eve.post(&format!("/api/v1/accounts/{theirs}/unmute"), json!({})).await.ok();
    assert_eq!(posts(&eve, "words").await.len(), 2);
    kim.post(&format!("/api/v1/accounts/{hers}/block"), json!({})).await.ok();
    assert!(posts(&eve, "words").await.is_empty());
});

both!(filters_narrow_a_search, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (findable(&server, "kim").await, findable(&server, "sam").await);
    let one = write(&kim, "tea and biscuits", "en").await;
    let two = write(&sam, "tea without milk https://tea.example/", "en").await;
    let three = write(&sam, "thee met melk", "nl").await;
    let answer = json!({ "status": "tea, please", "in_reply_to_id": one, "visibility": "public", "language": "en" });
    let four = sam.post("/api/v1/statuses", answer).await.ok()["id"].as_str().expect("an id").to_owned();
    let cases: [(&str, &[&String]); 16] = [
        ("tea", &[&four, &two, &one]),
        ("tea -milk", &[&four, &one]),
        ("tea -\"and biscuits\" -is:reply", &[&two]),
        ("\"tea biscuits\"", &[]),
        ("from:sam tea", &[&four, &two]),
        ("from:@sam language:nl", &[&three]),
        ("from:me", &[&one]),
        ("-from:me tea", &[&four, &two]),
        ("from:nobody", &[]),
        ("is:reply", &[&four]),
        ("has:link", &[&two]),
        ("has:media", &[]),
        ("tea after:2020-01-01 before:2100", &[&four, &two, &one]),
        ("tea before:2020-01-01", &[]),
        ("tea in:public", &[&four, &two, &one]),
        ("milk tea", &[&two]),
    ];
    for (q, expected) in cases {
        assert_eq!(posts(&kim, q).await.iter().collect::<Vec<_>>(), expected, "{q}");
    }
    let by_sam = kim.get(&address("tea", &format!("&account_id={}", sam.account.id))).await.ok();
    assert_eq!(ids(&by_sam["statuses"]), [&four, &two]);
    let older = kim.get(&address("tea", &format!("&type=statuses&limit=1&max_id={four}"))).await.ok();
    assert_eq!(ids(&older["statuses"]), [&two]);
    let newer = kim.get(&address("tea", &format!("&type=statuses&limit=1&min_id={one}"))).await.ok();
    assert_eq!(ids(&newer["statuses"]), [&two]);
    let second = kim.get(&address("tea", "&type=statuses&limit=1&offset=1")).await.ok();
    assert_eq!(ids(&second["statuses"]), [&two]);
});

both!(no_text_is_too_strange_to_search_for, |database| async move {
    let server = TestServer::start(database).await;
    let kim = findable(&server, "kim").await;
    write(&kim, "plain words", "en").await;
    for q in [
        "\"",
        "\"\"",
        "-",
        "- -",
        "*",
        "a*",
        "NEAR(a b)",
        "a AND",
        "OR",
        "NOT x",
        "tokens:x",
        "^a",
        "(",
        "{a b} : c",
        "a \\ b",
        "' | '",
        "!&|<->",
        "a:b:c",
        "from:",
        "from:@@",
        "has:",
        "before:x",
        "language:",
        "#",
        "#1",
        "@",
        "@@x",
        "🎉",
        "\u{202e}x",
        "%",
        "_",
        "🎉 -🎉",
        "-plain",
        "plain -from:nobody",
        "\u{1}",
        "%00",
    ] {
        let answer = kim.get(&address(q, "")).await;
        assert_eq!(answer.status, StatusCode::OK, "{q:?}: {}", answer.json);
    }
    assert_eq!(posts(&kim, "plain -from:nobody").await.len(), 1);
    for path in ["/api/v2/search?q=%00", "/api/v2/search?q=a%00%40b", "/api/v2/search?q=%ff"] {
        assert!(kim.get(path).await.status.as_u16() < 500, "{path}");
    }
    kim.get("/api/v1/accounts/search?q=a%00b").await.ok();
    kim.get(&address("", "")).await.error(400);
    kim.get(&address(&"x".repeat(3000), "")).await.error(400);
    kim.get(&address("x", "&account_id=word")).await.error(400);
    kim.get(&address("x", "&max_id=word")).await.error(400);
    kim.get(&address("x", "&limit=-1")).await.error(400);
    let stranger = server.stranger().get(server.url(&address("x", "&offset=1")));
    crate::harness::server::answer(stranger).await.error(401);
    let user = server.user("lee").await;
    let account = user.account_id;
    let account = server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, account)).await;
    let lee = server.caller(&user, account.expect("an account"), "read:accounts").await;
    lee.get(&address("x", "")).await.error(403);
});

both!(people_are_found_by_the_beginnings_of_their_names, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("jan_devries").await);
    let _ = server.person("janneke").await;
    let change = json!({ "display_name": "Jan de Vriés 猫" });
    sam.send(Method::PATCH, "/api/v1/accounts/update_credentials", Some(change)).await.ok();
    let accounts = async |q: &str, more: &str| {
        let found = kim.get(&address(q, &format!("&type=accounts{more}"))).await.ok();
        found["accounts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|a| a["username"].as_str().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    };
    for q in ["jan de vri", "vries", "jan_dev", "@jan_dev", "Jan Vries", "devries", "猫", sam.handle.as_str()] {
        assert_eq!(accounts(q, "").await, ["jan_devries"], "{q}");
    }
    assert_eq!(accounts("jan", "").await, ["jan_devries", "janneke"]);
    kim.follow(&format!("@janneke@{}", server.domain)).await;
    assert_eq!(accounts("jan", "").await, ["janneke", "jan_devries"], "those one follows come first");
    assert_eq!(accounts("jan", "&following=true").await, ["janneke"]);
    assert_eq!(accounts("jan", "&limit=1&offset=1").await, ["jan_devries"]);
    assert!(accounts("an_devries", "").await.is_empty());
    let listed = kim.get("/api/v1/accounts/search?q=jan&limit=1").await.ok();
    assert_eq!(listed[0]["username"], "janneke");
});

both!(hashtags_are_found_by_their_beginning, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    kim.publish("#broodje #Broodjes #100procent_brood #straße").await;
    let tags = async |q: &str| {
        let found = kim.get(&address(q, "&type=hashtags&exclude_unreviewed=true")).await.ok();
        found["hashtags"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|t| t["name"].as_str().unwrap_or("").to_lowercase())
            .collect::<Vec<_>>()
    };
    assert_eq!(tags("brood").await, ["broodje", "broodjes"]);
    assert_eq!(tags("#BROODJES").await, ["broodjes"]);
    assert_eq!(tags("100procent_").await, ["100procent_brood"]);
    assert!(tags("%").await.is_empty());
    assert!(tags("roodje").await.is_empty());
});

both!(what_was_written_before_there_was_an_index_is_indexed_by_jobs, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (findable(&server, "kim").await, server.person("sam").await);
    let id = write(&kim, "an old story", "en").await;
    let post: PostId = id.parse().expect("an id");
    server.app.act(move |conn, _| index::remove(conn, post)).await.expect("removed");
    assert!(posts(&sam, "story").await.is_empty());
    server.app.act(index::rebuild).await.expect("jobs");
    let path = address("story", "&type=statuses");
    sam.wait_for(&path, |found| found["statuses"].as_array().filter(|list| list.len() == 1).map(|_| ())).await;
});

both!(opening_ones_posts_opens_the_old_ones_too, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    write(&kim, "an old story", "en").await;
    assert!(posts(&sam, "story").await.is_empty());
    let change = |is_open: bool| Some(json!({ "indexable": is_open }));
    kim.send(Method::PATCH, "/api/v1/accounts/update_credentials", change(true)).await.ok();
    let path = address("story", "&type=statuses");
    sam.wait_for(&path, |found| found["statuses"].as_array().filter(|list| list.len() == 1).map(|_| ())).await;
    kim.send(Method::PATCH, "/api/v1/accounts/update_credentials", change(false)).await.ok();
    assert!(posts(&sam, "story").await.is_empty(), "closing them needs no job");
});
