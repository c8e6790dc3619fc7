//! What calls us: browsers, front proxies, operators.
//!
//! The edge reads requests and phrases answers; it decides nothing. `pingora` is known in `proxy` only, the pages of
//! `auth-pages` in `pages` only.

pub mod admin;
pub mod arrival;
pub mod cookie;
pub mod demo;
pub mod door;
pub mod fault;
pub mod forward_auth;
pub mod link;
pub mod pages;
pub mod proxy;
pub mod reply;
