//! What kind of answer a request asks for, by its `Accept` header (RFC 9110 section 12.5.1).

/// How many media ranges of a header are looked at.
const MAX_RANGES: usize = 32;

/// Whether ActivityPub's JSON is wanted rather than a page. A browser, and whoever takes anything, gets the page.
pub fn prefers_activity(accept: &str) -> bool {
    let activity = weight(accept, &["application/activity+json", "application/ld+json"]);
    let page = weight(accept, &["text/html", "application/xhtml+xml"]);
    match (activity, page) {
        (Some((wanted, at)), Some((other, place))) => wanted > other || (wanted == other && at < place),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Whether a page is of use to whoever asks: they name HTML, take anything, or say nothing.
pub fn takes_pages(accept: &str) -> bool {
    accept.trim().is_empty() || weight(accept, &["text/html", "application/xhtml+xml", "text/*", "*/*"]).is_some()
}

/// The highest weight above zero of any of these ranges, and its place in the header.
fn weight(accept: &str, ranges: &[&str]) -> Option<(f32, usize)> {
    let mut best: Option<(f32, usize)> = None;
    for (place, entry) in accept.split(',').take(MAX_RANGES).enumerate() {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().unwrap_or_default();
        if !ranges.iter().any(|range| range.eq_ignore_ascii_case(named)) {
            continue;
        }
        let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let q = q.map_or(1.0, |number| number.trim().parse::<f32>().unwrap_or(0.0));
        if q > 0.0 && best.is_none_or(|(most, _)| q > most) {
            best = Some((q, place));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_get_json_and_people_get_pages() {
        for accept in [
            "application/activity+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/activity+json, text/html;q=0.5",
            "application/ld+json, text/html",
            "Application/Activity+JSON",
        ] {
            assert!(prefers_activity(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/activity+json",
            "application/activity+json;q=0",
            "application/activity+json;q=0.5, text/html",
            "application/json",
            ";;,,q=",
        ] {
            assert!(!prefers_activity(accept), "{accept}");
        }
    }

    #[test]
    fn whoever_takes_anything_takes_a_page() {
        assert!(takes_pages("") && takes_pages("*/*") && takes_pages("text/html;q=0.1"));
        assert!(!takes_pages("application/json") && !takes_pages("text/html;q=0, image/png"));
    }
}
