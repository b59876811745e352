//! What every request gets: an id, a line in the log, a count and a time in the metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::Instrument;

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// Wraps a request: gives it an id (`X-Request-Id`), logs and measures it. Query strings are not logged: they may hold tokens.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = format!("{:x}-{:x}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let (method, path, started) = (request.method().clone(), request.path().to_owned(), Instant::now());
    let span = tracing::info_span!("request", %id, %method, path);
    let mut response = next.call(request).instrument(span).await?;
    let (status, elapsed) = (response.status(), started.elapsed());
    // The pattern, not the path: a label must not grow with what people ask for.
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    metrics::counter!("rapport_http_requests_total", "method" => method.to_string(), "route" => route.clone(), "status" => status.as_u16().to_string()).increment(1);
    metrics::histogram!("rapport_http_request_seconds", "route" => route).record(elapsed.as_secs_f64());
    if status.is_server_error() {
        tracing::warn!(%id, %method, path, status = status.as_u16(), ms = elapsed.as_millis(), "answered with an error of ours");
    } else {
        tracing::debug!(%id, %method, path, status = status.as_u16(), ms = elapsed.as_millis(), "answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}
