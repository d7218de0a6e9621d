//! How many reads a second a live session answers, and how right its delays are: `cargo bench --bench live`.
//!
//! So many connections ask at a steady rate, half of them for keys that their PoP has no copy of. Each answer tells how
//! long it took in simulated time; what it took beyond that is the machine's. The drawn delays are held against the
//! scenario's own distribution.

#[path = "../common/http.rs"]
#[expect(dead_code, reason = "here connections are kept")]
mod http;
#[path = "../common/served.rs"]
#[expect(dead_code, reason = "likewise")]
mod served;

use served::Served;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// 20 ms there and 20 ms back on average, of which 5 ms each are drawn, and 1 ms in the cache.
const WORLD: &str = r#"
title    = "Load"
duration = "1m"
[store]
at = "IAD"
[network]
inflation = "100%"
per-link  = "15ms"
jitter    = { exponential = { mean = "5ms" } }
[pop.HERE]
near = "IAD"
"#;

const CONNECTIONS: u32 = 256;
const SECONDS: u32 = 10;

/// What one answer took, in milliseconds.
struct Took {
    measured_ms: f64,
    simulated_ms: f64,
}

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let rates: &[u32] = match std::env::args().any(|argument| argument == "--bench") {
        true => &[1_000, 5_000, 20_000],
        false => return,
    };
    println!(
        "reads/s asked  answered  beyond the simulated time: p50     p99    p99.9   fetches drawn: p50    p99"
    );
    for rate in rates {
        let session = Served::start(WORLD, &[]);
        let start = Instant::now();
        let asking = (0..CONNECTIONS).map(|connection| {
            let address = session.address;
            std::thread::spawn(move || {
                ask(
                    address,
                    connection,
                    f64::from(*rate) / f64::from(CONNECTIONS),
                )
            })
        });
        let asking: Vec<_> = asking.collect();
        let took = asking
            .into_iter()
            .flat_map(|thread| thread.join().expect("it asks"));
        let took: Vec<Took> = took.collect();
        let per_s = took.len() as f64 / start.elapsed().as_secs_f64();
        let mut beyond: Vec<f64> = took
            .iter()
            .map(|took| took.measured_ms - took.simulated_ms)
            .collect();
        let fetches = took.iter().map(|took| took.simulated_ms);
        let mut fetches: Vec<f64> = fetches.filter(|simulated| *simulated > 2.0).collect();
        println!(
            "{rate:>13}  {per_s:>8.0}  {:>33.2} ms {:>4.2} ms {:>5.2} ms  {:>17.1} ms {:>4.1} ms",
            quantile(&mut beyond, 0.5),
            quantile(&mut beyond, 0.99),
            quantile(&mut beyond, 0.999),
            quantile(&mut fetches, 0.5),
            quantile(&mut fetches, 0.99),
        );
    }
    // The sum of two exponentials of mean 5 ms, and what is always there: 15 ms each way and 1 ms in the cache.
    let drawn = |quantile_of_erlang_2: f64| 31.0 + 5.0 * quantile_of_erlang_2;
    println!(
        "fetches as the scenario has them: p50 {:.1} ms, p99 {:.1} ms",
        drawn(1.678_35),
        drawn(6.638_35)
    );
}

/// Asks at a steady rate on one connection; after an answer that took long it catches up.
fn ask(address: SocketAddr, connection: u32, per_s: f64) -> Vec<Took> {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("it is a socket");
    let mut writer = stream.try_clone().expect("it is a socket");
    let mut reader = BufReader::new(stream);
    let (mut took, start) = (Vec::new(), Instant::now());
    let gap = Duration::from_secs_f64(1.0 / per_s);
    let mut number = 0_u32;
    while start.elapsed() < Duration::from_secs(SECONDS.into()) {
        // One in twenty has not been read before.
        let key = if number.is_multiple_of(20) { number } else { 0 };
        let head = format!(
            "GET /k{connection}.{key} HTTP/1.1\r\nHost: localhost\r\nX-KV-Pop: HERE\r\n\r\n"
        );
        let asked = Instant::now();
        writer.write_all(head.as_bytes()).expect("it is taken");
        let simulated_s = answer(&mut reader);
        took.push(Took {
            measured_ms: asked.elapsed().as_secs_f64() * 1e3,
            simulated_ms: simulated_s * 1e3,
        });
        number += 1;
        std::thread::sleep((start + gap * number).saturating_duration_since(Instant::now()));
    }
    took
}

/// Reads an answer; gives how long it took in simulated time, in seconds.
fn answer(reader: &mut BufReader<TcpStream>) -> f64 {
    let (mut line, mut length, mut took_s) = (String::new(), 0, None);
    loop {
        line.clear();
        reader.read_line(&mut line).expect("an answer comes");
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().expect("a length");
        }
        if let Some((_, rest)) = header.split_once("took_s=") {
            let number = rest.split(',').next().expect("a number");
            took_s = number.trim().parse().ok();
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).expect("the body is whole");
    took_s.expect("a read tells how long it took")
}

fn quantile(values: &mut [f64], quantile: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * quantile) as usize;
    values
        .get(index.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
