//! The language of scenario files: from TOML text to the valid [`Scenario`](super::Scenario), or to every
//! mistake in it at once.
//!
//! [`load`] is the way through: the text becomes a tree of values (`syntax`, `source`), changed by the command
//! line (`set`), then takes the shape of a file (`file`, `shape`, `quantity`, `forms`, `written`), then its
//! meaning (`validate`, `expect`). `print` writes it down again with every default; `schema` describes it to
//! editors; whatever is wrong becomes a [`diagnostic`].

pub mod diagnostic;
mod expect;
mod file;
mod forms;
pub mod load;
mod print;
mod quantity;
pub mod schema;
mod set;
mod shape;
mod source;
mod suggest;
mod syntax;
mod validate;
mod written;

pub use validate::bounds;
