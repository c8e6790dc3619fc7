//! Rows of two: Vestibule and what it is compared with, under the same load.

use super::Row;
use crate::Outcome;
use crate::doors::{self, Bare, Question};
use crate::house::SECRET;
use crate::load::{CONNECTIONS, Case, Load, Measured, put_on};
use crate::plan::Wish;
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const UNLOADED: Row = Row {
    name: "unloaded",
    about: "one connection, one request at a time",
    measure: |stage, sheet| {
        let (ours, bare) = both(stage, (Wish::PLAIN, Bare::SAME), sheet, &|case| {
            put_on(stage, case, &Load::Connections(1))
        })?;
        if let (Some(ours), Some(bare)) = (ours.p50_microseconds, bare.p50_microseconds) {
            sheet.judge("Vestibule - bare Pingora", "p50 µs", (ours - bare, Aim::AtMost(5.0)));
        }
        Ok(())
    },
};

pub(super) const FORWARD_AUTH: Row = Row {
    name: "forward-auth",
    about: "nginx asks about each request: Vestibule, or an nginx that says 200",
    measure: |stage, sheet| {
        let floor = take(stage, &doors::trivial(stage, "nginx + trivial 200")?, sheet)?;
        let ours = take(stage, &behind_nginx(stage)?, sheet)?;
        ratio(sheet, "Vestibule / trivial 200", (ours, floor), 0.85);
        Ok(())
    },
};

pub(super) const ANONYMOUS: Row = Row {
    name: "anonymous",
    about: "a page load without a session is sent to login; the bare Pingora answers 302 by itself",
    measure: |stage, sheet| {
        let redirecting = Bare {
            redirect: Some("/.vestibule/login"),
            ..Bare::SAME
        };
        let (ours, bare) = both(stage, (Wish::PLAIN, redirecting), sheet, &|case| {
            let stranger = Case {
                name: case.name,
                url: case.url.clone(),
                headers: vec!["Accept: text/html".to_owned(), "Sec-Fetch-Mode: navigate".to_owned()],
                servers: Vec::new(),
                beside: case.pids(),
            };
            put_on(stage, &stranger, &Load::Connections(CONNECTIONS))
        })?;
        ratio(sheet, "Vestibule / bare Pingora", (ours, bare), 0.9);
        Ok(())
    },
};

pub(super) const TLS: Row = Row {
    name: "tls",
    about: "TLS 1.3, HTTP/1.1, connections kept",
    measure: |stage, sheet| in_tls(stage, &Load::Connections(CONNECTIONS), sheet),
};

pub(super) const HTTP2: Row = Row {
    name: "http2",
    about: "HTTP/2 in TLS, 8 connections with 8 streams each",
    measure: |stage, sheet| in_tls(stage, &Load::Http2, sheet),
};

pub(super) const NO_KEEP_ALIVE: Row = Row {
    name: "no-keep-alive",
    about: "a connection for each request",
    measure: |stage, sheet| with(stage, ("", "Connection: close"), sheet),
};

pub(super) const TEN_KIBIBYTES: Row = Row {
    name: "10-KiB",
    about: "an answer of 10 KiB",
    measure: |stage, sheet| with(stage, ("10-KiB", ""), sheet),
};

pub(super) const ONE_MEBIBYTE: Row = Row {
    name: "1-MiB",
    about: "an answer of 1 MiB",
    measure: |stage, sheet| with(stage, ("1-MiB", ""), sheet),
};

fn in_tls(stage: &Stage, load: &Load, sheet: &mut Sheet) -> Outcome<()> {
    let wish = Wish {
        tls: true,
        ..Wish::PLAIN
    };
    let bare = Bare {
        tls: true,
        ..Bare::SAME
    };
    let (ours, bare) = both(stage, (wish, bare), sheet, &|case| put_on(stage, case, load))?;
    ratio(sheet, "Vestibule / bare Pingora", (ours, bare), 0.95);
    Ok(())
}

/// The usual load on another path, or with one more header.
fn with(stage: &Stage, (path, header): (&str, &str), sheet: &mut Sheet) -> Outcome<()> {
    let (ours, bare) = both(stage, (Wish::PLAIN, Bare::SAME), sheet, &|case| {
        let further = (!header.is_empty()).then(|| header.to_owned());
        let case = Case {
            name: case.name,
            url: format!("{}{path}", case.url),
            headers: case.headers.iter().cloned().chain(further).collect(),
            servers: Vec::new(),
            beside: case.pids(),
        };
        put_on(stage, &case, &Load::Connections(CONNECTIONS))
    })?;
    ratio(sheet, "Vestibule / bare Pingora", (ours, bare), 0.95);
    Ok(())
}

/// Measures bare Pingora, then Vestibule; Vestibule's first.
fn both(
    stage: &Stage,
    (wish, bare): (Wish, Bare),
    sheet: &mut Sheet,
    put: &dyn Fn(&Case) -> Outcome<Measured>,
) -> Outcome<(Measured, Measured)> {
    let bare = {
        let case = doors::bare(stage, "bare Pingora", bare)?;
        let measured = put(&case)?;
        measured.show(case.name, sheet);
        measured
    };
    let case = doors::vestibule(stage, "Vestibule", wish)?;
    let ours = put(&case)?;
    ours.show(case.name, sheet);
    Ok((ours, bare))
}

fn take(stage: &Stage, case: &Case, sheet: &mut Sheet) -> Outcome<Measured> {
    let measured = put_on(stage, case, &Load::Connections(CONNECTIONS))?;
    measured.show(case.name, sheet);
    Ok(measured)
}

fn ratio(sheet: &mut Sheet, of: &str, (ours, theirs): (Measured, Measured), least: f64) {
    let requests = ours.requests_per_second / theirs.requests_per_second;
    sheet.judge(of, "requests per second", (requests, Aim::AtLeast(least)));
    let cpu = ours.cpu_microseconds / theirs.cpu_microseconds;
    sheet.show(of, "CPU per request", cpu);
}

/// nginx that asks Vestibule, as `config/fronts/nginx.conf` says.
fn behind_nginx(stage: &Stage) -> Outcome<Case> {
    let plan = stage.house.plan(Wish {
        front: true,
        ..Wish::PLAIN
    })?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let cookies = stage.house.sessions(&plan, 1)?;
    let cookie = cookies.first().ok_or("no session")?;
    let asked = format!(
        "server 127.0.0.1:{}; keepalive 64; keepalive_requests 1000000000;",
        plan.port
    );
    let put = format!(
        "proxy_pass http://asked/.vestibule/authorize/nginx;
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URL {}$request_uri;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto \"\"; proxy_set_header X-Forwarded-Host \"\";
        proxy_set_header X-Forwarded-Uri \"\"; proxy_set_header X-Forwarded-Method \"\";
        proxy_set_header Vestibule-Secret {SECRET};
        proxy_buffer_size 32k; proxy_buffers 4 32k;",
        plan.origin
    );
    let question = Question { put: &put, told: TOLD };
    let case = doors::asking(stage, "nginx + Vestibule", (&asked, question), cookie)?;
    Ok(case.with(server))
}

/// What the upstream is told, as in `config/fronts/nginx.conf`.
const TOLD: &str = "
    auth_request_set $vestibule_cookie    $upstream_http_cookie;
    auth_request_set $vestibule_user      $upstream_http_remote_user;
    auth_request_set $vestibule_name      $upstream_http_remote_name;
    auth_request_set $vestibule_email     $upstream_http_remote_email;
    auth_request_set $vestibule_groups    $upstream_http_remote_groups;
    auth_request_set $vestibule_assertion $upstream_http_vestibule_assertion;
    proxy_set_header Remote-User         $vestibule_user;
    proxy_set_header Remote-Name         $vestibule_name;
    proxy_set_header Remote-Email        $vestibule_email;
    proxy_set_header Remote-Groups       $vestibule_groups;
    proxy_set_header Vestibule-Assertion $vestibule_assertion;
    proxy_set_header Cookie              $vestibule_cookie;
    proxy_set_header X-Forwarded-For     $remote_addr;
    proxy_set_header X-Forwarded-Proto   $scheme;
    proxy_set_header Host                $http_host;
";
