//! The language of scenario files: from TOML text to the valid [`Scenario`](super::Scenario), or to every
//! mistake in it at once.
//!
//! [`load`] is the way through: the text becomes a tree of values (`syntax`, `source`), changed by the command
//! line (`set`), then takes the shape of a file (`file`, `shape`, `quantity`, `forms`, `written`), then its
//! meaning (`validate`, `expect`; `key_pattern`, `value` and `condition` for what steps of clients say, `text_pattern`
//! for what requests say, `placeholder` in both). `print` writes it down again with every default; `schema` describes
//! it to editors; whatever is wrong becomes a [`diagnostic`].

mod condition;
pub mod diagnostic;
mod expect;
mod file;
mod forms;
mod key_pattern;
pub mod load;
mod placeholder;
mod print;
mod quantity;
pub mod schema;
mod set;
mod shape;
mod slip;
mod source;
pub(crate) mod suggest;
mod syntax;
mod text_pattern;
mod unknown_key;
mod validate;
mod value;
pub mod variation;
mod written;

pub use validate::bounds;
