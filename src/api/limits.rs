//! The `X-RateLimit` headers and the limits behind them: by token, or by address for callers without one.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, VARY};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError, web};

use super::auth;
use super::errors::ApiError;
use crate::app::App;
use crate::peer_address;
use crate::rates::Allowance;
use crate::time::Time;

/// Takes one from the caller's allowance before the request is handled and says what is left.
pub async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let limits = &app.config.limits;
    let token = auth::bearer(request.request()).map(str::to_owned);
    let taken = match &token {
        Some(token) => app.rates.take("api token", limits.rate(limits.api_per_token), token),
        None => app.rates.take(
            "api address",
            limits.rate(limits.api_per_address),
            network(peer_address::of(request.request(), &app.config.server.trusted_proxies)),
        ),
    };
    let allowance = match taken {
        Ok(allowance) => allowance,
        Err(error) => {
            let (request, _) = request.into_parts();
            return Ok(ServiceResponse::new(request, ApiError::Domain(error).error_response()));
        }
    };
    let mut response = next.call(request).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    if let Some(allowance) = allowance {
        show(headers, allowance, app.clock.now());
    }
    headers.insert(VARY, HeaderValue::from_static("Authorization, Origin, Accept-Encoding"));
    if token.is_some() && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    Ok(response)
}

/// One home has many IPv6 addresses and one /64.
fn network(address: std::net::IpAddr) -> std::net::IpAddr {
    match address {
        std::net::IpAddr::V4(_) => address,
        std::net::IpAddr::V6(six) => std::net::IpAddr::V6((u128::from(six) & (u128::MAX << 64)).into()),
    }
}

fn show(headers: &mut HeaderMap, allowance: Allowance, now: Time) {
    // Six decimals, as clients parse it.
    let reset = chrono::DateTime::<chrono::Utc>::from(now.after(allowance.reset))
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let rows = [
        ("x-ratelimit-limit", allowance.limit.to_string()),
        ("x-ratelimit-remaining", allowance.remaining.to_string()),
        ("x-ratelimit-reset", reset),
    ];
    for (name, value) in rows {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
