//! Scripted operations in the printed scenario.

use super::Printer;
use crate::scenario::{Operation, Scenario, ScriptedOperation};
use crate::units::Duration;

impl Printer {
    /// Prints `[[script]]`.
    pub(super) fn script(&mut self, step: &ScriptedOperation, scenario: &Scenario) {
        self.header("[[script]]");
        self.quantity("time", Duration(step.time.0));
        self.string("pop", &scenario.pops[step.pop].code);
        match &step.operation {
            Operation::Get { key, cache_ttl } => {
                self.string("get", key);
                self.quantity("cache-ttl", *cache_ttl);
            }
            Operation::Put {
                key,
                value,
                value_size,
                expiration_ttl,
            } => {
                self.string("put", key);
                if let Some(value) = value {
                    self.string("value", value);
                }
                if let Some(size) = value_size {
                    self.quantity("value-size", *size);
                }
                if let Some(ttl) = expiration_ttl {
                    self.quantity("expiration-ttl", *ttl);
                }
            }
            Operation::Delete { key } => self.string("delete", key),
            Operation::List { prefix, page } => {
                self.string("list", prefix);
                self.line("page", page);
            }
        }
    }
}
