//! A wire that can be made bad: it stands between a gateway and a server it calls, and passes, delays, swallows or cuts
//! what goes over it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wiring {
    Whole,
    /// What comes back waits this long.
    Slow(Duration),
    /// Connections stay open, and nothing arrives.
    Silent,
    /// Connections break, and new ones do too.
    Cut,
}

pub(crate) struct Relay {
    port: u16,
    wiring: watch::Sender<Wiring>,
}

impl Relay {
    pub(crate) async fn to(port: u16) -> Relay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let own = listener.local_addr().expect("a bound port").port();
        let (wiring, state) = watch::channel(Wiring::Whole);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *state.borrow() != Wiring::Cut {
                    tokio::spawn(connect(near, port, state.clone()));
                }
            }
        });
        Relay { port: own, wiring }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn make(&self, wiring: Wiring) {
        self.wiring.send_replace(wiring);
    }
}

async fn connect(near: TcpStream, port: u16, wiring: watch::Receiver<Wiring>) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pass((from_near, to_far), Way::There, wiring.clone()) => {}
        () = pass((from_far, to_near), Way::Back, wiring.clone()) => {}
        () = is_cut(wiring) => {}
    }
}

async fn is_cut(mut wiring: watch::Receiver<Wiring>) {
    // The relay is gone when this fails, and nothing must pass any more either.
    let _ = wiring.wait_for(|wiring| *wiring == Wiring::Cut).await;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

async fn pass((mut from, mut to): (OwnedReadHalf, OwnedWriteHalf), way: Way, mut wiring: watch::Receiver<Wiring>) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let Ok(state) = wiring
            .wait_for(|wiring| *wiring != Wiring::Silent)
            .await
            .map(|state| *state)
        else {
            return;
        };
        if let (Wiring::Slow(delay), Way::Back) = (state, way) {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
