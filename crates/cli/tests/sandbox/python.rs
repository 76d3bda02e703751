//! Python: what works of it, what is told of a mistake, and how harm ends.

use std::time::Duration;

use headwater_model::ports::{Language, RunCode as _};
use serde_json::json;

use crate::{Sandbox, workspace};

fn sandbox() -> Sandbox {
    Sandbox::new(Language::Python)
}

#[tokio::test]
async fn a_program_is_given_its_inputs_and_returns_its_outputs() {
    let code = "
import json, re, math
from collections import Counter
from datetime import date

def price(item, rate=1):
    return item['price'] * rate

def main(inputs):
    total = sum(price(item, rate=inputs['rate']) for item in inputs['items'])
    words = Counter(re.findall(r'[a-z]+', inputs['text'].lower()))
    try:
        inputs['nothing']
    except KeyError as error:
        missing = str(error)
    return {
        'total': total,
        'names': sorted(item['name'] for item in inputs['items']),
        'words': {word: count for word, count in words.items()},
        'pair': (1, 2.5), 'none': None, 'yes': True,
        'root': math.floor(math.sqrt(17)),
        'missing': missing,
        'json': json.loads('[1, {\"a\": 2}]'),
        'day': date(2026, 2, 3).isoformat(),
        'text': f\"{total:.2f} – {'ü' * 3}\",
    }
";
    let inputs = json!({
        "items": [{ "name": "sieb", "price": 20 }, { "name": "pump", "price": 0.5 }],
        "rate": 2, "text": "a b A",
    });
    let expected = json!({
        "total": 41.0, "names": ["pump", "sieb"], "words": { "a": 2, "b": 1 }, "pair": [1, 2.5],
        "none": null, "yes": true, "root": 4, "missing": "'nothing'", "json": [1, { "a": 2 }],
        "day": "2026-02-03", "text": "41.00 – üüü",
    });
    assert_eq!(sandbox().value(code, inputs).await, expected);
}

#[tokio::test]
async fn what_a_program_prints_is_kept_up_to_a_limit() {
    let sandbox = sandbox();
    let code = "def main(inputs):\n  print('a', 1, [2, None])\n  print('b', end='!')\n  return {}";
    let logs = sandbox.run(code, json!({})).await.unwrap().logs;
    assert_eq!(logs, "a 1 [2, None]\nb!");
    let code = "def main(inputs):\n  for i in range(20000):\n    print('0123456789')\n  return {}";
    let logs = sandbox.run(code, json!({})).await.unwrap().logs;
    assert!(logs.len() < 66_000, "{}", logs.len());
    assert!(logs.ends_with("… the rest was cut."));
}

#[tokio::test]
async fn a_mistake_is_told_with_its_line_and_column() {
    let sandbox = sandbox();
    let told = sandbox
        .mistake("def main(inputs):\n    return {'a': 1\n")
        .await;
    assert!(
        told.contains("line ") && told.contains("SyntaxError"),
        "{told}"
    );
    let told = sandbox
        .mistake("def inner(x):\n  return x['b']\n\ndef main(inputs):\n  return inner({})")
        .await;
    assert!(
        told.contains("line 2, column") && told.contains("KeyError"),
        "{told}"
    );
    let told = sandbox
        .mistake("def main(inputs):\n  raise ValueError('too few')")
        .await;
    assert!(told.contains("ValueError: too few"), "{told}");
    let told = sandbox.mistake("def main(inputs):\n  pass").await;
    assert!(told.contains("returned nothing"), "{told}");
    assert!(
        sandbox
            .mistake("x = 'main'")
            .await
            .contains("no function `main`")
    );
}

#[tokio::test]
async fn a_result_that_is_no_json_is_told_so() {
    let sandbox = sandbox();
    for (result, why) in [
        ("{'a': {1, 2}}", "type set"),
        ("{1: 2}", "keys must be text"),
        ("{'a': float('nan')}", "no number"),
        ("{'a': 10 ** 30}", "too large"),
        ("{'a': b'x'}", "type bytes"),
    ] {
        let told = sandbox
            .mistake(&format!("def main(inputs):\n  return {result}"))
            .await;
        assert!(told.contains(why), "{result}: {told}");
    }
}

#[tokio::test]
async fn loading_finds_what_no_run_could_survive_and_calls_nothing() {
    let sandbox = sandbox();
    let check = async |code: &str| {
        let checked = sandbox
            .pool
            .check(workspace(1), Language::Python, code.into())
            .await;
        checked.map_err(|error| error.message.into_owned())
    };
    assert_eq!(
        check("def main(inputs):\n  raise ValueError('called')").await,
        Ok(())
    );
    assert!(
        check("def main(inputs)\n  pass")
            .await
            .unwrap_err()
            .contains("SyntaxError")
    );
    assert!(
        check("main = 1")
            .await
            .unwrap_err()
            .contains("no function `main`")
    );
    assert!(
        check("while True:\n  pass\ndef main(x): pass")
            .await
            .unwrap_err()
            .contains("did not end")
    );
}

#[tokio::test]
async fn an_endless_loop_ends_at_its_deadline() {
    let sandbox = sandbox();
    for code in [
        "def main(inputs):\n  while True:\n    pass",
        "def main(inputs):\n  while True:\n    try:\n      while True: pass\n    except BaseException:\n      pass",
        "def main(inputs):\n  return {'a': sum(x for x in range(10 ** 12))}",
        "def main(inputs):\n  return {'a': str(7 ** 3000000)}",
    ] {
        let error = sandbox.failure(code).await;
        println!("{code}: {error:?}");
    }
    assert_eq!(
        sandbox.limit("def main(inputs):\n  while True: pass").await,
        "code_time"
    );
}

#[tokio::test]
async fn a_memory_bomb_ends_at_its_limit() {
    let sandbox = Sandbox::with(Language::Python, |config| {
        config.time = Duration::from_secs(60);
    });
    for code in [
        "def main(inputs):\n  a = []\n  while True:\n    a.append(str(len(a)) * 100000)",
        "def main(inputs):\n  return {'a': 'x' * (2 ** 33)}",
        "def main(inputs):\n  return {'a': [0] * (2 ** 40)}",
        "def main(inputs):\n  a = [1]\n  while True:\n    a = a + a",
        "def main(inputs):\n  d = {}\n  i = 0\n  while True:\n    d[i] = [i]\n    i += 1",
        "def main(inputs):\n  return {'a': str(2 ** (2 ** 40))}",
    ] {
        assert_eq!(sandbox.limit(code).await, "code_memory", "{code}");
    }
}

#[tokio::test]
async fn deep_recursion_is_a_mistake_of_the_program() {
    let sandbox = sandbox();
    let told = sandbox
        .mistake("def main(inputs):\n  return main(inputs)")
        .await;
    assert!(told.contains("RecursionError"), "{told}");
    let nested = format!(
        "def main(inputs):\n  return {}1{}",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    for code in [
        nested.as_str(),
        "def main(inputs):\n  a = []\n  for i in range(1000000):\n    a = [a]\n  return {'a': a}",
        "def main(inputs):\n  a = []\n  a.append(a)\n  return {'a': a}",
        "import json\ndef main(inputs):\n  return {'a': json.loads('[' * 1000000)}",
        "import re\ndef main(inputs):\n  return {'a': bool(re.match('(' * 100000, 'a'))}",
    ] {
        let error = sandbox.failure(code).await;
        println!("{}: {error:?}", code.get(..40).unwrap_or(code));
    }
}

#[tokio::test]
async fn a_result_that_is_too_large_is_refused() {
    let code = "def main(inputs):\n  return {'s': 'x' * 3000000}";
    assert_eq!(sandbox().limit(code).await, "code_output");
}

#[tokio::test]
async fn a_program_leaves_nothing_for_the_next() {
    let sandbox = sandbox();
    let code = "kept = []\ndef main(inputs):\n  kept.append(1)\n  return {'n': len(kept)}";
    for _ in 0..3 {
        assert_eq!(sandbox.value(code, json!({})).await, json!({ "n": 1 }));
    }
    assert_eq!(sandbox.pool.waiting().len(), 1, "it was the same worker");
    sandbox
        .mistake("def main(inputs):\n  return {'n': len(kept)}")
        .await;
}

#[tokio::test]
async fn there_is_no_file_no_network_no_process_and_no_environment() {
    let sandbox = sandbox();
    for attempt in [
        "open('/etc/passwd').read()",
        "open('x', 'w').write('x')",
        "__import__('os').environ",
        "os.environ['PATH']",
        "os.getenv('PATH')",
        "os.listdir('/')",
        "os.system('true')",
        "Path('/etc/passwd').read_text()",
        "Path('/tmp').exists()",
        "eval('1')",
        "exec('1')",
        "().__class__.__bases__[0].__subclasses__()",
        "main.__globals__",
    ] {
        let code = format!(
            "import os\nfrom pathlib import Path\ndef main(inputs):\n  return {{'a': str({attempt})}}"
        );
        let told = sandbox.mistake(&code).await;
        println!("{attempt}: {told}");
    }
    for module in [
        "socket",
        "subprocess",
        "ctypes",
        "urllib.request",
        "importlib",
        "threading",
    ] {
        let told = sandbox
            .mistake(&format!(
                "import {module}\ndef main(inputs):\n  return {{}}"
            ))
            .await;
        assert!(
            told.contains("ModuleNotFoundError") || told.contains("ImportError"),
            "{told}"
        );
    }
}

/// What `docs/reference/code.md` says is not there.
#[tokio::test]
async fn what_this_python_lacks_is_told_when_the_program_is_loaded() {
    let sandbox = sandbox();
    for lacking in [
        "x = {}\ndel x",
        "match 1:\n  case 1: pass",
        "type X = int",
        "def f():\n  yield 1",
        "class A: pass\nclass B(A): pass",
        "class A:\n  @property\n  def x(self): return 1",
        "class A:\n  @staticmethod\n  def x(): return 1",
        "x = 1j",
        "try:\n  pass\nexcept* ValueError:\n  pass",
    ] {
        let code = format!("{lacking}\ndef main(inputs):\n  return {{}}\n");
        let checked = sandbox
            .pool
            .check(workspace(1), Language::Python, code.into())
            .await;
        let told = checked.expect_err(lacking).message;
        assert!(told.contains("NotImplementedError"), "{lacking}: {told}");
    }
    for name in [
        "eval",
        "exec",
        "compile",
        "globals",
        "locals",
        "vars",
        "input",
        "super",
        "complex",
        "bytearray",
    ] {
        let told = sandbox
            .mistake(&format!("def main(inputs):\n  return {{'a': {name}}}"))
            .await;
        assert!(told.contains("NameError"), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_catastrophic_pattern_ends_in_time() {
    let sandbox = sandbox();
    let code = "import re\ndef main(inputs):\n  return {'a': bool(re.match(r'^(([a-z])+.)+[A-Z]([a-z])+$', 'a' * 60))}";
    let begun = std::time::Instant::now();
    if let Ok(result) = sandbox.run(code, json!({})).await {
        assert_eq!(result.value, json!({ "a": false }));
    }
    assert!(begun.elapsed().as_secs() < 8);
}

/// What `docs/reference/code.md` says is there.
#[tokio::test]
async fn what_the_reference_lists_of_this_python_is_there() {
    let code = "
import os, sys, pathlib, asyncio, base64, binascii, dataclasses, datetime, functools, itertools, json, math, re, typing, unicodedata
from collections import Counter, defaultdict, deque, namedtuple
from functools import partial, reduce
from dataclasses import dataclass

BUILTINS = [abs, all, any, bin, chr, divmod, enumerate, filter, getattr, hasattr, hash, hex, id, isinstance, len,
    map, max, min, next, oct, ord, pow, print, repr, reversed, round, setattr, sorted, sum, type, zip,
    bool, int, float, str, bytes, list, tuple, dict, set, frozenset, range, slice, ValueError]

def twice(function):
    def wrapped(*args, **kwargs):
        return function(*args, **kwargs) * 2
    return wrapped

@twice
def number(a, /, b=1, *, c=2):
    return a + b + c

@dataclass
class Point:
    x: int
    y: int = 2

class Box:
    size = 3
    def __init__(self, item):
        self.item = item
    def __eq__(self, other):
        return self.item == other.item
    def __contains__(self, item):
        return item == self.item
    def __enter__(self):
        return self.item
    def __exit__(self, *error):
        return False

async def later(n):
    return n

def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    return up

def main(inputs):
    up = counter()
    up()
    with Box(4) as item:
        pass
    try:
        assert False, 'no'
    except AssertionError:
        caught = True
    else:
        caught = False
    finally:
        done = True
    first, *rest = [1, 2, 3]
    if (n := len(rest)) > 1:
        pass
    return {
        'builtins': len(BUILTINS), 'number': number(1), 'point': [Point(1).x, Point(1).y], 'box': Box(1) == Box(1) and 1 in Box(1), 'item': item,
        'up': up(), 'caught': caught and done, 'rest': rest, 'n': n, 'big': str(2 ** 70), 'slice': [1, 2, 3][::-1],
        'gen': sum(x for x in range(4)), 'set': sorted({x % 2 for x in range(4)}), 'lambda': (lambda x: x + 1)(1),
        'reduce': reduce(lambda a, b: a * b, [1, 2, 3]), 'partial': partial(pow, 2)(5),
    }
";
    let expected = json!({
        "builtins": 44, "number": 8, "point": [1, 2], "box": true, "item": 4, "up": 2, "caught": true,
        "rest": [2, 3], "n": 2, "big": "1180591620717411303424", "slice": [3, 2, 1], "gen": 6,
        "set": [0, 1], "lambda": 2, "reduce": 6, "partial": 32,
    });
    assert_eq!(sandbox().value(code, json!({})).await, expected);
}
