//! JavaScript: what works, what is told of a mistake, and how harm ends.

use std::time::Duration;

use headwater_model::ports::{Language, RunCode as _};
use serde_json::json;

use crate::{Sandbox, workspace};

fn sandbox() -> Sandbox {
    Sandbox::new(Language::JavaScript)
}

#[tokio::test]
async fn a_program_is_given_its_inputs_and_returns_its_outputs() {
    let code = "function main({ items, rate }) {
        const total = items.reduce((sum, item) => sum + item.price, 0);
        return { total: total * rate, names: items.map(i => i.name), none: null, when: new Date(0) };
    }";
    let items = json!([{ "name": "pump", "price": 20 }, { "name": "sieb ✓", "price": 0.5 }]);
    let sandbox = sandbox();
    let value = sandbox.value(code, json!({ "items": items, "rate": 2 }));
    let when = "1970-01-01T00:00:00.000Z";
    let expected = json!({ "total": 41, "names": ["pump", "sieb ✓"], "none": null, "when": when });
    assert_eq!(value.await, expected);
}

#[tokio::test]
async fn main_may_be_a_constant_and_may_wait_for_promises() {
    let code = "const later = async (n) => n * 2;
    const main = async ({ n }) => ({ n: (await Promise.all([later(n), later(1)])).join() })";
    assert_eq!(
        sandbox().value(code, json!({ "n": 4 })).await,
        json!({ "n": "8,2" })
    );
}

#[tokio::test]
async fn what_a_program_prints_is_kept_up_to_a_limit() {
    let sandbox = sandbox();
    let code = "function main() { console.log('a', 1, [2, { b: undefined }], null, undefined);
        console.error(new Error('no')); console.log(Symbol('s'), () => 1); return {} }";
    let logs = sandbox.run(code, json!({})).await.unwrap().logs;
    assert_eq!(
        logs,
        "a 1 [2,{}] null undefined\nError: no\nSymbol(s) () => 1"
    );

    let code =
        "function main() { for (let i = 0; i < 1e5; i++) console.log('0123456789'); return {} }";
    let logs = sandbox.run(code, json!({})).await.unwrap().logs;
    assert!(logs.len() < 66_000, "{}", logs.len());
    assert!(logs.ends_with("… the rest was cut."));
}

#[tokio::test]
async fn a_mistake_is_told_with_its_line_and_column() {
    let sandbox = sandbox();
    let told = sandbox
        .mistake("function main() {\n  return {\n    a: 1,,\n  }\n}")
        .await;
    assert!(
        told.contains("line 3, column") && told.contains("SyntaxError"),
        "{told}"
    );

    let told = sandbox
        .mistake("function main(inputs) {\n  return inputs.a.b\n}")
        .await;
    assert!(
        told.contains("line 2, column") && told.contains("TypeError"),
        "{told}"
    );

    let told = sandbox
        .mistake("async function main() { throw new RangeError('too few') }")
        .await;
    assert!(told.contains("RangeError: too few"), "{told}");

    let told = sandbox
        .mistake("function main() { throw 'plain text' }")
        .await;
    assert!(told.contains("threw plain text"), "{told}");
}

#[tokio::test]
async fn a_program_without_a_result_is_told_what_to_return() {
    let sandbox = sandbox();
    assert!(
        sandbox
            .mistake("const x = 'main'")
            .await
            .contains("no function `main`")
    );
    assert!(
        sandbox
            .mistake("function main() {}")
            .await
            .contains("returned nothing")
    );
    let never = sandbox
        .mistake("const main = () => new Promise(() => {})")
        .await;
    assert!(never.contains("never happens"), "{never}");
    let cycle = sandbox
        .mistake("function main() { const a = {}; a.a = a; return a }")
        .await;
    assert!(cycle.contains("TypeError"), "{cycle}");
    let big = sandbox
        .mistake("function main() { return { n: 1n } }")
        .await;
    assert!(big.contains("BigInt") || big.contains("bigint"), "{big}");
}

#[tokio::test]
async fn loading_finds_what_no_run_could_survive_and_calls_nothing() {
    let sandbox = sandbox();
    let check = async |code: &str| {
        let checked = sandbox
            .pool
            .check(workspace(1), Language::JavaScript, code.into())
            .await;
        checked.map_err(|error| error.message.into_owned())
    };
    assert_eq!(
        check("function main() { throw new Error('called') }").await,
        Ok(())
    );
    assert!(
        check("function main( { }")
            .await
            .unwrap_err()
            .contains("SyntaxError")
    );
    assert!(
        check("const main = 1")
            .await
            .unwrap_err()
            .contains("no function `main`")
    );
    assert!(
        check("while (true) {}")
            .await
            .unwrap_err()
            .contains("did not end")
    );
}

#[tokio::test]
async fn an_endless_loop_ends_at_its_deadline() {
    let sandbox = sandbox();
    assert_eq!(
        sandbox.limit("function main() { while (true) {} }").await,
        "code_time"
    );
    let caught =
        "function main() { while (true) { try { for (;;); } catch {} finally { main() } } }";
    assert_eq!(sandbox.limit(caught).await, "code_time");
    let waiting = "async function main() { for (;;) await null }";
    assert_eq!(sandbox.limit(waiting).await, "code_time");
}

#[tokio::test]
async fn work_that_cannot_be_interrupted_is_killed() {
    let sandbox = sandbox();
    for code in [
        "function main() { return { n: Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) } }",
        "function main() { const a = 'ab'.repeat(1e6); for (;;) a.lastIndexOf('ac') }",
    ] {
        assert_eq!(sandbox.limit(code).await, "code_time", "{code}");
    }
    sandbox
        .failure("const main = () => ({ n: String(9n ** (9n ** 9n)) })")
        .await;
}

#[tokio::test]
async fn a_catastrophic_pattern_ends_at_its_deadline() {
    let code =
        "function main() { return { m: /^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(50)) } }";
    assert_eq!(sandbox().limit(code).await, "code_time");
}

#[tokio::test]
async fn a_memory_bomb_ends_at_its_limit() {
    let sandbox = Sandbox::with(Language::JavaScript, |config| {
        config.time = Duration::from_secs(6);
    });
    for code in [
        "function main() { const a = []; for (;;) a.push(new Array(1000).fill(1)) }",
        "function main() { let s = 'x'; for (;;) { s += s; s.charCodeAt(s.length - 1) } }",
        "function main() { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }",
        "function main() { return { s: 'x'.repeat(2 ** 29) } }",
        "function main() { const m = new Map(); for (let i = 0;; i++) m.set(i, {}) }",
        "function main() { return { s: [...Array(1e9).keys()] } }",
    ] {
        let error = sandbox.failure(code).await;
        let known = error.limit.as_deref() == Some("code_memory")
            || error.message.contains("nvalid string length")
            || error.message.contains("nvalid array");
        assert!(known, "{code}: {error:?}");
    }
}

#[tokio::test]
async fn a_program_may_ask_for_less_memory_but_not_for_more() {
    let sandbox = sandbox();
    let code = "function main() { return { n: new Uint8Array(20 << 20).length } }";
    assert_eq!(
        sandbox.value(code, json!({})).await,
        json!({ "n": 20 << 20 })
    );
    let mut request = sandbox.request(code, json!({}));
    request.memory_bytes = Some(8 << 20);
    let error = sandbox.pool.run(request.clone()).await.unwrap_err();
    assert_eq!(error.limit.as_deref(), Some("code_memory"));
    request.memory_bytes = Some(1 << 30);
    let error = sandbox.pool.run(request).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("memory_mb"));
}

#[tokio::test]
async fn deep_recursion_is_a_mistake_of_the_program() {
    let sandbox = sandbox();
    for code in [
        "function main() { return main() }",
        "const main = () => { const f = { get x() { return this.x } }; return f.x }",
        "function main() { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return { a } }",
        "function main() { return JSON.parse('['.repeat(1e6)) }",
        "function main() { return eval('('.repeat(1e6)) }",
        "function main() { return new RegExp('('.repeat(1e6)) }",
        "function main() { let p = {}; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {}); return p.x }",
        "function main() { let f = () => 1; for (let i = 0; i < 1e6; i++) f = f.bind(null); return f() }",
    ] {
        let error = sandbox.failure(code).await;
        assert!(!error.message.is_empty(), "{code}: {error:?}");
    }
    let told = sandbox.mistake("function main() { return main() }").await;
    assert!(told.contains("stack"), "{told}");
}

#[tokio::test]
async fn a_result_that_is_too_large_is_refused() {
    let code = "function main() { return { s: 'x'.repeat(3 << 20) } }";
    assert_eq!(sandbox().limit(code).await, "code_output");
}

#[tokio::test]
async fn inputs_that_do_not_fit_the_memory_are_refused_before_they_are_sent() {
    let sandbox = sandbox();
    let inputs = json!({ "text": "x".repeat(40 << 20) });
    let error = sandbox.run("function main() {}", inputs).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("inputs"));
}

#[tokio::test]
async fn a_program_that_bends_its_world_bends_nobody_elses() {
    let sandbox = sandbox();
    let bent = "Object.prototype.toJSON = () => ({ hacked: true });
    Object.prototype.polluted = 1;
    Array.prototype.map = () => { throw 1 };
    JSON.stringify = JSON.parse = () => 'x'; globalThis.kept = 1; console.log = null;
    function main() { return { a: 1 } }";
    assert_eq!(
        sandbox.value(bent, json!({})).await,
        json!({ "hacked": true })
    );
    let code = "function main(inputs) { console.log('still'); return {
        a: [1].map(x => x), kept: typeof kept, polluted: {}.polluted ?? null, own: Object.keys(inputs) } }";
    let inputs = serde_json::from_str(r#"{ "__proto__": { "x": 1 } }"#).unwrap();
    let expected = json!({ "a": [1], "kept": "undefined", "polluted": null, "own": ["__proto__"] });
    assert_eq!(sandbox.value(code, inputs).await, expected);
    assert_eq!(sandbox.pool.waiting().len(), 1, "it was the same worker");
}

#[tokio::test]
async fn errors_that_fight_back_are_errors_all_the_same() {
    let sandbox = sandbox();
    for code in [
        "function main() { return { get a() { throw new Error('no') } } }",
        "function main() { throw { toString() { throw 1 }, toJSON() { throw 2 } } }",
        "function main() { const e = new Error(); Object.defineProperty(e, 'message', { get() { throw e } }); throw e }",
        "function main() { const e = new Error(); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e }",
        "function main() { throw new Proxy({}, { get() { throw 1 } }) }",
        "function main() { throw null }",
        "function main() { return { toJSON() { throw undefined } } }",
        "function main() { throw new Error('x'.repeat(1e6)) }",
        "function main() { return { then(resolve) { resolve(this) }, a: 1n } }",
        "function main() { console.log({ toJSON() { throw 3 } }) }",
        "\u{0}function main() {}",
        "function main() { return { s: '\\ud800' + String.fromCharCode(0xdfff), n: 1n } }",
    ] {
        let error = sandbox.failure(code).await;
        assert!(error.message.len() < 2200, "{code}: {error:?}");
    }
}

#[tokio::test]
async fn there_is_no_file_no_network_no_process_and_no_environment() {
    let sandbox = sandbox();
    let code = "function main() {
        const world = Function('return this')();
        const names = ['require', 'process', 'std', 'os', 'fetch', 'XMLHttpRequest', 'WebSocket', 'Deno',
            'Bun', 'setTimeout', 'Worker', 'print', 'scriptArgs', 'loadScript', 'module'];
        return { there: names.filter(name => name in world) };
    }";
    assert_eq!(sandbox.value(code, json!({})).await, json!({ "there": [] }));
    for module in ["fs", "std", "os", "/etc/passwd", "http://127.0.0.1/"] {
        let code = format!("async function main() {{ return {{ m: await import('{module}') }} }}");
        sandbox.mistake(&code).await;
        sandbox
            .mistake(&format!(
                "import * as m from '{module}'; function main() {{}}"
            ))
            .await;
    }
}
