//! Servers that share a rate limit over Redis, and lose it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fake::{Fake, Reply, post};
use crate::serve::{OK, Server};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;

struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start(port: u16) -> Redis {
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Redis { child, port };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(50));
        }
        redis
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Sends requests at once, and returns how many reached the provider after a time.
fn burst(server: &Server, requests: usize) {
    for _ in 0..requests {
        let addr = server.addr;
        // Those that must wait are left behind.
        std::thread::spawn(move || post(addr, "/v1/chat/completions", BODY).status);
    }
}

fn wait(what: impl Fn() -> bool, seconds: u64) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
#[ignore = "needs redis-server"]
fn two_servers_share_a_limit_until_redis_is_lost() {
    let redis = Redis::start(free_port());
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let (url, upstream) = (redis.url(), fake.url());
    let args = [
        "--upstream",
        &upstream,
        "--requests-per-minute",
        "30",
        "--redis",
        &url,
        "--redis-lost",
        "20",
    ];
    let (one, other) = (Server::start(&args), Server::start(&args));
    let began = Instant::now();
    burst(&one, 25);
    burst(&other, 25);
    assert!(wait(|| fake.seen().len() >= 28, 20));
    std::thread::sleep(Duration::from_secs(1));
    let seen = fake.seen().len();
    // 29 at once, then one every two seconds; without Redis all 50 would be here.
    let most = 30 + began.elapsed().as_secs() as usize / 2;
    assert!(seen <= most, "{seen} of at most {most}");

    // The process goes on alone with a fifth of the limit: 5 at once, then one every ten seconds.
    drop(redis);
    let lonely = Server::start(&args);
    let before = fake.seen().len();
    burst(&lonely, 20);
    assert!(wait(|| fake.seen().len() >= before + 5, 20));
}

#[test]
#[ignore = "needs redis-server"]
fn without_a_share_requests_wait_for_redis() {
    let port = free_port();
    let url = format!("redis://127.0.0.1:{port}");
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let server = Server::before(
        &fake,
        &[
            "--requests-per-minute",
            "30",
            "--redis",
            &url,
            "--redis-lost",
            "0",
        ],
    );
    burst(&server, 1);
    std::thread::sleep(Duration::from_secs(3));
    assert!(fake.seen().is_empty(), "nothing passes while Redis is gone");
    // The server itself still answers.
    assert_eq!(
        crate::fake::ask(server.addr, "GET", "/healthz", &[], b"").status,
        200
    );
    let _redis = Redis::start(port);
    assert!(wait(|| fake.seen().len() == 1, 20));
}
