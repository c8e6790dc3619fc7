//! A second gateway beside that of a `serve` world: the same configuration and keys, the same Redis and PostgreSQL, the
//! same names and ports at another address of this machine. What it calls goes over wires that can be made bad.

use std::net::Ipv4Addr;
use std::path::Path;

use tempfile::TempDir;
use toml::{Table, Value};
use url::Url;

use super::relay::Relay;
use super::vestibule::Server;
use super::world::World;

/// Where the second node listens.
pub(crate) const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

pub(crate) struct SecondNode {
    pub(crate) server: Server,
    /// Its wire to Redis.
    pub(crate) redis: Relay,
    /// Its wire to PostgreSQL.
    pub(crate) sql: Relay,
    _folder: TempDir,
}

impl SecondNode {
    pub(crate) async fn beside(world: &World, environment: &[(String, String)]) -> SecondNode {
        let folder = tempfile::tempdir().expect("a folder for the second gateway");
        let text = std::fs::read_to_string(&world.config).expect("a configuration");
        let mut config: Table = text.parse().expect("TOML");
        let listen = config["listen"].as_table_mut().expect("a table");
        for key in ["http", "admin"] {
            move_to_second(&mut listen[key]);
        }
        if let Some(https) = listen.get_mut("https") {
            move_to_second(&mut https["address"]);
        }
        let redis = relayed(&mut config["store"]["url"]).await;
        let sql = relayed(&mut config["directory"]["url"]).await;
        let keys = folder.path().join("keys");
        copy_keys(Path::new(config["keys"]["directory"].as_str().expect("a path")), &keys);
        config["keys"]["directory"] = Value::String(keys.to_string_lossy().into_owned());
        let path = folder.path().join("vestibule.toml");
        std::fs::write(&path, config.to_string()).expect("a writable folder");
        let serve = ["serve", "--config", &path.to_string_lossy(), "--json"];
        SecondNode {
            server: Server::start_in(environment, &serve).await,
            redis,
            sql,
            _folder: folder,
        }
    }
}

fn move_to_second(address: &mut Value) {
    let moved = address
        .as_str()
        .expect("an address")
        .replace("127.0.0.1:", "127.0.0.2:");
    *address = Value::String(moved);
}

/// A relay to the server of a URL, which then leads to the relay.
async fn relayed(url: &mut Value) -> Relay {
    let mut parsed = Url::parse(url.as_str().expect("a URL")).expect("a URL");
    let relay = Relay::to(parsed.port().expect("a port")).await;
    parsed.set_port(Some(relay.port())).expect("a URL with a host");
    *url = Value::String(parsed.to_string());
    relay
}

fn copy_keys(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .expect("cp(1)");
    assert!(done.success());
}
