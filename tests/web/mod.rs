//! What people see in a browser.

mod browser;
mod embeds;
mod pages;
