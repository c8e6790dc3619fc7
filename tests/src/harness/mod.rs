//! What the scenarios are made of. Servers: `redis`, `redis_group`, `postgres`, `mail_server`, `sms_gateway`, `upstream`,
//! `recorder` (keeps every byte), `nginx` (with `certificates`), `front` (servers that ask the gateway). The program under
//! test: `vestibule`, `settings`. All of them together: `world`, with people who were there before (`prepared`), and
//! `second_node` beside it, over wires that can be made bad (`relay`) and by a `clock` that can be moved.
//! Who acts: `visitor` (plain HTTP), `browser` (Chromium), `wire` (exact bytes). What comes back: `answer`, `form`,
//! `messages`.

pub(crate) mod answer;
pub(crate) mod axe;
pub(crate) mod browser;
pub(crate) mod carriers;
pub(crate) mod certificates;
pub(crate) mod clock;
pub(crate) mod cookies;
pub(crate) mod form;
pub(crate) mod front;
pub(crate) mod hello;
pub(crate) mod http2;
pub(crate) mod mail_server;
pub(crate) mod messages;
pub(crate) mod newcomer;
pub(crate) mod nginx;
pub(crate) mod patience;
pub(crate) mod pebble;
pub(crate) mod people;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod prepared;
pub(crate) mod program;
pub(crate) mod recorder;
pub(crate) mod redis;
pub(crate) mod redis_group;
pub(crate) mod relay;
pub(crate) mod second_node;
pub(crate) mod settings;
pub(crate) mod sms_gateway;
pub(crate) mod upstream;
pub(crate) mod vestibule;
pub(crate) mod visitor;
pub(crate) mod wire;
pub(crate) mod world;

/// Whether `tests/run --long` asked for the slow tests too.
pub(crate) fn is_long_run() -> bool {
    std::env::var_os("VESTIBULE_TESTS_LONG").is_some()
}
