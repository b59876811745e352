//! Rapport: a server with which a brand takes part in the fediverse.
//!
//! Edges speak one protocol each (`api` Mastodon clients, `federation` ActivityPub, `web` browsers, `streaming`, `cli`);
//! `domain` holds the product; below lie `jobs`, `db`, `net`, `text`, `crypto`, `config` and the value types.

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod context;
pub mod crypto;
pub mod db;
pub mod domain;
pub mod error;
pub mod federation;
pub mod http;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod media;
pub mod net;
pub mod page;
pub mod peer_address;
pub mod previews;
pub mod push;
pub mod rates;
pub mod search;
pub mod streaming;
pub mod tasks;
pub mod text;
pub mod time;
pub mod web;
