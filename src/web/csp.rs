//! The content security policies of pages and files: nothing runs and nothing loads but what a page needs.

/// Where forms of a page may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// To this server.
    Ours,
    /// Anywhere: browsers hold redirects after a form to the policy too, and an app's address may have any scheme.
    Anywhere,
}

/// What a stored file may do when it is opened by itself: nothing.
pub const FILE: &str = "sandbox; default-src 'none'";
/// What an asset, a feed or a plain text may do: nothing.
pub const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// The policy of a page. `is_plain`: this server is reached over plain HTTP, and so may be the pictures of others; `files`: the origin of
/// stored files, empty where it is the page's own.
pub fn page(forms: Forms, is_plain: bool, files: &str) -> String {
    let pictures = pictures(is_plain, files);
    let mut policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {pictures} data:; \
         media-src 'self' {pictures}; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if forms == Forms::Ours {
        policy.push_str("; form-action 'self'");
    }
    policy
}

/// The policy of a page that other sites may show in a frame: it shows, and does nothing.
pub fn embedded(is_plain: bool, files: &str) -> String {
    let pictures = pictures(is_plain, files);
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' {pictures} data:; media-src 'self' {pictures}; \
         base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
}

/// Where pictures may come from.
fn pictures(is_plain: bool, files: &str) -> String {
    match (is_plain, files) {
        (true, _) => "https: http:".into(),
        (false, "") => "https:".into(),
        // Named, since it may be plain where the pictures of others may not.
        (false, files) => format!("https: {files}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_nothing_may_be_framed() {
        assert!(page(Forms::Ours, false, "").contains("frame-ancestors 'none'"));
        let framed = embedded(false, "");
        assert!(framed.contains("frame-ancestors *") && framed.contains("form-action 'none'"));
        assert!(!framed.contains("script-src") && !framed.contains("unsafe"));
    }

    #[test]
    fn forms_stay_here_unless_an_app_waits_for_the_answer() {
        let (ours, anywhere) = (page(Forms::Ours, false, ""), page(Forms::Anywhere, false, ""));
        assert!(ours.contains("form-action 'self'"));
        assert!(!anywhere.contains("form-action"));
        for policy in [ours, anywhere] {
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http:")
            );
        }
    }

    #[test]
    fn files_may_come_from_their_own_origin() {
        assert!(
            page(Forms::Ours, false, "http://files.example")
                .contains("img-src 'self' https: http://files.example data:")
        );
    }
}
