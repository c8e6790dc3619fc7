//! What every gateway is begun with, whether it is a program of its own or part of another: put together, told what was
//! revoked, its servers looked at, and kept in order from then on.

use super::certification::{self, Window};
use super::reload::Reload;
use super::{House, Opened, Upkeep, house};
use crate::config::Config;
use crate::domain::authenticator::phone::read_number_plans;
use crate::edge::proxy::entrance::certificates::Certificates;
use crate::edge::proxy::{Forwarding, Gateway};
use crate::io::Fault;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A gateway that is kept in order.
pub(super) struct Kept {
    /// Answers requests.
    pub(super) gateway: Gateway,
    /// Keeps it in order.
    pub(super) upkeep: Arc<Upkeep>,
}

/// What a gateway is made of.
pub(super) struct Ground {
    /// Where the configuration was read from, and is read again.
    pub(super) file: PathBuf,
    pub(super) config: Arc<Config>,
    pub(super) opened: Arc<Opened>,
    /// What is shown in TLS.
    pub(super) certificates: Option<Arc<Certificates>>,
}

/// Begins to keep a gateway in order on this runtime, as long as it runs.
///
/// # Errors
/// When it cannot be put together, or the revocation log cannot be read: nobody may be admitted then.
pub(super) fn begin(runtime: &Handle, ground: Ground, forwarding: Forwarding) -> Result<Kept, Fault> {
    runtime.spawn_blocking(read_number_plans);
    let House {
        gateway,
        upkeep,
        balance,
        recovering,
        registering,
    } = house(&ground.config, &ground.opened, forwarding)?;
    let upkeep = Arc::new(upkeep);
    let certification = Arc::clone(&gateway.certification);
    if let Some(acme) = ground.config.https.as_ref().and_then(|https| https.acme.as_ref()) {
        let plan = certification::plan(acme).map_err(|problem| Fault::new("configuration", problem))?;
        certification.replace(Some(plan));
    }
    let shown = ground.certificates.as_ref();
    let mut window = shown.map(|shown| Window::new(Arc::clone(&certification), Arc::clone(shown)));
    runtime.block_on(async {
        upkeep.prepare().await?;
        balance.begin().await;
        if let Some(window) = &mut window {
            window.refresh().await?;
        }
        Ok::<(), Fault>(())
    })?;
    runtime.spawn({
        let upkeep = Arc::clone(&upkeep);
        async move { upkeep.run().await }
    });
    runtime.spawn({
        let upkeep = Arc::clone(&upkeep);
        async move { upkeep.tell().await }
    });
    let reload = Reload {
        file: ground.file,
        config: ground.config,
        opened: ground.opened,
        settings: Arc::clone(&gateway.settings),
        balance: Arc::clone(&balance),
        certification: Arc::clone(&certification),
        certificates: ground.certificates,
    };
    runtime.spawn(reload.run());
    if let Some(window) = window {
        runtime.spawn(window.run());
        runtime.spawn(certification::order(certification));
    }
    runtime.spawn(async move { balance.run().await });
    runtime.spawn(recovering.run());
    runtime.spawn(registering.run());
    Ok(Kept { gateway, upkeep })
}
