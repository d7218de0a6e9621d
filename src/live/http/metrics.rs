//! What is counted, in the text format of Prometheus
//! (prometheus.io/docs/instrumenting/exposition_formats).

use super::server::App;
use crate::live::census::{AtPop, BOUNDS_S, Times};
use crate::live::session::{Look, View};
use crate::sim::observation::CacheStatus;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Its path.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let look = Look {
        reads_from: u64::MAX,
        writes_from: u64::MAX,
        ..Look::default()
    };
    match app.session.look(look).await {
        Ok(view) => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text(&app, &view)).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Writes metrics one after the other.
struct Exposition<'a> {
    app: &'a App,
    view: &'a View,
    text: String,
}

fn text(app: &App, view: &View) -> String {
    let mut exposition = Exposition {
        app,
        view,
        text: String::new(),
    };
    exposition.of_operations();
    exposition.of_times();
    exposition.of_session();
    exposition.text
}

impl Exposition<'_> {
    fn of_operations(&mut self) {
        let name = "kvlag_reads_total";
        self.head(
            name,
            "counter",
            "Reads that were answered, by how the cache answered.",
        );
        for status in [CacheStatus::Hit, CacheStatus::Coalesced, CacheStatus::Fetch] {
            let word = match status {
                CacheStatus::Hit => "hit",
                CacheStatus::Coalesced => "coalesced",
                CacheStatus::Fetch => "fetch",
            };
            let label = format!(",status=\"{word}\"");
            self.by_pop(name, &label, |at| at.reads[status as usize]);
        }
        let name = "kvlag_stale_reads_total";
        let help = "Reads that returned a version after a newer one had been committed.";
        self.head(name, "counter", help);
        self.by_pop(name, "", |at| at.stale_reads);
        let name = "kvlag_writes_total";
        self.head(
            name,
            "counter",
            "Puts and deletes that arrived at the store.",
        );
        self.by_pop(name, ",op=\"put\",result=\"accepted\"", |at| at.puts);
        self.by_pop(name, ",op=\"delete\",result=\"accepted\"", |at| at.deletes);
        self.by_pop(name, ",op=\"any\",result=\"rejected\"", |at| at.rejected);
        let name = "kvlag_list_pages_total";
        self.head(name, "counter", "Pages of keys that were listed.");
        self.by_pop(name, "", |at| at.lists);
        let name = "kvlag_store_reads_total";
        let help = "Requests that reads caused at the central store.";
        self.head(name, "counter", help);
        self.by_pop(name, "", |at| at.store_reads);
    }

    fn of_times(&mut self) {
        let help = "From the start of a read to its answer, in simulated seconds.";
        self.histogram("kvlag_read_latency_seconds", help, |at| &at.read_latency);
        let help =
            "Of stale reads: since when what they returned was superseded, in simulated seconds.";
        self.histogram("kvlag_staleness_seconds", help, |at| &at.staleness);
        let help = "From the start of an accepted write to its answer, in simulated seconds.";
        self.histogram("kvlag_write_latency_seconds", help, |at| &at.write_latency);
    }

    fn of_session(&mut self) {
        let (view, app) = (self.view, self.app);
        let pace = app.session.pace();
        let speed = if pace.is_paused() {
            0.0
        } else {
            pace.speed_going()
        };
        let budget = &app.session.budget;
        let connections = app.connections.load(Ordering::Relaxed);
        let gauges = [
            (
                "kvlag_simulated_time_seconds",
                "Simulated time since the session began.",
                view.time.0 as f64 / 1e9,
            ),
            (
                "kvlag_speed",
                "Simulated seconds to a second of the wall clock.",
                speed,
            ),
            (
                "kvlag_lag_seconds",
                "How far behind the wall clock events happened, at most, in the last second.",
                view.lag.now_s,
            ),
            (
                "kvlag_open_operations",
                "Operations that wait for their answer.",
                view.open_operations as f64,
            ),
            ("kvlag_keys", "Keys that were asked for.", view.keys as f64),
            (
                "kvlag_memory_bytes",
                "Memory that values, versions and requests take.",
                budget.taken() as f64,
            ),
            (
                "kvlag_memory_limit_bytes",
                "Memory that they may take.",
                budget.max() as f64,
            ),
            ("kvlag_connections", "Open connections.", connections as f64),
        ];
        for (name, help, value) in gauges {
            self.head(name, "gauge", help);
            let _ = writeln!(self.text, "{name} {value}");
        }
        let name = "kvlag_late_events_total";
        let help = "Events that happened more than 5 ms behind the wall clock.";
        self.head(name, "counter", help);
        let _ = writeln!(self.text, "{name} {}", view.lag.late_events);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn by_pop(&mut self, name: &str, labels: &str, count: impl Fn(&AtPop) -> u64) {
        for (pop, at) in self.app.scenario.pops.iter().zip(&self.view.pops) {
            let (code, count) = (&pop.code, count(at));
            let _ = writeln!(self.text, "{name}{{pop=\"{code}\"{labels}}} {count}");
        }
    }

    fn histogram(&mut self, name: &str, help: &str, times: impl Fn(&AtPop) -> &Times) {
        self.head(name, "histogram", help);
        for (pop, at) in self.app.scenario.pops.iter().zip(&self.view.pops) {
            let (code, times) = (&pop.code, times(at));
            if times.count() == 0 {
                continue;
            }
            let bounds = BOUNDS_S.iter().map(f64::to_string);
            let bounds = bounds.chain(["+Inf".to_owned()]);
            let mut sum = 0;
            for (bound, count) in bounds.zip(times.counts) {
                sum += count;
                let _ = writeln!(
                    self.text,
                    "{name}_bucket{{pop=\"{code}\",le=\"{bound}\"}} {sum}"
                );
            }
            let _ = writeln!(self.text, "{name}_sum{{pop=\"{code}\"}} {}", times.sum_s);
            let _ = writeln!(self.text, "{name}_count{{pop=\"{code}\"}} {sum}");
        }
    }
}
