//! Codes by call: the companies that speak them; any other by [`super::http`].

pub mod twilio;
