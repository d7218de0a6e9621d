//! HTTP: who listens where, and which protocol a request speaks.

mod access;
mod binding;
mod body;
mod control;
mod metrics;
mod page;
mod reply;
mod rest;
pub mod server;
mod view;
