//! Whether a client wants the document or the page: one address serves both.

/// Media types that mean ActivityStreams. Plain JSON is asked for by old software.
const DOCUMENTS: [&str; 3] = ["application/activity+json", "application/ld+json", "application/json"];
/// Media types that mean a page.
const PAGES: [&str; 2] = ["text/html", "application/xhtml+xml"];
/// How many entries of a header are looked at.
const MAX_ENTRIES: usize = 64;

/// What answers that depend on the request name in `Vary`, so that no cache shows one reader's form to another.
pub const VARY: &str = "Accept, Signature";

/// Whether an `Accept` header (RFC 9110 section 12.5.1) prefers ActivityStreams to a page; of two that are equal, the first counts.
/// Whoever accepts anything gets the page.
pub fn wants_document(accept: &str) -> bool {
    let (mut document, mut page): (Option<f32>, Option<f32>) = (None, None);
    for entry in accept.split(',').take(MAX_ENTRIES) {
        let mut parts = entry.split(';');
        let kind = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q=").map(str::to_owned))
            .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        if quality <= 0.0 {
            continue;
        }
        let better = |known: Option<f32>, other: Option<f32>| {
            // A later entry of the same weight stands behind the other form.
            let weight = if other.is_some_and(|other| other >= quality) { quality - f32::EPSILON } else { quality };
            Some(known.map_or(weight, |known| known.max(weight)))
        };
        if DOCUMENTS.contains(&kind.as_str()) {
            document = better(document, page);
        } else if PAGES.contains(&kind.as_str()) {
            page = better(page, document);
        }
    }
    match (document, page) {
        (Some(document), Some(page)) => document > page,
        (document, _) => document.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_get_documents_and_people_get_pages() {
        for accept in [
            "application/activity+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/activity+json, application/ld+json",
            "application/activity+json, text/html;q=0.1",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", application/activity+json;q=0.9, text/html;q=0.1, */*;q=0.1",
            "APPLICATION/ACTIVITY+JSON; charset=utf-8",
            "application/activity+json, text/html",
            "text/html;q=0.5, application/activity+json",
            "application/json",
        ] {
            assert!(wants_document(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html, application/activity+json",
            "text/html, application/activity+json;q=0.5",
            "application/activity+json;q=0",
            "application/activity+json;q=nonsense",
            "image/png",
        ] {
            assert!(!wants_document(accept), "{accept}");
        }
    }
}
