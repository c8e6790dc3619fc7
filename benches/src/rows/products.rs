//! Authentication servers that nginx can ask, with a real session each, against Vestibule which needs no nginx.

use std::fs;

use super::Row;
use crate::Outcome;
use crate::client::Client;
use crate::doors::{self, Question};
use crate::house::beside_us;
use crate::load::{CONNECTIONS, Case, Load, put_on};
use crate::plan::Wish;
use crate::report::{Aim, Sheet};
use crate::server::{Server, free_ports};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "products",
    about: "nginx that asks another product about each request",
    measure,
};

/// "walk", as an htpasswd file says it.
const USERS: &str = "ann:{SHA}3waxR/d41G+tGbMrZ1ejq8OvQd4=\n";

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    sheet.note("Authelia is left out: the Go module proxy does not offer it.");
    if beside_us("oauth2-proxy").is_err() {
        sheet.note("oauth2-proxy is left out: it could not be built here.");
        return Ok(());
    }
    let mut take = |case: Outcome<Case>| -> Outcome<f64> {
        let case = case?;
        let measured = put_on(stage, &case, &Load::Connections(CONNECTIONS))?;
        measured.show(case.name, sheet);
        Ok(measured.requests_per_second)
    };
    let ours = take(doors::vestibule(stage, "Vestibule, embedded store", Wish::PLAIN))?;
    let theirs = take(oauth2_proxy(stage))?;
    sheet.judge(
        "Vestibule / nginx + oauth2-proxy",
        "requests per second",
        (ours / theirs, Aim::AtLeast(3.0)),
    );
    Ok(())
}

/// Somebody has logged in at its own form; the session is all in the cookie, and smaller than one of a provider's.
fn oauth2_proxy(stage: &Stage) -> Outcome<Case> {
    let [port] = free_ports()?;
    let users = stage.file("htpasswd");
    fs::write(&users, USERS)?;
    let mut command = stage.between(&beside_us("oauth2-proxy")?);
    command.args([
        &format!("--http-address=127.0.0.1:{port}"),
        &format!("--htpasswd-file={}", users.display()),
        "--provider=github",
        "--client-id=none",
        "--client-secret=none",
        "--cookie-secret=0123456789abcdef0123456789abcdef",
        "--cookie-secure=false",
        "--email-domain=*",
        "--upstream=static://202",
        "--set-xauthrequest",
        "--request-logging=false",
        "--auth-logging=false",
        "--standard-logging=false",
    ]);
    let server = Server::start(&mut command, port, &stage.file("oauth2-proxy.log"))?;
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let entered = Client::connect(port)?.send(("POST", "/oauth2/sign_in"), &form, "username=ann&password=walk&rd=/")?;
    let cookie = entered.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.ok_or("oauth2-proxy let nobody in")?;
    let asked = format!("server 127.0.0.1:{port}; keepalive 64; keepalive_requests 1000000000;");
    let question = Question {
        put: "proxy_pass http://asked/oauth2/auth;",
        told: "auth_request_set $user $upstream_http_x_auth_request_user; proxy_set_header Remote-User $user;",
    };
    let case = doors::asking(
        stage,
        "nginx + auth_request to oauth2-proxy",
        (&asked, question),
        cookie,
    )?;
    Ok(case.with(server))
}
