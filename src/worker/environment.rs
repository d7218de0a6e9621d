//! What surrounds a script: its bindings, its limits, and the date on which simulated time begins.

/// What a script finds in `env`, and within which limits it runs.
#[derive(Clone, Debug)]
pub struct Environment {
    /// KV bindings: the name in `env`, and the number by which operations name the namespace.
    pub namespaces: Vec<(String, u32)>,
    /// Plain text variables: name and value.
    pub variables: Vec<(String, String)>,
    /// What bounds a script.
    pub limits: Limits,
    /// Whether the limits that the platform publishes for operations are enforced (sizes of keys, values and
    /// metadata, the least `cacheTtl` and expiration, pages of lists, keys of a bulk read, operations and connections
    /// of a request). Without them only mistakes of type are refused.
    pub enforce_published: bool,
    /// Milliseconds since 1970 at simulated time 0.
    pub epoch_ms: i64,
    /// The code of the PoP: what `request.cf.colo` says.
    pub colo: Option<String>,
    /// The country of the PoP, in two letters: what `request.cf.country` says of those who ask there.
    pub country: Option<String>,
}

impl Default for Environment {
    fn default() -> Self {
        Environment {
            namespaces: Vec::new(),
            variables: Vec::new(),
            limits: Limits::default(),
            enforce_published: true,
            // 2026-01-01T00:00:00Z
            epoch_ms: 1_767_225_600_000,
            colo: None,
            country: None,
        }
    }
}

/// What bounds a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of one event, in steps of ten thousand loop turns and calls, or of a hundred jobs of promises. It is counted, not measured: the
    /// same script stops at the same place on every machine. The default is somewhat like a second.
    pub cpu_steps: u32,
    /// Memory of an isolate, in bytes.
    pub memory_bytes: usize,
    /// Depth of calls, in bytes of stack. The thread that runs the isolate must have that much and more.
    pub stack_bytes: usize,
    /// Operations that one request may start; a read of several keys is one.
    pub operations_per_request: u32,
    /// Operations of one request that may be open at once: further ones wait for an earlier one's answer. Reads of
    /// several keys are exempt, as on the platform.
    pub connections_per_request: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cpu_steps: 2_500,
            memory_bytes: 128 << 20,
            stack_bytes: 512 << 10,
            operations_per_request: 1_000,
            connections_per_request: 6,
        }
    }
}
