//! `tokenfit serve`: count endpoints in the providers' own formats, and a guarding proxy.

mod chain;
mod metrics;
mod page;
mod proxy;
mod routes;
mod traffic;
mod upstream;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::args::ServeArgs;
use crate::models;
use crate::output::{self, Verdict};
use routes::Server;

/// Time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Time that open requests get after a signal to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &ServeArgs) -> io::Result<Verdict> {
    let Some(models) = models::registry(&args.overrides, args.at, false)? else {
        return Ok(Verdict::CouldNotTell);
    };
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        output::message(&format!(
            "`{}` is reachable from other machines, and this server has no access control; \
             listen on 127.0.0.1, or set --allow-remote",
            args.listen
        ));
        return Ok(Verdict::CouldNotTell);
    }
    let server = match Server::new(args, models) {
        Ok(server) => Arc::new(server),
        Err(message) => {
            output::message(&message);
            return Ok(Verdict::CouldNotTell);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(args.listen, args.max_connections, server))?;
    Ok(Verdict::Yes)
}

/// Accepts connections until the process is told to stop.
async fn serve(listen: SocketAddr, max_connections: usize, server: Arc<Server>) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    output::message(&format!("listening on http://{}", listener.local_addr()?));
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(max_connections.max(1)));
    let mut stop = std::pin::pin!(stopped());
    loop {
        let (stream, slot) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        let server = Arc::clone(&server);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let server = Arc::clone(&server);
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // The client closed it, or sent no HTTP.
            let _ = connection.await;
            drop(slot);
        });
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => {}
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, slot))
        }
        Err(_) => {
            // No file descriptor is left: connections that end free some.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// Resolves when the process is told to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
