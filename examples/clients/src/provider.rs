//! A provider on a loopback port for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) const CHAT: &str = r#"{"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Bed 1 is dry."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}}"#;

pub(crate) const EVENTS: &str = concat!(
    r#"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Bed 1"}, "finish_reason": null}]}"#,
    "\n\n",
    r#"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": " is dry."}, "finish_reason": "stop"}]}"#,
    "\n\ndata: [DONE]\n\n"
);

/// Head and body of an answer.
pub(crate) struct Reply(String);

impl Reply {
    fn new(status: u16, headers: &str, body: &str) -> Reply {
        let length = body.len();
        Reply(format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    pub(crate) fn json(status: u16, body: &str) -> Reply {
        Reply::new(status, "content-type: application/json\r\n", body)
    }

    pub(crate) fn events(body: &str) -> Reply {
        Reply::new(200, "content-type: text/event-stream\r\n", body)
    }

    pub(crate) fn overloaded() -> Reply {
        let headers = "content-type: application/json\r\nretry-after: 0\r\n";
        Reply::new(503, headers, r#"{"error": {"message": "Overloaded"}}"#)
    }
}

/// Plays a list of replies, then repeats the last one.
pub(crate) struct Provider {
    pub(crate) url: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Provider {
    pub(crate) fn start(replies: Vec<Reply>) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&bodies);
        std::thread::spawn(move || {
            let mut nth = 0;
            for stream in listener.incoming().flatten() {
                let reply = &replies[nth.min(replies.len() - 1)];
                nth += usize::from(answer(stream, reply, &seen).is_ok());
            }
        });
        Provider { url, bodies }
    }

    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.bodies
            .lock()
            .expect("no test panicked with it")
            .clone()
    }
}

fn answer(stream: TcpStream, reply: &Reply, seen: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    seen.lock().expect("no test panicked with it").push(body);
    reader.get_mut().write_all(reply.0.as_bytes())
}
