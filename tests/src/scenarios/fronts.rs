//! The same door everywhere: one table of what people, programs and attackers see, through the gateway itself and behind
//! each front that asks it.

mod strips;
mod table;

use std::net::Ipv4Addr;

use crate::harness::certificates::Authority;
use crate::harness::front::{Around, Front, Kind, SECRET, certificate};
use crate::harness::ports::free_port;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;
use crate::scenarios::forward_auth::RULES;

/// An application, and everything before it.
struct Place {
    world: World,
    upstream: Upstream,
    authority: Authority,
    front: Option<Front>,
}

impl Place {
    /// Through the gateway's own proxy.
    async fn itself() -> Place {
        let (authority, upstream) = (Authority::new(), application().await);
        let plan = Plan::new().https(&certificate(&authority)).upstream(&upstream.url());
        Place {
            world: World::serve(plan.rules(RULES)).await,
            upstream,
            authority,
            front: None,
        }
    }

    /// Through a proxy of somebody else's, with the gateway inside.
    async fn inside_another() -> Place {
        let (authority, upstream) = (Authority::new(), application().await);
        let plan = Plan::new().https(&certificate(&authority)).rules(RULES);
        let plan = plan.in_proxy(&format!("127.0.0.1:{}", upstream.port()));
        Place {
            world: World::serve(plan).await,
            upstream,
            authority,
            front: None,
        }
    }

    async fn behind(kind: Kind) -> Place {
        let (authority, upstream, port) = (Authority::new(), application().await, free_port());
        let plan = Plan::new().front(port).upstream("none").rules(RULES);
        let plan = plan.listen("trusted_proxies = [\"127.0.0.1\"]").secret("front", SECRET);
        let world = World::serve(plan.more("[forward_auth]\nsecret_file = \"front\"")).await;
        let around = Around {
            port,
            vestibule: world.plain_port,
            upstream: upstream.port(),
            certificate: &certificate(&authority),
        };
        let front = Front::start(kind, &around).await;
        Place {
            world,
            upstream,
            authority,
            front: Some(front),
        }
    }

    fn visitor(&self) -> Visitor {
        let root = self.authority.root();
        Visitor::with(Ipv4Addr::LOCALHOST, |client| {
            client.add_root_certificate(root).http1_only()
        })
    }

    fn is_behind(&self, kind: Kind) -> bool {
        self.front.as_ref().is_some_and(|front| front.kind == kind)
    }

    fn reached(&self, target: &str) -> Option<Request> {
        let mut requests = self.upstream.requests().into_iter();
        requests.find(|request| request.head.target() == target)
    }
}

/// Says `reached`, and opens whatever tunnel is asked for.
async fn application() -> Upstream {
    Upstream::answering(|request: &Request| match request.head.value("upgrade") {
        Some(_) => Reply::Raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_owned()),
        None => Reply::text("reached"),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn through_the_gateway_itself() {
    table::every_row(Place::itself().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_another_proxy() {
    table::every_row(Place::inside_another().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx() {
    table::every_row(Place::behind(Kind::Nginx).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_caddy() {
    table::every_row(Place::behind(Kind::Caddy).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy() {
    table::every_row(Place::behind(Kind::HaProxy).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_envoy() {
    table::every_row(Place::behind(Kind::Envoy).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_traefik() {
    table::every_row(Place::behind(Kind::Traefik).await).await;
}
