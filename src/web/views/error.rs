//! Pages that say what happened, what was kept and what to do.

use askama::Template;

use super::layout::Page;

/// An error as a page.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub struct ErrorPage {
    /// The frame; its title is the heading.
    pub page: Page,
    /// The HTTP status.
    pub status: u16,
    /// What happened.
    pub what: String,
    /// What was kept.
    pub kept: String,
    /// What to do.
    pub todo: String,
    /// The id of the request, for those who ask for help.
    pub reference: Option<String>,
}

impl ErrorPage {
    /// The page for an HTTP status; `retry_seconds` counts for 429. `page` gets the title and is kept from search engines.
    pub fn new(page: Page, status: u16, retry_seconds: u64) -> Self {
        let l = page.lang;
        let (title, what, kept, todo) = match status {
            403 => (l.t("error-403-title"), l.t("error-403-what"), l.t("error-403-kept"), l.t("error-403-todo")),
            404 => (l.t("error-404-title"), l.t("error-404-what"), l.t("error-404-kept"), l.t("error-404-todo")),
            410 => (l.t("error-410-title"), l.t("error-410-what"), l.t("error-410-kept"), l.t("error-410-todo")),
            429 => {
                let todo = l.t_with("error-429-todo", &[("seconds", &retry_seconds.max(1))]);
                (l.t("error-429-title"), l.t("error-429-what"), l.t("error-429-kept"), todo)
            }
            502..=504 => (l.t("error-503-title"), l.t("error-503-what"), l.t("error-503-kept"), l.t("error-503-todo")),
            500.. => (l.t("error-500-title"), l.t("error-500-what"), l.t("error-500-kept"), l.t("error-500-todo")),
            _ => (l.t("error-400-title"), l.t("error-400-what"), l.t("error-400-kept"), l.t("error-400-todo")),
        };
        Self::from_texts(page, status, title, [what, kept, todo])
    }

    /// The page for a form whose `csrf` field does not fit the session: 403.
    pub fn expired_form(page: Page) -> Self {
        let l = page.lang;
        let texts = [l.t("error-form-what"), l.t("error-form-kept"), l.t("error-form-todo")];
        Self::from_texts(page, 403, l.t("error-form-title"), texts)
    }

    /// Says what happened in the words of the refusal itself.
    pub fn because(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    fn from_texts(mut page: Page, status: u16, title: String, [what, kept, todo]: [String; 3]) -> Self {
        page.title = title;
        page.noindex = true;
        Self { page, status, what, kept, todo, reference: None }
    }
}
