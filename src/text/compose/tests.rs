use super::*;
use crate::text::html::sanitize;
use crate::text::html::tokens::{Token, Tokens};
use proptest::prelude::*;

fn composed(text: &str) -> Composed {
    let resolve = |handle: &Handle| {
        let host = handle.domain.as_deref().unwrap_or("brand.example");
        let is_known = matches!(handle.username.to_lowercase().as_str(), "bob" | "alice");
        is_known.then(|| MentionTarget {
            url: format!("https://{host}/@{}", handle.username),
            username: handle.username.clone(),
        })
    };
    compose(text, &resolve, &|name| format!("https://brand.example/tags/{name}"))
}

fn html(text: &str) -> String {
    composed(text).html.into_string()
}

#[test]
fn paragraphs_and_lines_are_kept_and_markup_is_escaped() {
    assert_eq!(html("a\nb\r\n\r\n\r\nc"), "<p>a<br>b</p><p>c</p>");
    assert_eq!(html("<script>alert('&')</script>\0\u{202e}"), "<p>&lt;script&gt;alert('&amp;')&lt;/script&gt;</p>");
    assert_eq!(html(" \n\t\n"), "");
}

#[test]
fn a_mention_becomes_the_anchor_clients_know() {
    assert_eq!(
        html("Hi @bob!"),
        "<p>Hi <span class=\"h-card\" translate=\"no\"><a href=\"https://brand.example/@bob\" class=\"u-url mention\">@<span>bob</span></a></span>!</p>"
    );
    assert_eq!(
        html("@alice@remote.example"),
        "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://remote.example/@alice\" class=\"u-url mention\">@<span>alice</span></a></span></p>"
    );
    assert_eq!(html("@nobody @nobody@remote.example"), "<p>@nobody @nobody@remote.example</p>");
}

#[test]
fn a_hashtag_becomes_the_anchor_clients_know() {
    assert_eq!(
        html("#Rust"),
        "<p><a href=\"https://brand.example/tags/rust\" class=\"mention hashtag\" rel=\"tag\">#<span>Rust</span></a></p>"
    );
}

#[test]
fn a_link_hides_its_scheme_and_its_tail_but_never_its_host() {
    let link = |href: &str, inner: &str| {
        format!(
            "<p><a href=\"{href}\" rel=\"nofollow noopener noreferrer\" translate=\"no\"><span class=\"invisible\">https://{inner}</a></p>"
        )
    };
    assert_eq!(html("https://example.com/a"), link("https://example.com/a", "</span><span>example.com/a</span>"));
    assert_eq!(
        html("https://www.example.com/a/very/long/path/that/goes/on?x=1&y=2"),
        link(
            "https://www.example.com/a/very/long/path/that/goes/on?x=1&amp;y=2",
            "www.</span><span class=\"ellipsis\">example.com/a/very/long/path/t</span><span class=\"invisible\">hat/goes/on?x=1&amp;y=2</span>"
        )
    );
    let host = "a-very-long-host-name-indeed.of.example.com";
    assert_eq!(
        html(&format!("https://{host}/x")),
        link(
            &format!("https://{host}/x"),
            &format!("</span><span class=\"ellipsis\">{host}</span><span class=\"invisible\">/x</span>")
        )
    );
}

#[test]
fn facts_are_listed_once_and_in_order() {
    let found =
        composed("#b @bob #A https://example.com/ @Bob @alice@remote.example @nobody #a\n\n#B https://example.com/");
    assert_eq!(found.mentions.iter().map(Handle::to_string).collect::<Vec<_>>(), ["bob", "alice@remote.example"]);
    assert_eq!(found.hashtags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["b", "A"]);
    assert_eq!(found.links, ["https://example.com/"]);
}

#[test]
fn addresses_end_where_the_sentence_goes_on() {
    for (text, link) in [
        ("see https://example.com.", "https://example.com"),
        ("see https://example.com/a, or", "https://example.com/a"),
        ("(https://example.com/a)", "https://example.com/a"),
        ("https://en.wikipedia.org/wiki/Rust_(language)", "https://en.wikipedia.org/wiki/Rust_(language)"),
        ("(https://en.wikipedia.org/wiki/Rust_(language)).", "https://en.wikipedia.org/wiki/Rust_(language)"),
        ("https://example.com/?q=a&b=c#frag!", "https://example.com/?q=a&b=c#frag"),
        ("<https://example.com/x>", "https://example.com/x"),
        ("“https://example.com/x”", "https://example.com/x"),
        ("「https://example.com/x」です", "https://example.com/x"),
        ("https://example.com/abcを見て", "https://example.com/abc"),
        ("https://example.comを見て", "https://example.com"),
        ("こちらhttps://example.com/x。", "https://example.com/x"),
        ("https://ja.wikipedia.org/wiki/日本", "https://ja.wikipedia.org/wiki/日本"),
        ("https://日本語.jp/", "https://日本語.jp/"),
        ("https://example.com/@bob/#tag", "https://example.com/@bob/#tag"),
        ("HTTP://EXAMPLE.COM", "HTTP://EXAMPLE.COM"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("http://localhost:8080/", "http://localhost:8080/"),
    ] {
        let found = composed(text);
        assert_eq!(found.links, [link], "{text}");
        assert!(found.mentions.is_empty() && found.hashtags.is_empty(), "{text}");
    }
}

#[test]
fn what_is_no_address_stays_text() {
    let long = format!("https://{}.example/{}", "a".repeat(40), "b".repeat(3_000));
    for text in [
        "https://",
        "http://nodot",
        "xhttps://example.com",
        "https://user:pw@example.com/",
        "ftp://example.com",
        "example.com",
        &long,
    ] {
        assert!(composed(text).links.is_empty(), "{text}");
    }
}

#[test]
fn handles_are_found_between_words_only() {
    let found = |text: &str| find_handles(text).iter().map(Handle::to_string).collect::<Vec<_>>();
    for (text, handles) in [
        ("@bob", vec!["bob"]),
        ("Hi @bob, and @Alice@Example.COM.", vec!["bob", "Alice@example.com"]),
        ("(@bob) @bob's .@BOB", vec!["bob"]),
        ("@a.b-c@remote.example", vec!["a.b-c@remote.example"]),
        ("@bob@host.example:8080 x", vec!["bob@host.example:8080"]),
        ("@bob@host.example: x", vec!["bob@host.example"]),
        ("@bob@münchen.example", vec!["bob@xn--mnchen-3ya.example"]),
        ("田中@bobさん", vec!["bob"]),
        ("@bob@example.comさん", vec!["bob@example.com"]),
        ("bob@example.com", vec![]),
        ("mailto:bob@example.com", vec![]),
        ("https://example.com/@bob", vec![]),
        ("example.com/@bob", vec![]),
        ("a@bob é@bob _@bob", vec![]),
        ("@ @@bob @bobé @bob@ @-bob", vec![]),
    ] {
        assert_eq!(found(text), handles, "{text}");
    }
    assert!(found(&format!("@{}", "a".repeat(65))).is_empty());
}

#[test]
fn hashtags_are_found_in_any_script() {
    let found = |text: &str| composed(text).hashtags.into_iter().map(|tag| tag.name).collect::<Vec<_>>();
    for (text, tags) in [
        ("#Rust, (#web)", vec!["Rust", "web"]),
        ("#日本語タグ #हिन्दी #עברית", vec!["日本語タグ", "हिन्दी", "עברית"]),
        ("今日は#東京", vec!["東京"]),
        ("＃全角", vec!["全角"]),
        ("#col·lab #a_b #2026年 #x-y", vec!["col·lab", "a_b", "2026年", "x"]),
        ("#1 # ## ##x a#b C# /#x &#39; #! https://example.com/#x", vec![]),
    ] {
        assert_eq!(found(text), tags, "{text}");
    }
}

#[test]
fn characters_are_counted_as_clients_do() {
    assert_eq!(count_characters("a https://example.com/a/very/long/path/indeed b", ""), 2 + CHARACTERS_PER_URL + 2);
    assert_eq!(count_characters("http://a.io", ""), CHARACTERS_PER_URL);
    assert_eq!(count_characters("hi @bob@remote.example", ""), 7);
    assert_eq!(count_characters("hi @bob", ""), 7);
    assert_eq!(count_characters("日本語 #タグ", "CW"), 7 + 2);
    assert_eq!(count_characters("👩‍👩‍👧", ""), 5);
    assert_eq!(count_characters("a\r\nb", ""), 3);
}

#[test]
fn a_target_from_elsewhere_cannot_break_out() {
    let target = |url: &str| {
        let url = url.to_owned();
        compose("@bob", &move |_| Some(MentionTarget { url: url.clone(), username: "<b>\"".to_owned() }), &|_| {
            String::new()
        })
        .html
        .into_string()
    };
    assert_eq!(target("javascript:alert(1)"), "<p>@bob</p>");
    assert_eq!(
        target("https://x.example/\"><script>"),
        "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://x.example/&quot;&gt;&lt;script&gt;\" class=\"u-url mention\">@<span>&lt;b&gt;\"</span></a></span></p>"
    );
}

#[test]
fn our_links_survive_the_sanitiser_of_others() {
    let html = composed("https://www.example.com/a/very/long/path/that/goes/on?x=1&y=2 @bob #tag").html;
    let cleaned = sanitize(html.as_str()).into_string();
    assert_eq!(cleaned.matches("invisible").count(), 2);
    assert!(
        cleaned.contains("ellipsis")
            && cleaned.contains("u-url mention")
            && cleaned.contains("mention hashtag")
            && !cleaned.contains(" [")
    );
}

proptest! {
    #[test]
    fn spans_put_together_are_the_text(text in "([\\PC\n]|@bob|@a@b\\.example|#x|https://a\\.b/|[@#h:/.()é日＃]){0,40}") {
        let typed: String = spans(&text).into_iter().map(|span| match span {
            Span::Text(typed) | Span::Link(typed) | Span::Mention(typed, _) | Span::Tag(typed, _) => typed,
        }).collect();
        prop_assert_eq!(typed, text);
    }

    #[test]
    fn composed_text_holds_only_our_tags(text in "([\\PC\n]|@bob|#x|https://a\\.b/\"|[<>&\"'@#h:/.=]){0,40}") {
        let html = html(&text);
        for token in Tokens::new(&html) {
            if let Token::Start(tag) = token {
                prop_assert!(tag.is(&["p", "br", "a", "span"]), "{}", html);
                prop_assert!(tag.attributes().all(|(name, _)| matches!(name, "href" | "class" | "rel" | "translate")), "{}", html);
            }
        }
    }
}
