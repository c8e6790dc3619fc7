//! Vestibule: the room between the outer door and the inner door, in front of web applications that cannot do
//! two-factor login themselves.
//!
//! # The house
//!
//! [`edge`] is what calls us, [`io`] is what we call, [`domain`] decides, [`flow`] connects them, [`config`] reads what
//! an operator wrote, and [`app`] puts it all together. Arrows point only inwards; a test reads the sources and says so.
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
//! `edge/door/read.rs` (meaning) → `flow/admit.rs` (who is it) → `domain/policy.rs` ([`domain::policy::decide`]) →
//! `edge/proxy/upstream.rs`, which demands the [`domain::policy::Permit`]. A front that forwards by itself asks
//! [`edge::forward_auth`] instead, which goes through the same [`edge::door`].
//!
//! # Life of a login
//!
//! `edge/pages` → [`flow::login`]: charge, verify, refund, commit, [`domain::login::step`], save → `flow/opening.rs`. What
//! is missing is set up on the way ([`domain::enrolment::step`], [`flow::enrol`]); the account pages do the same through
//! [`flow::account`].
//!
//! # What the types enforce
//!
//! * Only `decide` makes a `Permit`, and nothing is forwarded without one.
//! * Only a committed spend, or the directory's password check, makes an [`domain::assurance::Authentication`].
//! * A [`domain::return_to::ReturnTo`] belongs to an application; a form's fields exist only once its token was right.
//! * A [`domain::secret::Secret`] is never printed and wiped when dropped.

pub mod app;
pub mod config;
pub mod domain;
pub mod edge;
pub mod flow;
pub mod io;
