//! Vestibule: the room between the outer door and the inner door.
pub mod app;
pub mod config;
pub mod domain;
pub mod edge;
pub mod flow;
pub mod io;
