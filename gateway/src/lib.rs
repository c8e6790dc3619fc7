//! Vestibule: the room between the outer door and the inner door, in front of web applications that cannot do
//! two-factor login themselves.
//!
//! This crate is the program `vestibule`, and a door for any other proxy that is built on Pingora 0.9: the [`Guard`]. It
//! brings the whole of the program along: login and second factor, the pages where people look after their account,
//! identity headers and the signed assertion, and the endpoint for fronts that ask. What it guards, by which rules, and
//! where it keeps what it knows, is in the same configuration file.
//!
//! ```no_run
#![doc = include_str!("../examples/embed.rs")]
//! ```
//!
//! # What the embedding proxy does itself
//!
//! What its own service keeps of the laws, if it is made by [`Guard::service`], and if Pingora's
//! `http_proxy_service` makes it. *You*: nothing of ours does it.
//!
//! | law | `Guard::service` | `http_proxy_service` |
//! |---|---|---|
//! | every reading of a path is admitted, and what was sent is what is forwarded | guard | guard, as long as you change no path after it |
//! | identity is ours alone: forged headers go, each of ours is there once | guard | guard; add none of those names after it |
//! | upstreams neither see nor set our cookies | guard | guard |
//! | an outage is 503, no cookie touched | guard | guard |
//! | `logout_path`, `session_cookies`, `[application.answers]` | guard | guard |
//! | what was sent once is sent again only where it does no harm twice | guard: [`Guard::error_while_proxy`] | the same |
//! | a form that is sent too late | must be filled in again, as its page says | the same |
//! | odd framing: a bare LF, a folded line, a length beside chunks | guard | guard |
//! | slow heads and bodies, connections per source, `proxy_protocol` | guard | you (with `proxy_protocol = "required"` nothing is let in) |
//! | limits of HTTP/2 and of idle connections | guard | you: `HttpServerOptions`, `H2Options` |
//! | streams and WebSockets end with their session | guard | nobody: what has begun goes on |
//! | TLS | guard, on the port of `listen.https` | you: `add_tls`; the URLs of the configuration say `https` |
//! | where a request came from, behind another proxy | guard, by `listen.trusted_proxies` | the same |
//! | which server a request goes to, its TLS, its timeouts | you, or [`Guard::upstream_peer`] | the same |
//! | whom the upstream answers: only you may reach it, or it verifies the assertion | you | you |
//! | answers to one person are shown to nobody else | you: Pingora's cache must be off, or its key hold [`Journey::user`] | the same |
//! | no path or query in the log | you: return `true` from `suppress_error_log` and `suppress_proxy_warn_log` | the same |
//! | health, metrics | you: counters go to your recorder of the crate `metrics` | the same |
//! | commands (`user add`, `explain`, `audit` …) | the program `vestibule`, with the same file | the same |
//!
//! One process has one guard. Several may share a store and a directory, as several nodes of the program do, and run
//! beside such nodes.
//!
//! # The house
//!
//! `edge` is what calls us, `io` is what we call, `domain` decides, `flow` connects them, `config` reads what
//! an operator wrote, and `app` puts it all together. Arrows point only inwards; a test reads the sources and says so.
//!
//! ```text
//!  browser, front proxy, operator                 Redis, SQL, SMTP, SMS gateways
//!         |                                                      ^
//!         v                                                      |
//!      edge/ -----------------> flow/ ------------------------> io/
//!         |                       |                              |
//!         +-------------------> domain/ <------------------------+
//! ```
//!
//! # Words
//!
//! An *application* is a protected site, the *portal* the host where people log in, an *upstream* a server an
//! application really runs on, a *front* one before us that asks about each request and forwards it itself. A *subject*
//! is who a request is from; a *user* is a person in the *directory*. An *authenticator* is one enrolled thing that
//! proves a user, a *method* its kind, a *challenge* a question put to it. A *login* is the state from first page to
//! open *session*. Rules make a *policy*, which makes a *decision* on each request; a *permit* is the proof that it was
//! admitted. A *refusal* is a "no" that is a normal answer; a *fault* is something that broke, and closes the door. The
//! *assertion* tells one application who the subject is; a *courier* carries codes, and *notices* of what was changed; the
//! *store* keeps what expires, and *credentials* what must not be lost.
//!
//! # Life of a request
//!
//! `edge/proxy/entrance` (who may connect, and how slowly) → `edge/proxy/mod.rs` (phases) → `screen.rs` (hygiene) →
//! `edge/door/read.rs` (meaning) → `flow/admit.rs` (who is it) → `domain/policy.rs` (`domain::policy::decide`) →
//! `edge/proxy/upstream.rs`, which demands the `domain::policy::Permit`. A front that forwards by itself asks
//! `edge::forward_auth` instead, which goes through the same `edge::door`.
//!
//! # Life of a login
//!
//! `edge/pages` → `flow::login`: charge, verify, refund, commit, `domain::login::step`, save → `flow/opening.rs`. What
//! is missing is set up on the way (`domain::enrolment::step`, `flow::enrol`); the account pages do the same through
//! `flow::account`.
//!
//! # What the types enforce
//!
//! * Only `decide` makes a `Permit`, and nothing is forwarded without one.
//! * Only a committed spend, or the directory's password check, makes an `domain::assurance::Authentication`.
//! * A `domain::return_to::ReturnTo` belongs to an application; a form's fields exist only once its token was right.
//! * A `domain::secret::Secret` is never printed and wiped when dropped.

pub use app::guard::Guard;
pub use edge::proxy::Journey;
pub use io::Fault;

// For the program itself, for the tests that hold backends to their traits, and for made-up input; no promise to others.
#[doc(hidden)]
pub mod app;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod domain;
#[doc(hidden)]
pub mod edge;
#[doc(hidden)]
pub mod flow;
#[doc(hidden)]
pub mod io;
