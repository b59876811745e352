use super::tokens::{Token, Tokens};
use super::*;
use proptest::prelude::*;

fn clean(html: &str) -> String {
    sanitize(html).into_string()
}

const REL: &str = "rel=\"nofollow noopener noreferrer ugc\"";

/// Asserts, tag by tag, that only what is allowed is left.
fn assert_inert(html: &str) {
    for token in Tokens::new(html) {
        let Token::Start(tag) = token else {
            assert!(!matches!(token, Token::Raw(_)), "raw text in {html}");
            continue;
        };
        assert!(ELEMENTS.contains(&tag.name), "<{}> in {html}", tag.name);
        for (name, value) in tag.attributes() {
            let is_allowed = match name {
                "href" => {
                    tag.name == "a"
                        && (value.to_lowercase().starts_with("http://") || value.to_lowercase().starts_with("https://"))
                }
                "class" => CLASSES.iter().any(|(_, known)| value.split(' ').all(|class| known.contains(&class))),
                "rel" => value.ends_with(links::LINK_REL),
                "lang" | "translate" | "start" | "reversed" | "value" => true,
                _ => false,
            };
            assert!(is_allowed, "{name}={value} in {html}");
        }
        assert!(tag.name != "a" || tag.attribute("rel").is_some(), "a link without rel in {html}");
    }
    assert!(!html.to_lowercase().contains("<script"), "{html}");
    assert!(!html.contains(plain::is_unwanted), "{html:?}");
    assert!(html.len() <= MAX_BYTES);
}

#[test]
fn a_post_of_other_software_keeps_its_form() {
    for html in [
        "<p>one<br>two</p><p>three</p>",
        "<h2>a</h2><blockquote><p><strong>b</strong> <em>c</em> <del>d</del></p></blockquote><hr><pre><code>e\n  f</code></pre>",
        "<ol start=\"3\" reversed=\"\"><li value=\"5\">a</li></ol><ul><li>b</li></ul>",
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> x<sup>2</sup>",
        "<p class=\"quote-inline\" lang=\"de\">RE: x</p>",
        "1 &lt; 2 &amp; 3&nbsp;4 \"q\"",
        "",
    ] {
        assert_eq!(clean(html), html);
    }
}

#[test]
fn mentions_hashtags_and_shortened_links_keep_their_classes() {
    assert_eq!(
        clean(
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://remote.example/@bob\" class=\"u-url mention\">@<span>bob</span></a></span> \
             <a href=\"https://remote.example/tags/Cats\" class=\"mention hashtag x\" rel=\"tag\">#<span>Cats</span></a></p>"
        ),
        format!(
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://remote.example/@bob\" class=\"u-url mention\" {REL}>@<span>bob</span></a></span> \
             <a href=\"https://remote.example/tags/Cats\" class=\"mention hashtag\" rel=\"tag nofollow noopener noreferrer ugc\">#<span>Cats</span></a></p>"
        )
    );
    let shortened = "<span class=\"invisible\">https://</span><span class=\"ellipsis\">a.example/b</span><span class=\"invisible\">/c</span></a>";
    assert_eq!(
        clean(&format!("<a href=\"https://a.example/b/c\" target=\"_blank\">{shortened}")),
        format!("<a href=\"https://a.example/b/c\" {REL}>{shortened}")
    );
}

#[test]
fn attacks_leave_nothing_behind() {
    for (attack, left) in [
        ("<script>alert(1)</script>", ""),
        ("<ScRiPt src=//evil.example></sCrIpT >", ""),
        ("<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<img src=\"x\"onerror=\"alert(1)\"/>", ""),
        ("<b onmouseover=alert(1)>x</b>", "<b>x</b>"),
        ("<p style=\"background:url(javascript:alert(1))\" id=app>x</p>", "<p>x</p>"),
        ("<a href=\"javascript:alert(1)\">x</a>", "x"),
        ("<a href=\" java\tscript:alert(1)\">x</a>", "x"),
        ("<a href=\"JaVaScRiPt:alert(1)\">x</a>", "x"),
        ("<a href=\"&#106;avascript&colon;alert(1)\">x</a>", "x"),
        ("<a href=\"\u{1}javascript:alert(1)\">x</a>", "x"),
        ("<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "x"),
        ("<a href=\"vbscript:x\">x</a>", "x"),
        ("<a href=\"//evil.example\">x</a>", "x"),
        ("<a href=\"/settings/delete\">x</a>", "x"),
        ("<a href=\"mailto:a@b.example\">x</a>", "x"),
        ("<a>x</a>", "x"),
        ("<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>", ""),
        ("<form action=\"https://evil.example\"><input name=password></form>", ""),
        ("<base href=\"https://evil.example/\">", ""),
        ("<meta http-equiv=refresh content=\"0;url=https://evil.example\">", ""),
        ("<object data=\"https://evil.example/x\"></object><embed src=x>", ""),
        ("<p class=\"invisible ellipsis admin-badge\">x</p>", "<p>x</p>"),
        ("<svg onload=alert(1)><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>", ""),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>", ""),
        ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", "\"&gt;"),
        ("<style><a title=\"</style><img src=x onerror=alert(1)>\"></a>", "\"&gt;"),
        ("<textarea><script>alert(1)</script></textarea>", ""),
        ("<template><script>alert(1)</script></template>", ""),
        ("<!--<script>alert(1)</script>-->x<!-- -- > -->", "x"),
        ("<![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<details open ontoggle=alert(1)>x</details>", "x"),
        ("<p>unclosed <b", "<p>unclosed </p>"),
    ] {
        let html = clean(attack);
        assert_inert(&html);
        assert_eq!(html, left, "{attack}");
        assert_eq!(clean(&format!("<p>before</p>{attack}")), format!("<p>before</p>{left}"), "{attack}");
    }
}

#[test]
fn addresses_stay_as_written_unless_browsers_read_them_otherwise() {
    let href = |href: &str| {
        let html = clean(&format!("<a href=\"{href}\">x</a>"));
        Tokens::new(&html).find_map(|token| match token {
            Token::Start(tag) => tag.attribute("href").map(str::to_owned),
            _ => None,
        })
    };
    for same in ["https://a.example", "HTTP://A.example/ü?b=c&amp;d#日本", "https://a.example/%zz"] {
        assert_eq!(href(same).as_deref(), Some(same));
    }
    assert_eq!(href("https:\\\\a.example\\b").as_deref(), Some("https://a.example/b"));
    assert_eq!(href("http:a.example").as_deref(), Some("http://a.example/"));
    assert_eq!(href(" https://a.example/b\nc ").as_deref(), Some("https://a.example/bc"));
    assert_eq!(href("https://").as_deref(), None);
    assert_eq!(href(&format!("https://a.example/{}", "b".repeat(5_000))).as_deref(), None);
}

#[test]
fn a_link_cannot_pass_for_another() {
    assert_eq!(
        clean(
            "<span class=\"invisible\">https://</span><a href=\"https://evil.example\"><span>bank.example</span></a>"
        ),
        format!(
            "<span>https://</span><a href=\"https://evil.example\" {REL}><span>bank.example</span> [evil.example]</a>"
        )
    );
}

#[test]
fn control_and_direction_characters_go() {
    let html = clean("<p>a&#0;b&#x202e;c&#1;d\0e\u{2066}f\u{feff}</p>");
    assert_inert(&html);
    assert!(html.ends_with("bcdef</p>"), "{html:?}");
}

#[test]
fn what_is_too_much_is_shown_as_text() {
    assert_eq!(clean(&format!("{}x &lt;b&gt;", "<div>".repeat(20_000))), "<p>x &lt;b&gt;</p>");
    assert_eq!(clean(&format!("{}one</b><p>two", "<b>".repeat(70))), "<p>one</p><p>two</p>");
    for huge in [
        "<p>word</p>".repeat(10_000),
        "<a href=https://a.example/>x</a>".repeat(2_000),
        "<p><b x>".repeat(500),
        "a & b\n".repeat(20_000),
        "<!--x--!>y".repeat(20_000),
        "&amp;".repeat(50_000),
        "<br>".repeat(5_000),
        "<a href=x ".repeat(3_000),
        format!("<p {}>x", "a1=b ".repeat(5_000)),
    ] {
        let html = clean(&huge);
        assert_inert(&html);
        assert_eq!(clean(&html), html);
    }
    assert!(clean(&"<p>word</p>".repeat(10_000)).starts_with("<p>word</p><p>word</p>"));
}

#[test]
fn plain_text_is_escaped_and_parted() {
    let html = SafeHtml::from_plain("a <b>\r\n& \"c\"\0\n\n\n d\u{a0}e\n");
    assert_eq!(html.as_str(), "<p>a &lt;b&gt;<br>&amp; \"c\"</p><p> d&nbsp;e</p>");
    assert_eq!(sanitize(html.as_str()), html);
    assert!(SafeHtml::from_plain(" \n\0\n").is_empty());
    assert!(SafeHtml::from_plain(&"&".repeat(100_000)).as_str().len() <= MAX_BYTES);
    assert!(SafeHtml::from_plain(&"x\n".repeat(100_000)).as_str().ends_with("x</p>"));
}

#[test]
fn text_comes_out_again() {
    let html = sanitize("<p>Hello <b>you</b></p><p>x &amp; y</p>");
    assert_eq!(html.to_plain(), "Hello you\n\nx & y");
    assert_eq!(html.excerpt(100), "Hello you x & y");
    assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;'&amp;");
}

#[test]
fn it_is_a_string_on_the_wire_and_sanitised_on_the_way_in() {
    assert_eq!(serde_json::to_string(&sanitize("<b>x")).unwrap(), "\"<b>x</b>\"");
    let html: SafeHtml = serde_json::from_str("\"<script>x</script><b>y\"").unwrap();
    assert_eq!(html.to_string(), "<b>y</b>");
}

/// Pieces that make parsers disagree, to be thrown together.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<i x=1>",
    "</i>",
    "<a href=\"https://a.example/x\">",
    "<a href='javascript:alert(1)'>",
    "<a href=//b.example ",
    "</a>",
    "<span class=\"invisible\">",
    "<span class=\"ellipsis mention\">",
    "</span>",
    "<div>",
    "</div>",
    "<ul>",
    "<li>",
    "</ul>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<button>",
    "</button>",
    "<form>",
    "<h1>",
    "</h1>",
    "<pre>",
    "</pre>",
    "\n",
    "<br>",
    "</br>",
    "<hr>",
    "<ruby>",
    "<rt>",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<annotation-xml encoding='text/html'>",
    "<foreignObject>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "<select>",
    "<option>",
    "<object>",
    "<iframe srcdoc=\"",
    "<img src=x onerror=alert(1) ",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<?",
    "\"",
    "'",
    ">",
    "<",
    "/",
    "=",
    "&lt;",
    "&#x0;",
    "&#x202e;",
    "&amp;lt;",
    "&nbsp;",
    "\0",
    "\u{202e}",
    "text",
    " ",
    "bank.example ",
    "https://bank.example/",
    "onclick=alert(1) ",
    "日本",
    "<plaintext>",
    "<frameset>",
    "<body onload=x>",
    "</body>",
    "<marquee>",
];

proptest! {
    #[test]
    fn any_markup_comes_out_safe_and_settled(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let html = clean(&pieces.concat());
        assert_inert(&html);
        prop_assert_eq!(clean(&html), html);
    }

    #[test]
    fn any_text_comes_out_safe_and_settled(text in "[\\PC\n\t\u{0}<>&\"'/=]{0,120}") {
        for html in [clean(&text), SafeHtml::from_plain(&text).into_string()] {
            assert_inert(&html);
            prop_assert_eq!(clean(&html), html);
        }
    }
}
