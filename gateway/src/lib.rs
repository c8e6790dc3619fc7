//! Vestibule: the room between the outer door and the inner door.
pub mod config;
pub mod domain;
pub mod flow;
pub mod io;
