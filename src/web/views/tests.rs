//! Every page in every language, with hostile names in it: what the templates promise to readers.

use askama::Template;

use super::account::*;
use super::authorize::*;
use super::error::ErrorPage;
use super::layout::*;
use super::post::*;
use super::server::*;
use super::session::*;
use super::settings::*;
use super::setup::*;
use crate::time::Time;
use crate::web::i18n::Lang;

const HOSTILE: &str = "<script>alert('x')</script> & \"Söhne\" \u{202e}";

fn page(lang: Lang) -> Page {
    Page {
        description: HOSTILE.into(),
        canonical: Some("https://brand.example/@brand".into()),
        alternates: vec![
            Alternate::activity("https://brand.example/users/brand"),
            Alternate::atom("https://brand.example/@brand.atom", HOSTILE),
            Alternate::rss("https://brand.example/@brand.rss", ""),
            Alternate::me("https://example.org/"),
        ],
        og: Some(OpenGraph {
            kind: "profile",
            image: Some("https://brand.example/picture.png".into()),
            image_alt: HOSTILE.into(),
            published: None,
            username: Some("brand@brand.example".into()),
        }),
        csrf: Some("the-token".into()),
        viewer: Some(ViewerBar { name: HOSTILE.into(), handle: "@ann".into() }),
        flash: Some(Flash::problem(HOSTILE)),
        languages: Lang::ALL
            .into_iter()
            .map(|lang| LanguageLink { lang, url: format!("?lang={}", lang.code()) })
            .collect(),
        ..Page::new(lang, HOSTILE, HOSTILE)
    }
}

fn person() -> Person {
    Person {
        name: HOSTILE.into(),
        handle: "@ann@far.example".into(),
        url: "/@ann".into(),
        avatar: DEFAULT_AVATAR.into(),
        is_bot: true,
    }
}

fn card(lang: Lang) -> PostCard {
    let stamp = Stamp::new(lang, Time::from_unix(1_700_000_000));
    PostCard {
        url: "/@ann/1".into(),
        permalink_id: "1".into(),
        author: person(),
        boosted_by: Some(person()),
        in_reply_to: Some(InReplyTo { name: HOSTILE.into(), url: "/@ann/0".into() }),
        html: "<p>Hello <b>you</b></p>".into(),
        spoiler: HOSTILE.into(),
        lang: "ar".into(),
        published_iso: stamp.iso.clone(),
        published_text: stamp.text.clone(),
        edited: Some(stamp.clone()),
        visibility_label: visibility_label(lang, "unlisted"),
        media: ["image", "video", "gifv", "audio", "unknown"]
            .into_iter()
            .map(|kind| Media {
                kind: kind.into(),
                url: "/media/1".into(),
                alt: HOSTILE.into(),
                width: 4,
                height: 3,
                sensitive: kind == "video",
                ..Media::default()
            })
            .collect(),
        poll: Some(Poll {
            options: vec![PollOption { title: HOSTILE.into(), votes: 1234, percent: 61 }],
            multiple: true,
            closed: false,
            ends: Some(stamp),
            voters: 2000,
        }),
        counts: Counts { replies: 1, boosts: 2, favourites: 3000 },
        is_remote: true,
        original_url: "https://far.example/1".into(),
        original_host: "far.example".into(),
    }
}

fn account() -> AccountCard {
    AccountCard {
        person: person(),
        full_handle: "@brand@brand.example".into(),
        header: DEFAULT_HEADER.into(),
        is_brand: true,
        bio_html: "<p>We mend.</p>".into(),
        fields: vec![
            Field { name: HOSTILE.into(), link: Some("https://example.org/".into()), proved: true, ..Field::default() },
            Field { name: "Place".into(), html: "<b>Here</b>".into(), ..Field::default() },
        ],
        posts_count: 1384,
        followers_count: Some(2310),
        following_count: None,
        joined: "3 March 2026".into(),
        moved_to: Some(person()),
        original: original("https://far.example/@brand"),
    }
}

fn setup_form() -> SetupForm {
    SetupForm {
        token: "once".into(),
        username: Input::of("ann").refused("is taken"),
        password: Input::of("secret words").refused("is short"),
        min_password: 12,
        ..SetupForm::default()
    }
}

/// Every page with its name.
fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let stamp = Stamp::new(lang, Time::from_unix(1_700_000_000));
    let form = HomeForm { action: "/follow/brand".into(), handle: Input::of(HOSTILE).refused(HOSTILE) };
    let app = AllowedApp {
        id: "7".into(),
        name: HOSTILE.into(),
        acting_as: "@brand".into(),
        scopes: describe_scopes(lang, &["read", "write:media"]),
        allowed: stamp.clone(),
        ..AllowedApp::default()
    };
    let session = SessionLine { id: "9".into(), since: stamp.clone(), seen: stamp, ..SessionLine::default() };
    let enrolment = Enrolment { qr_svg: "<svg></svg>".into(), secret: "ABCD EFGH".into() };
    let security =
        |totp| SecurityPage { page: page(lang), totp, code: Input::default(), recovery_codes: vec!["a-b".into()] };
    let posts = vec![card(lang)];
    vec![
        ("setup", SetupPage { page: page(lang), form: setup_form() }.render()),
        ("expired set-up", SetupExpiredPage { page: page(lang) }.render()),
        (
            "sign in",
            SignInPage {
                page: page(lang),
                login: Input::of(HOSTILE).refused("no"),
                password: Input::default(),
                return_to: "/settings".into(),
                app: Some(HOSTILE.into()),
            }
            .render(),
        ),
        (
            "second step",
            TwoFactorPage { page: page(lang), code: Input::default(), recovery: true, return_to: String::new() }
                .render(),
        ),
        ("sign out", SignOutPage { page: page(lang), name: HOSTILE.into(), return_to: String::new() }.render()),
        (
            "authorise",
            AuthorizePage {
                page: page(lang),
                app: AppCard { name: HOSTILE.into(), website_host: Some("app.example".into()), redirect_host: None },
                scopes: describe_scopes(lang, &["read", "write"]),
                choices: vec![Choice {
                    id: "42".into(),
                    person: person(),
                    role: "Owner".into(),
                    may: HOSTILE.into(),
                    checked: true,
                }],
                hidden: vec![Hidden { name: "state".into(), value: HOSTILE.into() }],
                signed_in_as: HOSTILE.into(),
                error: Some(HOSTILE.into()),
                switch_url: "/auth/sign_out?return_to=%2F".into(),
            }
            .render(),
        ),
        (
            "code",
            CodePage { page: page(lang), app: HOSTILE.into(), acting_as: HOSTILE.into(), code: "abc".into() }.render(),
        ),
        (
            "server",
            ServerPage {
                page: page(lang),
                description_html: "<p>Hi</p>".into(),
                brands: vec![BrandCard { person: person(), header: DEFAULT_HEADER.into(), summary: HOSTILE.into() }],
                posts: posts.clone(),
            }
            .render(),
        ),
        (
            "about",
            AboutPage {
                page: page(lang),
                description_html: String::new(),
                contact_email: Some("a@b.example".into()),
                contact: Some(person()),
                more_html: "<p>More</p>".into(),
                has_terms: true,
                rules: vec![RuleLine { text: HOSTILE.into(), hint: HOSTILE.into() }],
                version: "1.2.3",
                source_url: None,
            }
            .render(),
        ),
        (
            "text",
            TextPage { page: page(lang), html: "<h2>One</h2><p>Words</p>".into(), notes: vec![HOSTILE.into()] }
                .render(),
        ),
        (
            "account",
            AccountPage {
                page: page(lang),
                account: account(),
                posts,
                older: Some("?max_id=1".into()),
                newer: Some("?min_id=1".into()),
                follow: Some(form.clone()),
                feeds: Some(Feeds { atom: "/a".into(), rss: "/r".into() }),
                welcome: Some(Welcome { server: "brand.example".into(), invite_command: HOSTILE.into(), trial: true }),
            }
            .render(),
        ),
        (
            "post",
            PostPage {
                page: page(lang),
                ancestors: vec![PostCard { permalink_id: "0".into(), ..PostCard::default() }],
                card: card(lang),
                replies: vec![Reply { depth: 2, card: PostCard { permalink_id: "2".into(), ..card(lang) } }],
                answer: Some(HomeForm::to("/interact/1")),
            }
            .render(),
        ),
        (
            "home server",
            HomeServerPage {
                page: page(lang),
                person: person(),
                about_post: true,
                form,
                go: original("https://far.example/authorize_interaction?uri=x"),
                copy: "https://brand.example/@brand/1".into(),
            }
            .render(),
        ),
        ("error", ErrorPage::new(page(lang), 429, 30).render()),
        ("security, off", security(Totp::default()).render()),
        ("security, waiting", security(Totp { enrolment: Some(enrolment), ..Totp::default() }).render()),
        (
            "security, on",
            security(Totp { enabled: Some("1 May".into()), recovery_left: Some(0), ..Totp::default() }).render(),
        ),
        ("apps", AppsPage { page: page(lang), apps: vec![app] }.render()),
        (
            "sessions",
            SessionsPage {
                page: page(lang),
                sessions: vec![session.clone(), SessionLine { current: true, ..session }],
            }
            .render(),
        ),
    ]
    .into_iter()
    .map(|(name, html)| (name, html.unwrap()))
    .collect()
}

fn every_page() -> impl Iterator<Item = (&'static str, String)> {
    Lang::ALL.into_iter().flat_map(pages)
}

#[test]
fn nothing_from_people_becomes_markup() {
    for (name, html) in every_page() {
        assert!(!html.contains("<script>") && !html.contains("alert('x')"), "{name}");
        assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{name}");
    }
}

#[test]
fn pages_hold_to_the_strict_content_policy() {
    let inline = regex::Regex::new(r#"\sstyle=|\son[a-z]+=|<style|javascript:"#).unwrap();
    for (name, html) in every_page() {
        assert!(!inline.is_match(&html), "{name}");
        assert_eq!(html.matches("<script").count(), 1, "{name}");
    }
}

#[test]
fn every_page_has_one_heading_of_the_first_rank_and_its_landmarks() {
    for (name, html) in every_page() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        for landmark in ["<main id=\"main\"", "<header class=\"bar\"", "<footer class=\"foot\"", "href=\"#main\""] {
            assert!(html.contains(landmark), "{name} lacks {landmark}");
        }
    }
}

#[test]
fn what_is_referred_to_is_there_and_unique() {
    let id = regex::Regex::new(r#"\sid="([^"]+)""#).unwrap();
    let reference = regex::Regex::new(r#"\s(?:for|aria-labelledby|aria-describedby)="([^"]+)""#).unwrap();
    for (name, html) in every_page() {
        let ids: Vec<&str> = id.captures_iter(&html).map(|found| found.get(1).unwrap().as_str()).collect();
        let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for found in reference.captures_iter(&html) {
            for wanted in found[1].split(' ') {
                assert!(unique.contains(wanted), "{name}: nothing is called {wanted}");
            }
        }
    }
}

#[test]
fn a_framed_post_can_neither_run_nor_send_anything() {
    for lang in Lang::ALL {
        let html = EmbedPage { page: page(lang), card: card(lang) }.render().unwrap();
        assert!(!html.contains("<script") && !html.contains("<form") && !html.contains("alert('x')"));
        assert!(html.contains("<base target=\"_blank\">") && html.matches("<h1").count() == 1);
    }
}

#[test]
fn forms_that_change_something_carry_the_token() {
    for (name, html) in every_page() {
        for form in html.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            let posts = form.contains("method=\"post\"");
            assert_eq!(form.contains("name=\"csrf\" value=\"the-token\""), posts, "{name}");
        }
    }
}

#[test]
fn passwords_are_never_sent_back_and_other_answers_are() {
    let html = SetupPage { page: page(Lang::ENGLISH), form: setup_form() }.render().unwrap();
    assert!(!html.contains("secret words"));
    assert!(html.contains("value=\"ann\""));
    assert!(html.contains("2 answers need another look"));
}

#[test]
fn a_public_page_with_its_style_and_script_stays_below_its_budget() {
    let words = "Words of people. ".repeat(15);
    let plain = PostCard { html: format!("<p>{words}</p>"), author: person(), ..PostCard::default() };
    let full = AccountPage {
        page: page(Lang::DUTCH),
        account: account(),
        posts: (0..20).map(|n| PostCard { permalink_id: n.to_string(), ..plain.clone() }).collect(),
        older: None,
        newer: None,
        follow: Some(HomeForm::to("/follow/brand")),
        feeds: None,
        welcome: None,
    };
    let styles = include_str!("../../../assets/rapport.css").len();
    let script = include_str!("../../../assets/rapport.js").len();
    assert!(styles < 30_000 && script < 20_000);
    let whole = full.render().unwrap().len() + styles + script;
    assert!(whole < 60_000, "{whole}");
}

#[test]
fn percentages_need_enough_voters() {
    let mut few = card(Lang::ENGLISH);
    assert!(few.show(&Lang::ENGLISH, true).render().unwrap().contains("1,234 votes, 61 %"));
    few.poll.as_mut().unwrap().voters = 19;
    assert!(!few.show(&Lang::ENGLISH, true).render().unwrap().contains("61 %"));
}

#[test]
fn titles_name_the_server_once() {
    assert_eq!(Page::new(Lang::ENGLISH, "Brand", "Sign in").full_title(), "Sign in · Brand");
    assert_eq!(Page::new(Lang::ENGLISH, "Brand", "Brand").full_title(), "Brand");
}

#[test]
fn every_status_has_a_page() {
    for status in [400, 401, 403, 404, 405, 410, 413, 429, 500, 502, 503] {
        let page = ErrorPage::new(Page::new(Lang::DUTCH, "Merk", ""), status, 0);
        assert!(page.page.noindex && !page.page.title.is_empty() && !page.what.is_empty());
    }
}
