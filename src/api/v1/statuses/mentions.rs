//! Meeting those whom a text mentions: accounts elsewhere that are not known here yet are looked up before the post is written.

use std::time::Duration;

use futures_util::future::join_all;

use crate::app::App;
use crate::domain::accounts::queries;
use crate::domain::resolver::Handle;
use crate::ids::AccountId;
use crate::text::find_handles;

/// How many accounts are looked up for one post.
const LOOKUPS: usize = 10;
/// How long a post waits for them in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks up accounts that `text` mentions and that are not known here, within the allowance of `me`. Whoever cannot be found stays text.
pub async fn meet(app: &App, me: AccountId, text: &str) {
    let (Ok(urls), Ok(resolver)) = (app.urls(), app.resolver()) else { return };
    let limits = &app.config.limits;
    let elsewhere = find_handles(text)
        .into_iter()
        .map(|handle| handle.relative_to(urls.domain()))
        .filter(|handle| !handle.is_local());
    let named: Vec<Handle> = elsewhere.take(limits.mentions).collect();
    if named.is_empty() {
        return;
    }
    let unknown = app
        .db
        .read(move |conn| {
            let mut unknown = Vec::new();
            for handle in named {
                let domain = handle.domain.clone().unwrap_or_default();
                if queries::find_by_handle(conn, &handle.username, &domain)?.is_none() {
                    unknown.push(handle);
                }
            }
            Ok(unknown)
        })
        .await
        .unwrap_or_default();
    let allowed = unknown
        .into_iter()
        .take(LOOKUPS)
        .filter(|_| app.rates.take("resolve", limits.rate(limits.resolve_per_account), me).is_ok());
    let lookups = allowed.map(|handle| {
        let resolver = resolver.clone();
        async move {
            if let Err(error) = resolver.account(&handle).await {
                tracing::debug!(%handle, %error, "somebody mentioned was not found");
            }
        }
    });
    if tokio::time::timeout(PATIENCE, join_all(lookups)).await.is_err() {
        tracing::debug!("a post did not wait any longer for those it mentions");
    }
}
