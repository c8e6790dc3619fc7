//! What is decided: plain data and total functions.
//!
//! Values in, values out. Nothing here waits, asks the clock, draws a random number, logs, or reads the environment;
//! the moment and every random value are arguments.

pub mod access;
pub mod appearance;
pub mod application;
pub mod assurance;
pub mod audit;
pub mod authenticator;
pub mod certificate;
pub mod enrolment;
pub mod front;
pub mod grace;
pub mod host;
pub mod id;
pub mod identity;
pub mod invitation;
pub mod leaving;
pub mod limits;
pub mod login;
pub mod notice;
pub mod parcel;
pub mod password;
pub mod path;
pub mod policy;
pub mod recovery;
pub mod registration;
pub mod return_to;
pub mod saved_form;
pub mod secret;
pub mod sending;
pub mod session;
pub mod settings;
pub mod throttle;
pub mod time;
pub mod user;
