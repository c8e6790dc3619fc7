//! What can stand between client and upstream: Vestibule, bare Pingora, nginx, haproxy.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::house::beside_us;
use crate::load::Case;
use crate::plan::Wish;
use crate::server::{Server, free_ports};
use crate::stage::Stage;

/// Any session cookie, for those who do not look at it.
pub(crate) const SOME_COOKIE: &str = "vestibule-40000=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// `vestibule serve`, and somebody who has logged in.
pub(crate) fn vestibule(stage: &Stage, name: &'static str, wish: Wish) -> Outcome<Case> {
    let plan = stage.house.plan(wish)?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let cookies = stage.house.sessions(&plan, 1)?;
    let cookie = cookies.first().ok_or("no session")?;
    Ok(Case::new(name, format!("{}/", plan.origin), cookie).with(server))
}

/// Whose allocator, buffers and keep-alive a bare Pingora has.
#[derive(Clone, Copy)]
pub(crate) enum Tuning {
    /// Vestibule's.
    Same,
    /// Pingora's own, and the system's allocator.
    AsItComes,
}

/// How a bare Pingora is set up.
#[derive(Clone, Copy)]
pub(crate) struct Bare {
    pub(crate) tuning: Tuning,
    pub(crate) tls: bool,
    /// Where everybody is sent, instead of upstream.
    pub(crate) redirect: Option<&'static str>,
    pub(crate) upstream: Option<u16>,
}

impl Bare {
    /// As Vestibule is built.
    pub(crate) const SAME: Bare = Bare {
        tuning: Tuning::Same,
        tls: false,
        redirect: None,
        upstream: None,
    };
}

/// A Pingora that forwards and does nothing else.
pub(crate) fn bare(stage: &Stage, name: &'static str, bare: Bare) -> Outcome<Case> {
    let [port] = free_ports()?;
    let mut command = match bare.tuning {
        Tuning::Same => stage.between(&beside_us("vestibule-benches")?),
        Tuning::AsItComes => stage.between(&beside_us("pingora-as-it-comes")?),
    };
    match bare.tuning {
        Tuning::Same => command.args(["bare", "--tuning", "vestibule"]),
        Tuning::AsItComes => command.args(["--tuning", "pingora"]),
    };
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    let upstream = bare.upstream.unwrap_or(stage.upstream.port);
    command.args(["--upstream", &format!("127.0.0.1:{upstream}")]);
    if bare.tls {
        command.arg("--certificate").arg(stage.file("tls.pem"));
        command.arg("--key").arg(stage.file("tls.key"));
    }
    if let Some(to) = bare.redirect {
        command.args(["--redirect", to]);
    }
    let server = Server::start(&mut command, port, &stage.file(&format!("bare-{port}.log")))?;
    let scheme = if bare.tls { "https" } else { "http" };
    Ok(Case::new(name, format!("{scheme}://127.0.0.1:{port}/"), SOME_COOKIE).with(server))
}

/// nginx that forwards.
pub(crate) fn nginx(stage: &Stage, name: &'static str) -> Outcome<Case> {
    let server = stage.nginx("plain", &front(stage, ""))?;
    Ok(Case::new(name, format!("http://127.0.0.1:{}/", server.port), SOME_COOKIE).with(server))
}

/// haproxy that forwards.
pub(crate) fn haproxy(stage: &Stage, name: &'static str) -> Outcome<Case> {
    let [port] = free_ports()?;
    let file = stage.file("haproxy.cfg");
    let upstream = stage.upstream.port;
    fs::write(
        &file,
        format!(
            "global\n    maxconn 4000\ndefaults\n    mode http\n    timeout connect 3s\n    timeout client 75s\n    \
             timeout server 60s\n    http-reuse always\nfrontend f\n    bind 127.0.0.1:{port}\n    default_backend b\n\
             backend b\n    server s 127.0.0.1:{upstream}\n"
        ),
    )?;
    let mut command = stage.between(Path::new("haproxy"));
    command.arg("-db").arg("-f").arg(&file);
    let server = Server::start(&mut command, port, &file.with_extension("log"))?;
    Ok(Case::new(name, format!("http://127.0.0.1:{port}/"), SOME_COOKIE).with(server))
}

/// nginx that asks an authentication server about each request: the cheapest one there is, an nginx that says 200.
pub(crate) fn trivial(stage: &Stage, name: &'static str) -> Outcome<Case> {
    let answering = stage.nginx(
        "trivial",
        "server { listen 127.0.0.1:PORT backlog=4096; location / { return 200; } }",
    )?;
    let asked = format!(
        "server 127.0.0.1:{}; keepalive 64; keepalive_requests 1000000000;",
        answering.port
    );
    let case = asking(stage, name, (&asked, TRIVIAL), SOME_COOKIE)?;
    Ok(case.with(answering))
}

/// How nginx asks, and what it then tells the upstream.
pub(crate) struct Question<'a> {
    /// Directives of the place where the question is put.
    pub(crate) put: &'a str,
    /// Directives of the place that is asked about.
    pub(crate) told: &'a str,
}

const TRIVIAL: Question<'_> = Question {
    put: "proxy_pass http://asked;",
    told: "",
};

/// nginx in front of the upstream, which asks about each request.
pub(crate) fn asking(
    stage: &Stage,
    name: &'static str,
    (asked, question): (&str, Question<'_>),
    cookie: &str,
) -> Outcome<Case> {
    let Question { put, told } = question;
    let place = format!(
        "location = /asked {{ internal; {put} proxy_pass_request_body off; proxy_set_header Content-Length \"\";
            proxy_http_version 1.1; proxy_set_header Connection \"\"; }}"
    );
    let servers = format!("upstream asked {{ {asked} }}\n{}", front(stage, &place));
    let servers = servers.replace("location / {", &format!("location / {{ auth_request /asked; {told} "));
    let server = stage.nginx("asking", &servers)?;
    Ok(Case::new(name, format!("http://127.0.0.1:{}/", server.port), cookie).with(server))
}

fn front(stage: &Stage, further: &str) -> String {
    format!(
        "upstream behind {{ server 127.0.0.1:{}; keepalive 64; keepalive_requests 1000000000; }}
        server {{ listen 127.0.0.1:PORT backlog=4096; {further}
            location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }}",
        stage.upstream.port
    )
}
