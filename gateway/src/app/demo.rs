//! The demo: a data directory, the configuration in it, the people, the sample application, then the gateway itself.

use super::command::{print, say};
use super::serve::{Beside, Start, free, serve, serve_router};
use super::{Opened, open};
use crate::config;
use crate::edge::admin::answer::{Exit, Format};
use crate::edge::admin::cli::Demo;
use crate::edge::demo::announcement::Announcement;
use crate::edge::demo::outbox::{self, OutboxMessage};
use crate::edge::demo::settings::{Addresses, config_text};
use crate::edge::demo::{people, sample};
use crate::io::Fault;
use crate::io::courier::outbox::{Channel as Kept, Message};
use crate::io::sql::Asker;
use axum::Router;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The file the demo runs by.
const CONFIG: &str = "vestibule.toml";
/// What a fresh demo forgets.
const STATE: [&str; 7] = [
    "store.db",
    "store.db-wal",
    "store.db-shm",
    "directory.db",
    "directory.db-wal",
    "directory.db-shm",
    "keys",
];

/// Runs the demo until it is asked to end.
///
/// # Errors
/// When its directory cannot be used or an address is taken.
pub(super) fn run(demo: Demo, runtime: &Runtime) -> Result<Exit, Fault> {
    prepare(&demo)?;
    let sample = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| Fault::new("sample application", error))?;
    let sample_address = sample
        .local_addr()
        .map_err(|error| Fault::new("sample application", error))?;
    let addresses = Addresses {
        http: free(demo.listen)?,
        admin: free(demo.admin)?,
        sample: sample_address,
    };
    let file = demo.data.join(CONFIG);
    std::fs::write(&file, config_text(&addresses)).map_err(|error| at(&file, error))?;
    let config = config::load(&file).map_err(|problems| Fault::new("demo", problems))?;
    let accounts = runtime.block_on(async {
        let opened = open(&config, Asker::Operator).await?;
        people::ensure(&opened.outside, &config.settings).await
    })?;
    let opened = runtime.block_on(open(&config, Asker::Request))?;
    runtime.spawn(serve_router(sample, sample::router()));
    let announcement = Announcement::new(&addresses, accounts);
    let (format, directory) = (demo.output.format(), demo.data.clone());
    let announce = Box::new(move |_| match format {
        Format::Json => print(&announcement.json()),
        Format::Text => say(&announcement.text(&directory)),
    });
    let beside = Beside {
        admin: outbox_pages(&opened),
        file,
        start: Start::First,
        announce,
    };
    serve(config, opened, (runtime.handle(), beside)).map(|()| Exit::Done)
}

fn prepare(demo: &Demo) -> Result<(), Fault> {
    std::fs::create_dir_all(&demo.data).map_err(|error| at(&demo.data, error))?;
    if !demo.fresh {
        return Ok(());
    }
    for path in STATE.map(|name| demo.data.join(name)) {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(&path, error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// The messages that stayed here, for the operators' listener; nothing where couriers really send.
pub(super) fn outbox_pages(opened: &Opened) -> Router {
    let Some(outbox) = opened.outbox.clone() else {
        return Router::new();
    };
    Router::new().nest(
        "/outbox",
        outbox::router(Arc::new(move || outbox.messages().into_iter().map(shown).collect())),
    )
}

fn shown(message: Message) -> OutboxMessage {
    let Message {
        channel,
        to,
        subject,
        text,
        at,
    } = message;
    let channel = match channel {
        Kept::Sms => outbox::Channel::Sms,
        Kept::Voice => outbox::Channel::Voice,
        Kept::Email => outbox::Channel::Email,
    };
    OutboxMessage {
        channel,
        to,
        subject,
        text,
        at,
    }
}

fn at(path: &Path, error: impl std::fmt::Display) -> Fault {
    Fault::new("demo", format!("{}: {error}", path.display()))
}
