//! A script: a module whose syntax has been checked; and the prelude, compiled once for all isolates.

use crate::sim::program::ScriptError;
use crate::worker::failure::PRELUDE;
use rquickjs::loader::{Bundle, ImportAttributes, Loader, Resolver};
use rquickjs::{Context, Ctx, Error, Module, Runtime, WriteOptions};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

/// A module Worker, ready to be started at as many PoPs as there are.
#[derive(Clone, Debug)]
pub struct Script {
    name: Arc<str>,
    source: Arc<str>,
}

impl Script {
    /// Takes a module's source; `name` is what errors call the file.
    ///
    /// # Errors
    /// If it is not a JavaScript module: the first mistake of syntax, with its place.
    pub fn load(name: &str, source: &str) -> Result<Script, ScriptError> {
        if name.contains('\0') || source.contains('\0') {
            return Err(ScriptError::nowhere(
                "a script must not contain the character NUL",
            ));
        }
        let runtime = new_runtime();
        runtime.set_loader(Modules, prelude());
        new_context(&runtime).with(|ctx| {
            let declared = Module::declare(ctx.clone(), name, source);
            declared.map(drop).map_err(|_| ScriptError::pending(&ctx))
        })?;
        Ok(Script {
            name: name.into(),
            source: source.into(),
        })
    }

    /// What errors call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether it looks as if it read the stacks of errors.
    pub(super) fn reads_stacks(&self) -> bool {
        self.source.contains(".stack")
    }
}

pub(super) fn new_runtime() -> Runtime {
    Runtime::new().expect("there is memory for an empty JavaScript engine")
}

/// An engine with the language itself, without what would show the machine: its clock, and when it collects garbage.
pub(super) fn new_context(runtime: &Runtime) -> Context {
    use rquickjs::context::intrinsic::{
        DOMException, Date, Eval, Json, MapSet, Promise, Proxy, RegExp, RegExpCompiler, TypedArrays,
    };
    type Engine = (
        Date,
        Eval,
        RegExpCompiler,
        RegExp,
        Json,
        Proxy,
        MapSet,
        TypedArrays,
        Promise,
        DOMException,
    );
    Context::custom::<Engine>(runtime).expect("there is memory for an empty JavaScript engine")
}

/// The prelude's files by the names that they import each other by.
const FILES: [(&str, &str); 14] = [
    ("kvlag:body", include_str!("prelude/body.js")),
    ("kvlag:cache", include_str!("prelude/cache.js")),
    ("kvlag:clone", include_str!("prelude/clone.js")),
    ("kvlag:console", include_str!("prelude/console.js")),
    ("kvlag:crypto", include_str!("prelude/crypto.js")),
    ("kvlag:events", include_str!("prelude/events.js")),
    ("kvlag:headers", include_str!("prelude/headers.js")),
    ("kvlag:http", include_str!("prelude/http.js")),
    ("kvlag:kv", include_str!("prelude/kv.js")),
    ("kvlag:main", include_str!("prelude/main.js")),
    ("kvlag:streams", include_str!("prelude/streams.js")),
    ("kvlag:text", include_str!("prelude/text.js")),
    ("kvlag:time", include_str!("prelude/time.js")),
    ("kvlag:url", include_str!("prelude/url.js")),
];

type Compiled = Vec<(&'static str, &'static [u8])>;

/// The prelude as bytecode. It is compiled once and kept as long as the program runs.
pub(super) fn prelude() -> Bundle {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    rquickjs::loader::bundle::Bundle(COMPILED.get_or_init(compile))
}

fn compile() -> Compiled {
    let runtime = new_runtime();
    let compiled = Rc::new(RefCell::new(Compiled::new()));
    runtime.set_loader(Modules, Sources(compiled.clone()));
    // The engine loads what a module imports when the module is compiled.
    new_context(&runtime).with(|ctx| {
        let entry = Module::declare(ctx.clone(), "kvlag:all", "import 'kvlag:main';");
        entry.unwrap_or_else(|_| panic!("the prelude compiles: {}", ScriptError::pending(&ctx)));
    });
    compiled.take()
}

/// Loads the prelude's files from their sources, and keeps what they are compiled to.
struct Sources(Rc<RefCell<Compiled>>);

impl Loader for Sources {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js>> {
        let file = FILES.iter().find(|(known, _)| *known == name);
        let (name, source) = file.ok_or_else(|| Error::new_loading(name))?;
        let module = Module::declare(ctx.clone(), *name, *source)?;
        let bytes = module.write(WriteOptions {
            strip_source: true,
            ..WriteOptions::default()
        })?;
        self.0.borrow_mut().push((name, bytes.leak()));
        Ok(module)
    }
}

/// Finds modules: the prelude's files find each other, a script finds nothing.
pub(super) struct Modules;

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        let is_ours = base.is_empty() || base.starts_with(PRELUDE);
        if is_ours && name.starts_with(PRELUDE) {
            return Ok(name.to_owned());
        }
        let why = "a simulated Worker is one file";
        Err(Error::new_resolving_message(base, name, why))
    }
}
