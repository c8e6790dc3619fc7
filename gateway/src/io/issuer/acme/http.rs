//! How an authority is asked: by the program's own HTTP client, with a limit to what is read of an answer.

use bytes::{Bytes, BytesMut};
use http::header::RETRY_AFTER;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The most that is read of an answer; chains of certificates are some KiB.
const MOST: usize = 512 * 1024;
/// The longest that an authority may ask us to wait.
const LONGEST_WAIT: u64 = 7 * 24 * 3600;

/// Asks, and remembers how long the authority wants to be left alone.
#[derive(Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    /// In seconds, as of the last answer.
    wait: Arc<AtomicU64>,
}

impl Http {
    /// Asks by this client.
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self {
            client,
            wait: Arc::default(),
        }
    }

    /// How long the authority wanted to be left alone when it gave its last answer (RFC 8555 section 6.6).
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.load(Ordering::Relaxed))
    }

    async fn ask(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(other)?.to_bytes();
        let request = reqwest::Request::try_from(Request::from_parts(head, body)).map_err(other)?;
        let mut response = self.client.execute(request).await.map_err(other)?;
        let wait = match response.status() {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let wait = response.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok());
                wait.and_then(|wait| wait.trim().parse().ok()).unwrap_or(0)
            }
            _ => 0,
        };
        self.wait.store(wait.min(LONGEST_WAIT), Ordering::Relaxed);
        let mut answer = http::Response::new(());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        let mut read = BytesMut::new();
        while let Some(part) = response.chunk().await.map_err(other)? {
            if read.len() + part.len() > MOST {
                return Err(Error::Str("an answer of a reasonable length"));
            }
            read.extend_from_slice(&part);
        }
        Ok(BytesResponse {
            parts: answer.into_parts().0,
            body: Box::new(read.freeze()),
        })
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(self.clone().ask(request))
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}
