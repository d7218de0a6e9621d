//! Simulated time as a script sees it: dates in UTC that stand still, and timers.

use crate::host::*;
use kvlag::sim::program::Program;
use kvlag::units::Time;
use kvlag::worker::{Effect, Environment};

#[test]
fn dates_tell_the_time_of_the_event() {
    let mut host = Host::of(
        "const before = Date.now(); for (let i = 0; i < 1e5; i++) {} const same = Date.now() === before; await env.KV.get('a'); return Response.json([new Date(), same, Date.now() - before, performance.now() === Date.now()])",
    );
    host.now = Time(1_500_000_000);
    let number = host.start(&get(ENV));
    host.now = Time(1_750_999_999);
    host.settle();
    let body = String::from_utf8(host.response(number).body).expect("text");
    assert_eq!(body, r#"["2026-01-01T00:00:01.750Z",true,250,true]"#);
}

#[test]
fn time_begins_when_the_environment_says() {
    let environment = Environment {
        epoch_ms: 951_782_400_000,
        ..environment()
    };
    let mut host = Host::with(
        &module("return new Response(new Date().toISOString())"),
        &environment,
        1,
    );
    assert_eq!(host.text(), "2000-02-29T00:00:00.000Z");
}

#[test]
fn the_top_level_sees_no_clock() {
    let mut host = Host::new(&format!(
        "const loaded = Date.now(); {}",
        module("return Response.json([loaded, Date.now()])")
    ));
    assert_eq!(host.text(), "[0,1767225600000]");
}

#[test]
fn dates_are_in_utc_wherever_the_machine_is() {
    assert_eq!(
        value_of("new Date(2026, 0, 15, 10, 30).toISOString()"),
        r#""2026-01-15T10:30:00.000Z""#
    );
    assert_eq!(
        value_of("new Date('2026-01-15T10:30:00').toISOString()"),
        r#""2026-01-15T10:30:00.000Z""#
    );
    assert_eq!(
        value_of("new Date('2026-01-15T10:30:00+02:00').toISOString()"),
        r#""2026-01-15T08:30:00.000Z""#
    );
    assert_eq!(
        value_of("new Date('2026-01-15').toISOString()"),
        r#""2026-01-15T00:00:00.000Z""#
    );
    assert_eq!(
        value_of("new Date('Jan 15 2026 10:30').toISOString()"),
        r#""2026-01-15T10:30:00.000Z""#
    );
    assert_eq!(
        value_of("new Date('Thu, 15 Jan 2026 10:30:00 GMT').getTime()"),
        "1768473000000"
    );
    assert_eq!(value_of("Date.parse('nonsense')"), "null");
    assert_eq!(
        value_of("[new Date(0).getHours(), new Date(0).getTimezoneOffset(), new Date(0).getDay()]"),
        "[0,0,4]"
    );
    assert_eq!(
        value_of("String(new Date(0))"),
        r#""Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)""#
    );
    assert_eq!(
        value_of("new Date(1e12).toLocaleString()"),
        r#""9/9/2001, 1:46:40 AM""#
    );
    assert_eq!(
        value_of("[String(new Date(NaN)), new Date(NaN)]"),
        r#"["Invalid Date",null]"#
    );
}

#[test]
fn dates_are_dates() {
    assert_eq!(
        value_of(
            "[new Date() instanceof Date, typeof Date(), new Date(new Date(5)).getTime(), Date.UTC(1970, 0, 2), new Date(0).constructor === Date, Date.length, Date.name]"
        ),
        r#"[true,"string",5,86400000,true,7,"Date"]"#
    );
    let changed = "(() => { const d = new Date(0); d.setHours(5); d.setFullYear(1999); d.setDate(31); return d.toISOString() })()";
    assert_eq!(value_of(changed), r#""1999-01-31T05:00:00.000Z""#);
    assert_eq!(
        value_of(
            "(() => { class Day extends Date { year() { return this.getFullYear() } } return new Day(0).year() })()"
        ),
        "1970"
    );
}

#[test]
fn timers_fire_in_simulated_time() {
    let mut host = Host::of(
        "const marks = []; const start = Date.now();
         const wait = (ms, name) => new Promise((resolve) => setTimeout((n) => { marks.push(n + Date.now()); resolve() }, ms, name));
         await Promise.all([wait(20, 'b'), wait(10, 'a'), wait(0, 'z')]);
         return Response.json(marks.map((mark) => mark.replace(/\\d+/, (at) => at - start)))",
    );
    assert_eq!(host.text(), r#"["z1","a10","b20"]"#);
}

#[test]
fn a_timer_says_when_it_is_due() {
    let mut host = Host::of(
        "await new Promise((resolve) => setTimeout(resolve, 1.5)); return new Response('')",
    );
    host.now = Time(7);
    let number = host.start(&get(ENV));
    assert_eq!(
        host.log,
        [Effect::Timer {
            number: 0,
            request: number,
            at: Time(1_500_007)
        }]
    );
}

#[test]
fn what_is_cleared_does_not_fire() {
    let mut host = Host::of(
        "const fired = []; const a = setTimeout(() => fired.push('a'), 5); clearTimeout(a); clearTimeout(undefined); clearTimeout(99);
         await new Promise((resolve) => setTimeout(resolve, 10));
         return Response.json(fired)",
    );
    assert_eq!(host.text(), "[]");
}

#[test]
fn an_interval_goes_on_until_it_is_cleared() {
    let mut host = Host::of(
        "const at = []; const start = Date.now();
         await new Promise((resolve) => { const id = setInterval(() => { at.push(Date.now() - start); if (at.length === 3) { clearInterval(id); resolve() } }, 100) });
         await new Promise((resolve) => setTimeout(resolve, 1000));
         return Response.json(at)",
    );
    assert_eq!(host.text(), "[100,200,300]");
}

#[test]
fn microtasks_come_before_timers() {
    let mut host = Host::of(
        "const order = [];
         setTimeout(() => order.push('timer'), 0);
         queueMicrotask(() => order.push('microtask'));
         Promise.resolve().then(() => order.push('promise'));
         order.push('now');
         await new Promise((resolve) => setTimeout(resolve, 1));
         return Response.json(order)",
    );
    assert_eq!(host.text(), r#"["now","microtask","promise","timer"]"#);
}

#[test]
fn a_race_against_a_timer_is_decided_by_simulated_time() {
    let mut host = Host::of(
        "const slow = fetch('https://origin.example/').then((r) => r.text());
         const timeout = new Promise((resolve) => setTimeout(() => resolve('timeout'), 50));
         return new Response(await Promise.race([slow, timeout]))",
    );
    let number = host.start(&get(ENV));
    host.now = Time(50_000_000);
    let mut effects = Vec::new();
    host.isolate.timer_fired(host.now, 0, &mut effects);
    host.take(effects);
    assert_eq!(host.response(number).body, b"timeout");
}

#[test]
fn a_fetch_can_be_given_up() {
    let mut host = Host::of(
        "try { await fetch('https://origin.example/', { signal: AbortSignal.timeout(100) }); return new Response('came') }
         catch (error) { return new Response(error.name + ' after ' + (Date.now() - 1767225600000)) }",
    );
    let number = host.start(&get(ENV));
    host.now = Time(100_000_000);
    let mut effects = Vec::new();
    host.isolate.timer_fired(host.now, 0, &mut effects);
    host.take(effects);
    assert_eq!(host.response(number).body, b"TimeoutError after 100");
}
