//! Long texts of the server about itself: its privacy policy and its terms of service.

use actix_web::web;

use crate::domain::instance_texts::{self, Terms, TextKind};
use crate::error::Error;
use crate::text::SafeHtml;
use crate::time::Time;
use crate::web::errors::Answer;
use crate::web::i18n::Lang;
use crate::web::views::Page;
use crate::web::views::server::TextPage;
use crate::web::visitor::Visitor;

/// `GET /privacy`: in the words of those who run the server, or in ours.
pub async fn privacy(visitor: Visitor) -> Answer {
    let (frame, text) = visitor.read(|conn, _| instance_texts::find(conn, TextKind::PrivacyPolicy)).await?;
    let lang = frame.lang;
    let page = Page {
        canonical: frame.urls.as_ref().map(|urls| urls.path("/privacy")),
        ..frame.page(lang.t("privacy-title"))
    };
    let (html, notes) = match text {
        Some(text) => (text.content, vec![lang.t_plain("text-changed", &[("date", &lang.date(text.updated_at))])]),
        None => (own_words(lang), Vec::new()),
    };
    Ok(frame.show(&TextPage { page, html, notes }))
}

/// What this software keeps, in the reader's language.
fn own_words(lang: Lang) -> String {
    let words = [lang.t("about-privacy-reading"), lang.t("about-privacy-signing-in"), lang.t("about-privacy-writing")];
    SafeHtml::from_plain(&words.join("\n\n")).into_string()
}

/// `GET /terms`: those that hold now.
pub async fn terms(visitor: Visitor) -> Answer {
    terms_of(visitor, None).await
}

/// `GET /terms/{day}`: those that hold, held or will hold from that day on.
pub async fn terms_of_day(visitor: Visitor, day: web::Path<String>) -> Answer {
    terms_of(visitor, Some(day.into_inner())).await
}

async fn terms_of(visitor: Visitor, day: Option<String>) -> Answer {
    let (now, asked) = (visitor.app.clock.now(), day.clone());
    let (frame, terms) = visitor
        .read(move |conn, _| {
            instance_texts::terms(conn, now, asked.as_deref())?.ok_or(Error::NotFound("terms of service"))
        })
        .await?;
    let path = day.map_or_else(|| "/terms".to_owned(), |day| format!("/terms/{day}"));
    let page =
        Page { canonical: frame.urls.as_ref().map(|urls| urls.path(&path)), ..frame.page(frame.lang.t("terms-title")) };
    let notes = notes(frame.lang, &terms);
    Ok(frame.show(&TextPage { page, html: terms.text.content, notes }))
}

fn notes(lang: Lang, terms: &Terms) -> Vec<String> {
    let day =
        |text: &str| Time::parse(&format!("{text}T00:00:00Z")).map_or_else(|| text.to_owned(), |time| lang.date(time));
    let from = day(&terms.text.effective_on);
    let mut notes = vec![if terms.is_effective {
        lang.t_plain("terms-since", &[("date", &from)])
    } else {
        lang.t_plain("terms-from", &[("date", &from)])
    }];
    if let Some(next) = &terms.succeeded_by {
        notes.push(lang.t_plain("terms-replaced", &[("date", &day(next))]));
    }
    notes
}
