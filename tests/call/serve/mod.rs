//! `tokenfit serve`: the built command on a loopback port, before a strict provider.

mod counts;
mod damaged;
mod limits;
pub(crate) mod page;
mod proxy;
mod upstreams;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

use crate::fake::Fake;

pub(crate) const OK: &str = r#"{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}"#;

/// The running server; it is killed at the end.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) addr: SocketAddr,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Server {
        Server::start_with(args, &[])
    }

    /// Starts it with variables of the environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Server {
        Server::start_at("127.0.0.1:0", args, variables)
    }

    /// Starts it at an address.
    pub(crate) fn start_at(listen: &str, args: &[&str], variables: &[(&str, &str)]) -> Server {
        // Another build of the command, for a measurement.
        let built = std::env::var("TOKENFIT_BIN");
        let mut child = Command::new(built.as_deref().unwrap_or(env!("CARGO_BIN_EXE_tokenfit")))
            .args(["serve", "--listen", listen])
            .args(args)
            .env_remove("TOKENFIT_MODELS")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addr = line.trim().rsplit("http://").next().unwrap();
        let addr = addr.parse().unwrap_or_else(|_| panic!("{line}"));
        Server { child, addr }
    }

    pub(crate) fn before(fake: &Fake, args: &[&str]) -> Server {
        let url = fake.url();
        Server::start(&[&["--upstream", url.as_str()], args].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the command where it cannot start.
fn refused(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_tokenfit"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(args)
        .env_remove("TOKENFIT_MODELS")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    output
}
