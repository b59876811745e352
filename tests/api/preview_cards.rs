//! Preview cards: what the pages that posts link to say about themselves, and what hostile ones do not achieve.

use rapport::domain::preview_cards::JOB;
use rapport::jobs;
use serde_json::{Value, json};

use crate::harness::server::eventually;
use crate::harness::site::{Site, nothing, page, redirect};
use crate::harness::{Caller, TestServer, both};

fn picture() -> Vec<u8> {
    let mut png = Vec::new();
    let picture = image::RgbImage::from_fn(64, 32, |x, y| image::Rgb([x as u8 * 4, y as u8 * 8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a picture");
    png
}

fn path_of(status: &Value) -> String {
    format!("/api/v1/statuses/{}", status["id"].as_str().expect("an id"))
}

/// The card of a post, once there is one.
async fn card_of(caller: &Caller, status: &Value) -> Value {
    caller.wait_for(&path_of(status), |status| Some(status["card"].clone()).filter(Value::is_object)).await
}

/// Waits until no page is to be read any more.
async fn all_read(server: &TestServer) {
    eventually("pages to be read", || async {
        let waiting = server.app.db.read(|conn| jobs::list(conn, 1000)).await.expect("jobs");
        (!waiting.iter().any(|job| job.kind == JOB)).then_some(())
    })
    .await;
}

fn shop(base: &str, path: &str) -> Vec<u8> {
    match path {
        "/bread" => page(
            "text/html; charset=iso-8859-1",
            [
                b"<html lang=de><head><title>Br\xf6tchen | Shop</title><meta property=og:title content='Br\xf6tchen'>".to_vec(),
                format!(
                    "<meta property=og:description content='Fresh &amp; warm'><meta property=og:image content='/p.png'>\
                     <link rel=alternate type='application/json+oembed' href='{base}/oembed'></head>"
                )
                .into_bytes(),
            ]
            .concat(),
        ),
        "/oembed" => page(
            "application/json",
            json!({
                "version": "1.0", "type": "video", "title": "Film", "author_name": "Ann", "author_url": "https://ann.example",
                "provider_name": "The Shop", "html": "<script>alert(1)</script>", "width": 640, "height": 480,
            })
            .to_string(),
        ),
        "/p.png" => page("image/png", picture()),
        _ => nothing(),
    }
}

both!(a_link_gets_a_card_with_a_picture_of_our_own, |database| async move {
    let server = TestServer::start(database).await;
    let site = Site::start(shop).await;
    let kim = server.person("kim").await;
    let address = site.url("/bread");
    let posted = kim.publish(&format!("@kim look at #bread {address}#today and {}", site.url("/other"))).await;
    let card = card_of(&kim, &posted).await;
    assert_eq!((&card["url"], &card["title"]), (&json!(address), &json!("Brötchen")));
    assert_eq!((&card["type"], &card["html"], &card["embed_url"]), (&json!("video"), &json!(""), &json!("")));
    assert_eq!((&card["description"], &card["language"]), (&json!("Fresh & warm"), &json!("de")));
    assert_eq!((&card["provider_name"], &card["author_name"]), (&json!("The Shop"), &json!("Ann")));
    assert_eq!(card["authors"], json!([{"name": "Ann", "url": "https://ann.example/", "account": null}]));
    assert_eq!((&card["width"], &card["height"]), (&json!(64), &json!(32)));
    assert!(card["blurhash"].is_string());
    let image = card["image"].as_str().expect("a picture");
    assert!(image.starts_with(&server.base), "{image} is our own copy");
    assert_eq!(server.stranger().get(image).send().await.expect("the file").status(), 200);

    let asked = site.asked();
    let again = kim.publish(&format!("again {address}")).await;
    assert_eq!(again["card"]["title"], "Brötchen", "the next post has it at once");
    kim.send(reqwest::Method::PUT, &path_of(&again), Some(json!({ "status": "nothing" }))).await.ok();
    assert_eq!(kim.get(&path_of(&again)).await.ok()["card"], Value::Null);
    all_read(&server).await;
    assert_eq!(site.asked(), asked, "and the page is not asked again");
});

fn hostile(base: &str, path: &str) -> Vec<u8> {
    match path {
        "/huge" => page("text/html", [b"<title>Huge</title>".to_vec(), vec![b'x'; 10 * 1024 * 1024]].concat()),
        "/bomb" => page("text/html", "<div a='b'><svg><p>".repeat(60_000)),
        "/open" => page("text/html", format!("<p>{}", "<a ".repeat(300_000))),
        "/private" => redirect("http://10.0.0.1/"),
        "/loop" => redirect(&format!("{base}/loop")),
        "/paper" => page("application/pdf", "%PDF-1.7 <title>Paper</title>"),
        "/empty" => page("text/html", ""),
        "/broken" => b"nonsense".to_vec(),
        "/picture" => page("text/html", "<title>Words</title><meta property=og:image content=/bad.png>"),
        "/bad.png" => page("image/png", vec![0x89; 9 * 1024 * 1024]),
        "/markup" => {
            page("text/html", "<title>&lt;b onload=x&gt;</title><meta property=og:image content='javascript:1'>")
        }
        _ => nothing(),
    }
}

both!(hostile_pages_get_no_card_or_a_plain_one, |database| async move {
    let server = TestServer::start(database).await;
    let site = Site::start(hostile).await;
    let kim = server.person("kim").await;
    let expected = [
        ("/huge", Some("Huge")),
        ("/bomb", None),
        ("/open", None),
        ("/private", None),
        ("/loop", None),
        ("/paper", None),
        ("/empty", None),
        ("/broken", None),
        ("/missing", None),
        ("/picture", Some("Words")),
        ("/markup", Some("<b onload=x>")),
    ];
    let mut posted = Vec::new();
    for (path, _) in expected {
        posted.push(kim.publish(&format!("look {}", site.url(path))).await);
    }
    all_read(&server).await;
    for ((path, title), status) in expected.iter().zip(&posted) {
        let card = kim.get(&path_of(status)).await.ok()["card"].clone();
        assert_eq!(card["title"].as_str(), *title, "{path}: {card}");
        assert_eq!((&card["image"], card.is_object()), (&Value::Null, title.is_some()), "{path}");
    }
});

both!(nothing_is_fetched_where_that_was_switched_off, |database| async move {
    let server = TestServer::start_with(database, &[("RAPPORT_FEDERATION__PREVIEW_CARDS", "false")]).await;
    let site = Site::start(shop).await;
    let kim = server.person("kim").await;
    let posted = kim.publish(&site.url("/bread")).await;
    all_read(&server).await;
    assert_eq!(kim.get(&path_of(&posted)).await.ok()["card"], Value::Null);
    assert_eq!(site.asked(), 0);
});
