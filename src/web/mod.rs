//! Pages for people: complete without script, in their language, behind a strict content policy.
//!
//! A request becomes a [`visitor::Visitor`]; its one read gives a [`frame::Frame`] and the page's data; the frame shows the
//! template. Forms arrive as [`forms::Submitted`], which has checked that they come from a page of ours.

pub mod accept;
pub mod assets;
pub mod cards;
pub mod csp;
pub mod csrf;
pub mod errors;
pub mod feeds;
pub mod flash;
pub mod forms;
pub mod frame;
pub mod media;
pub mod pages;
pub mod paging;
pub mod return_path;
pub mod routes;
pub mod second_step;
pub mod session;
pub mod views;
pub mod visitor;

pub use routes::configure;

use crate::i18n;
