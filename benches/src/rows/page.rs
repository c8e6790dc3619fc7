//! The first page that a stranger sees.

use super::Row;
use crate::Outcome;
use crate::client::{Answer, Client};
use crate::plan::Wish;
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "page",
    about: "the login page with everything it needs, heads included, after the redirect to it",
    measure,
};

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let plan = stage.house.plan(Wish::PLAIN)?;
    let _server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let mut client = Client::connect(plan.port)?;
    let sent = client.get("/", &["Accept: text/html"])?;
    let to = sent.header("location").ok_or("nobody is sent to login")?;
    let path = to.strip_prefix(&plan.origin).unwrap_or(to);
    let nonce = sent.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = format!("Cookie: {}", nonce.unwrap_or("none=none"));
    let headers = ["Accept: text/html", "Accept-Encoding: gzip, br", cookie.as_str()];
    let page = whole(client.get(path, &headers)?)?;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let mut bytes = size(&page);
    let assets = assets(&html);
    for asset in &assets {
        bytes += size(&whole(
            client.get(asset, &["Accept-Encoding: gzip, br", cookie.as_str()])?,
        )?);
    }
    sheet.judge("login page", "KB", (bytes as f64 / 1e3, Aim::AtMost(30.0)));
    sheet.judge("login page", "requests", ((1 + assets.len()) as f64, Aim::AtMost(3.0)));
    Ok(())
}

fn whole(answer: Answer) -> Outcome<Answer> {
    match answer.status {
        200 => Ok(answer),
        other => Err(format!("a part of the login page was answered {other}").into()),
    }
}

fn size(answer: &Answer) -> usize {
    answer.head.len() + answer.body.len()
}

/// What a browser loads by itself.
fn assets(html: &str) -> Vec<String> {
    let tags = html.split('<').filter_map(|tag| tag.split('>').next());
    let loaded = tags.filter_map(|tag| {
        let attribute = match tag.split(' ').next()? {
            "link" => " href=\"",
            "script" | "img" => " src=\"",
            _ => return None,
        };
        let (_, rest) = tag.split_once(attribute)?;
        let path = rest.split('"').next()?;
        path.starts_with('/').then(|| path.to_owned())
    });
    let mut loaded: Vec<String> = loaded.collect();
    loaded.sort();
    loaded.dedup();
    loaded
}
