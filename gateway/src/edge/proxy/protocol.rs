//! What Pingora's own defaults leave open: requests of a connection, idle connections, and every limit of HTTP/2.

use pingora::apps::HttpServerOptions;
use pingora::protocols::http::v2::server::{H2Options, default_h2_options};
use std::time::Duration;

/// The most requests of one connection.
const REQUESTS: u32 = 10_000;
/// How long a connection of HTTP/2 may be without a request.
const IDLE: Duration = Duration::from_secs(75);
/// The most of a header list (RFC 9113 section 6.5.2); what `screen.rs` lets pass is less.
const HEADER_LIST: u32 = 64 * 1024;
/// The most requests of a connection at a time.
const STREAMS: u32 = 100;
/// How many streams may have been reset before they were looked at, and how many we may reset over the life of a connection.
/// This counts everybody's behind a trusted proxy together; a single client's resets of either kind are counted by
/// `entrance/streams.rs` (CVE-2023-44487, CVE-2025-8671), whose limit is far lower.
const RESETS: usize = 1000;
/// How many of them are remembered, so that what is still under way for them does no harm.
const REMEMBERED: usize = 100;
/// What may come of a body before it is asked for.
pub(super) const WINDOW: u32 = 64 * 1024;
/// What is kept of an answer that the client does not take.
const UNSENT: usize = 256 * 1024;

/// The limits of both versions.
pub fn server_options() -> HttpServerOptions {
    let mut options = HttpServerOptions::default();
    options.keepalive_request_limit = Some(REQUESTS);
    options.h2_idle_timeout = Some(IDLE);
    options.h2c = false;
    options.allow_connect_method_proxying = false;
    options
}

/// The limits of HTTP/2.
pub fn h2_options() -> H2Options {
    let mut options = default_h2_options();
    options
        .max_header_list_size(HEADER_LIST)
        .max_concurrent_streams(STREAMS)
        .max_concurrent_reset_streams(REMEMBERED)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(None)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW * 16)
        .max_frame_size(16 * 1024)
        .max_send_buffer_size(UNSENT);
    options
}
