//! Sessions in great number: copies of one that was really logged in, written by the store's own verbs.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::task::JoinSet;
use vestibule::app;
use vestibule::config;
use vestibule::domain::id::SessionId;
use vestibule::domain::secret::Token;
use vestibule::domain::session::Session;
use vestibule::flow::Outside;
use vestibule::io::sql::Asker;
use vestibule::io::store::Replaced;
use vestibule::io::store::records::SessionToken;

use crate::Outcome;

/// How long the copies are kept.
const KEPT: Duration = Duration::from_secs(3600);
/// How many are written at a time.
const AT_A_TIME: usize = 64;

/// What is around the program that this configuration is for.
pub(crate) async fn outside(file: &Path) -> Outcome<Outside> {
    let config = config::load(file).map_err(|problems| format!("{problems:?}"))?;
    let opened = app::open(&config, Asker::Request)
        .await
        .map_err(|fault| fault.to_string())?;
    Ok(opened.outside)
}

/// The session that these cookies stand for, seen just now, so that it outlasts a long run.
pub(crate) async fn of(file: &Path, cookies: &str) -> Outcome<Session> {
    let outside = outside(file).await?;
    let records = outside.records;
    let (token, _) = records
        .get::<SessionToken>(&token(cookies)?.hash().to_string())
        .await?
        .ok_or("the token stands for nothing")?;
    let name = token.session.to_string();
    let (session, version) = records.get::<Session>(&name).await?.ok_or("there is no such session")?;
    let session = Session {
        last_seen_at: outside.clock.now(),
        ..session
    };
    match records.replace(&name, version, &session, KEPT).await? {
        Replaced::Done => Ok(session),
        Replaced::Stale => Err("somebody else writes the session".into()),
    }
}

/// The session's token among these cookies.
pub(crate) fn token(cookies: &str) -> Outcome<Token> {
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let is_session = |name: &str| {
        name.strip_prefix("vestibule-")
            .is_some_and(|port| port.parse::<u16>().is_ok())
    };
    let (_, token) = pairs
        .find(|(name, _)| is_session(name))
        .ok_or("no session among the cookies")?;
    Ok(Token::parse(token).map_err(|_| "no token in the session's cookie")?)
}

/// Writes so many copies, and prints the `Cookie` header of each.
pub(crate) async fn copy(session: &Session, many: usize, (file, origin): (&Path, &str)) -> Outcome<()> {
    let outside = outside(file).await?;
    let (scheme, host) = origin.split_once("://").ok_or("an odd origin")?;
    let name = match (scheme, host.rsplit_once(':')) {
        ("https", _) => "__Host-vestibule".to_owned(),
        (_, Some((_, port))) => format!("vestibule-{port}"),
        (_, None) => return Err("an origin without a port".into()),
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut writing = JoinSet::new();
    for _ in 0..many {
        while writing.len() >= AT_A_TIME {
            writing.join_next().await.transpose()?.transpose()?;
        }
        let (mut id, mut token) = ([0; 16], [0; 32]);
        outside.entropy.fill(&mut id);
        outside.entropy.fill(&mut token);
        let token = Token::from_bytes(token);
        writeln!(out, "{name}={}", token.to_text())?;
        let copy = Session {
            id: SessionId::from_bytes(id),
            ..session.clone()
        };
        writing.spawn(write(outside.clone(), token, (copy, host.to_owned())));
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(out.flush()?)
}

async fn write(outside: Outside, token: Token, (session, host): (Session, String)) -> Outcome<()> {
    let key = SessionToken {
        session: session.id,
        host,
        proofs: session.authentications.len(),
        user: Some(session.user),
    };
    let records = &outside.records;
    let _ = records.insert(&session.id.to_string(), &session, KEPT).await?;
    let _ = records.insert(&token.hash().to_string(), &key, KEPT).await?;
    Ok(())
}

/// As many tokens and sessions as asked for, unless they are there; the values are as long as real ones.
pub(crate) async fn fill(store: &Path, many: i64) -> Outcome<()> {
    let options = SqliteConnectOptions::new().filename(store);
    let mut database = options.disable_statement_logging().connect().await?;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM record")
        .fetch_one(&mut database)
        .await?;
    if rows < 2 * many {
        sqlx::query(FILL).bind(many).execute(&mut database).await?;
    }
    Ok(database.close().await?)
}

const FILL: &str = "
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
    INSERT INTO record
    SELECT 'session:' || lower(hex(randomblob(16))), randomblob(420), n, 9000000000000 FROM number
    UNION ALL SELECT 'token:' || lower(hex(randomblob(32))), randomblob(260), n, 9000000000000 FROM number";
