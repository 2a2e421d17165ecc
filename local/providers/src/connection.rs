//! Connections that a handler can break, so that a caller sees what it would see if the network failed.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, connect_info::Connected};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Serves a router until `shutdown` completes; its handlers may take a [`Connection`] and break it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<Connection>();
    axum::serve(BreakableListener(listener), service)
        .with_graceful_shutdown(shutdown)
        .await
}

/// The connection a request came over.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    broken: Arc<AtomicBool>,
    peer: Option<SocketAddr>,
}

impl Connection {
    /// Who has opened it; `None` in process.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Breaks the connection: not one byte of the answer that is returned leaves, the caller sees it closed.
    #[must_use]
    pub fn broken(&self) -> Response {
        self.broken.store(true, Ordering::Release);
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }

    fn check(&self) -> io::Result<()> {
        if self.broken.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Connection {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A router that is called in process has no connection: breaking it shows as the status of the answer.
        Ok(parts
            .extensions
            .get::<ConnectInfo<Self>>()
            .map(|info| info.0.clone())
            .unwrap_or_default())
    }
}

impl Connected<IncomingStream<'_, BreakableListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, BreakableListener>) -> Self {
        stream.io().connection.clone()
    }
}

#[derive(Debug)]
struct BreakableListener(TcpListener);

impl Listener for BreakableListener {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BreakableStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // An answer waits for nothing: without this a small one may wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        (
            BreakableStream {
                stream,
                connection: Connection {
                    peer: Some(address),
                    ..Connection::default()
                },
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

#[derive(Debug)]
struct BreakableStream {
    stream: TcpStream,
    connection: Connection,
}

impl AsyncRead for BreakableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for BreakableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;

    async fn address_of(router: Router) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, std::future::pending()));
        address
    }

    #[tokio::test]
    async fn a_broken_connection_carries_no_answer() {
        let router = Router::new().route("/whole", get(|| async { "here" })).route(
            "/broken",
            get(|connection: Connection| async move { connection.broken() }),
        );
        let address = address_of(router).await;

        let whole = reqwest::get(format!("http://{address}/whole")).await.unwrap();
        let broken = reqwest::get(format!("http://{address}/broken")).await.unwrap_err();

        assert_eq!(whole.text().await.unwrap(), "here");
        assert!(broken.is_request() && broken.status().is_none(), "{broken:?}");
    }
}
