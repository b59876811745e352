//! draft-cavage-http-signatures-12: one `Signature` header (or `Authorization: Signature …`) over a list of headers.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use http_signature_normalization::Config;

use super::{
    ACTIVITY_JSON, Headers, MAX_COVERED, MAX_HEADER, MAX_KEY_ID, Parsed, Request, Scheme, SignInput, SignatureError,
    SigningError, check_time, digest, joined, single, verify_digest,
};
use crate::crypto::keys::Algorithm;
use crate::time::Time;

const REQUEST_TARGET: &str = "(request-target)";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";
/// More parameters than this are no signature header.
const MAX_PARAMETERS: usize = 16;
/// The crate that builds signing strings compares dates with the machine's clock; a century keeps it out of that, see [`check_time`].
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// See [`super::parse`].
pub(super) fn parse(request: &Request<'_>, now: Time) -> Result<Parsed, SignatureError> {
    let parameters = Parameters::read(signature_header(request.headers)?)?;
    let algorithm = parameters.algorithm()?;
    let covered = parameters.covered()?;
    let covers = |name: &str| covered.iter().any(|covered| covered == name);

    for (name, must) in [(REQUEST_TARGET, true), ("host", true), ("digest", request.needs_digest())] {
        if must && !covers(name) {
            return Err(SignatureError::Uncovered(name));
        }
    }
    if !covers("date") && !covers(CREATED) {
        return Err(SignatureError::Uncovered("date or (created)"));
    }
    request.check_host()?;
    let created = signing_time(request, &parameters, &covers, now)?;
    if covers("digest") && (request.needs_digest() || request.body.is_some()) {
        verify_digest(request.headers, request.body.unwrap_or_default())?;
    }

    let values = values(request, &parameters, &covered)?;
    let list = covered.join(" ");
    let mut signing_strings = vec![signing_string(request.method, request.path_and_query, &list, &values)?];
    if request.path() != request.path_and_query {
        signing_strings.push(signing_string(request.method, request.path(), &list, &values)?);
    }
    let signature = STANDARD_PAD_INDIFFERENT
        .decode(parameters.signature)
        .map_err(|_| SignatureError::Malformed("the signature is not base64"))?;

    Ok(Parsed {
        key_id: parameters.key_id.to_owned(),
        scheme: Scheme::Cavage,
        signing_strings,
        signature,
        algorithm,
        created,
        expires: parameters.expires.map(Time::from_unix),
    })
}

/// The one header that holds the signature, without the name of the authentication scheme.
fn signature_header(headers: &dyn Headers) -> Result<&str, SignatureError> {
    if let Some(value) = single(headers, "signature")? {
        return Ok(without_scheme(value).unwrap_or(value));
    }
    let authorization = headers.get_all("authorization");
    let mut values = authorization.into_iter().filter_map(|value| without_scheme(value.trim_start()));
    match (values.next(), values.next()) {
        (None, _) => Err(SignatureError::Missing),
        (Some(value), None) if value.len() <= MAX_HEADER => Ok(value.trim()),
        (Some(_), None) => Err(SignatureError::TooLarge),
        (Some(_), Some(_)) => Err(SignatureError::Malformed("there are two signatures")),
    }
}

fn without_scheme(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("signature").then(|| rest.trim_start())
}

/// The parameters of a signature header.
struct Parameters<'a> {
    key_id: &'a str,
    signature: &'a str,
    algorithm: Option<&'a str>,
    headers: Option<&'a str>,
    created: Option<i64>,
    expires: Option<i64>,
}

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, SignatureError> {
        let pairs = pairs(text)?;
        let find = |name: &str| pairs.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let seconds = |name: &str| match find(name) {
            None => Ok(None),
            Some(value) if value.len() <= 12 => value
                .parse::<i64>()
                .map(Some)
                .map_err(|_| SignatureError::Malformed("a time is not a number of seconds")),
            Some(_) => Err(SignatureError::Malformed("a time is not a number of seconds")),
        };
        let key_id = find("keyId").filter(|id| !id.is_empty()).ok_or(SignatureError::Malformed("keyId is missing"))?;
        if key_id.len() > MAX_KEY_ID {
            return Err(SignatureError::TooLarge);
        }
        Ok(Self {
            key_id,
            signature: find("signature")
                .filter(|s| !s.is_empty())
                .ok_or(SignatureError::Malformed("signature is missing"))?,
            algorithm: find("algorithm"),
            headers: find("headers"),
            created: seconds("created")?,
            expires: seconds("expires")?,
        })
    }

    /// The kind of key that the label asks for. `hs2019` and no label leave it to the key.
    fn algorithm(&self) -> Result<Option<Algorithm>, SignatureError> {
        let Some(label) = self.algorithm else { return Ok(None) };
        if label.eq_ignore_ascii_case("hs2019") {
            Ok(None)
        } else if label.eq_ignore_ascii_case("rsa-sha256") {
            Ok(Some(Algorithm::Rsa))
        } else if label.eq_ignore_ascii_case("ed25519") {
            Ok(Some(Algorithm::Ed25519))
        } else {
            Err(SignatureError::UnsupportedAlgorithm)
        }
    }

    /// The names of what is covered, in their order, lower-case, each once.
    fn covered(&self) -> Result<Vec<String>, SignatureError> {
        // The draft's default; it never covers enough, but the answer then names what is missing.
        let list = self.headers.unwrap_or(CREATED);
        let mut covered: Vec<String> = Vec::new();
        for name in list.split_ascii_whitespace() {
            if covered.len() == MAX_COVERED {
                return Err(SignatureError::TooLarge);
            }
            let name = name.to_ascii_lowercase();
            let is_token = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !is_token && ![REQUEST_TARGET, CREATED, EXPIRES].contains(&name.as_str()) {
                return Err(SignatureError::Malformed("headers names something unknown"));
            }
            // These two would make the signature cover itself.
            if name == "signature" || name == "authorization" {
                return Err(SignatureError::Malformed("the signature covers itself"));
            }
            if covered.contains(&name) {
                return Err(SignatureError::Malformed("headers names something twice"));
            }
            covered.push(name);
        }
        Ok(covered)
    }
}

/// Splits `a="b",c=1` into its pairs; a name that comes twice is refused, since two readers might pick differently.
fn pairs(text: &str) -> Result<Vec<(&str, &str)>, SignatureError> {
    const WRONG: SignatureError = SignatureError::Malformed("it is not a list of name=\"value\"");
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, after) = rest.split_once('=').ok_or(WRONG)?;
        let (name, after) = (name.trim(), after.trim_start());
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(WRONG);
        }
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(WRONG)?,
            None => {
                let (value, rest) = after.split_at_checked(after.find(',').unwrap_or(after.len())).ok_or(WRONG)?;
                let value = value.trim();
                if value.is_empty() || value.contains('"') {
                    return Err(WRONG);
                }
                (value, rest)
            }
        };
        if pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(SignatureError::Malformed("a parameter is repeated"));
        }
        if pairs.len() == MAX_PARAMETERS {
            return Err(SignatureError::TooLarge);
        }
        pairs.push((name, value));
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(pairs);
        }
        rest = rest.strip_prefix(',').ok_or(WRONG)?;
    }
}

/// Checks every covered time and returns the time of signing.
fn signing_time(
    request: &Request<'_>,
    parameters: &Parameters<'_>,
    covers: &dyn Fn(&str) -> bool,
    now: Time,
) -> Result<Time, SignatureError> {
    let mut signed_at = None;
    if covers("date") {
        let date = single(request.headers, "date")?.ok_or(SignatureError::MissingHeader)?;
        let date =
            httpdate::parse_http_date(date).map_err(|_| SignatureError::Malformed("the Date header is not a date"))?;
        let seconds = date.duration_since(UNIX_EPOCH).map_err(|_| SignatureError::Expired)?.as_secs();
        let seconds = i64::try_from(seconds).map_err(|_| SignatureError::NotYetValid)?;
        check_time(now, seconds, parameters.expires, covers(EXPIRES))?;
        signed_at = Some(seconds);
    }
    if covers(CREATED) {
        let created = parameters.created.ok_or(SignatureError::Malformed("created is covered and missing"))?;
        check_time(now, created, parameters.expires, covers(EXPIRES))?;
        signed_at = Some(created);
    }
    signed_at.map(Time::from_unix).ok_or(SignatureError::Uncovered("date or (created)"))
}

/// The value of everything that is covered, except the request target.
fn values(
    request: &Request<'_>,
    parameters: &Parameters<'_>,
    covered: &[String],
) -> Result<BTreeMap<String, String>, SignatureError> {
    let mut values = BTreeMap::new();
    for name in covered {
        let value = match name.as_str() {
            REQUEST_TARGET => continue,
            CREATED => parameters.created.map(|seconds| seconds.to_string()),
            EXPIRES => parameters.expires.map(|seconds| seconds.to_string()),
            "host" => Some(single(request.headers, "host")?.map_or_else(|| request.authority(), str::to_owned)),
            name => joined(request.headers, name)?,
        };
        values.insert(name.clone(), value.ok_or(SignatureError::MissingHeader)?);
    }
    Ok(values)
}

/// Has the signing string built for `list`, from values that were all checked before.
///
/// The crate gets a header made here, not the peer's: its own parser takes the last of repeated parameters and overflows on large times.
fn signing_string(
    method: &str,
    path_and_query: &str,
    list: &str,
    values: &BTreeMap<String, String>,
) -> Result<Vec<u8>, SignatureError> {
    let mut headers = values.clone();
    headers.insert("signature".to_owned(), format!("keyId=\"k\",headers=\"{list}\",signature=\"s\""));
    let unverified = Config::new()
        .set_expiration(NEVER)
        .begin_verify(method, path_and_query, headers)
        .map_err(|_| SignatureError::MissingHeader)?;
    Ok(unverified.signing_string().as_bytes().to_vec())
}

/// Signs `(request-target) host date`, with a body also `content-type digest`, and returns all headers that must be sent for it,
/// the signature last.
pub fn sign_cavage(input: &SignInput<'_>) -> Result<Vec<(&'static str, String)>, SigningError> {
    let mut headers = vec![("host", input.host()?), ("date", input.now.http_date())];
    if let Some(body) = input.body {
        headers.push(("content-type", input.content_type.unwrap_or(ACTIVITY_JSON).to_owned()));
        headers.push(("digest", digest(body)));
    }
    let covered: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let signed = Config::new()
        .dont_use_created_field()
        .begin_sign(input.method, &input.path_and_query(), covered)
        .map_err(|_| SigningError::Form)?
        .sign(input.checked_key_id()?, |text| {
            input.key.sign(text.as_bytes()).map(|signature| STANDARD.encode(signature))
        })?;
    let mut header = signed.signature_header();
    if input.key.algorithm() == Algorithm::Rsa {
        // The crate only writes hs2019, which old verifiers do not know.
        header = header.replacen("algorithm=\"hs2019\"", "algorithm=\"rsa-sha256\"", 1);
    }
    headers.push(("signature", header));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_parameters_with_and_without_quotes() {
        let text = r#"keyId="https://r.example/a?b=c,d#main-key", algorithm=hs2019 ,created=1402170695,expires="1402170699",signature="YQ==""#;
        let read = Parameters::read(text).unwrap();
        assert_eq!(read.key_id, "https://r.example/a?b=c,d#main-key");
        assert_eq!((read.created, read.expires), (Some(1_402_170_695), Some(1_402_170_699)));
        assert_eq!(read.algorithm(), Ok(None));
        assert_eq!(read.signature, "YQ==");
        assert_eq!(read.covered(), Ok(vec![CREATED.to_owned()]));
    }

    #[test]
    fn refuses_what_two_readers_might_read_differently() {
        for text in [
            "",
            "keyId",
            r#"keyId=,,,""#,
            r#"keyId="a",keyId="b",signature="YQ==""#,
            r#"keyId="a",KEYID="b",signature="YQ==""#,
            r#"keyId="a" signature="YQ==""#,
            r#"keyId="a",signature="YQ==","#,
            r#"keyId="a",signature="YQ=="#,
            r#"keyId="",signature="YQ==""#,
            r#"keyId="a",signature="""#,
            r#"keyId="a""#,
            r#"key Id="a",signature="YQ==""#,
            r#"keyId="a",created=99999999999999999999,signature="YQ==""#,
            r#"keyId="a",created=1.5,signature="YQ==""#,
        ] {
            assert!(matches!(Parameters::read(text), Err(SignatureError::Malformed(_))), "{text}");
        }
        let long = format!("keyId=\"{}\",signature=\"YQ==\"", "x".repeat(MAX_KEY_ID + 1));
        assert!(matches!(Parameters::read(&long), Err(SignatureError::TooLarge)));
    }

    #[test]
    fn refuses_odd_lists_of_headers() {
        for list in [
            "date date",
            "date Date",
            "(request-target) (what)",
            "da\u{e4}te",
            "date,host",
            "signature",
            "authorization",
        ] {
            let text = format!("keyId=\"a\",headers=\"{list}\",signature=\"YQ==\"");
            assert!(matches!(Parameters::read(&text).unwrap().covered(), Err(SignatureError::Malformed(_))), "{list}");
        }
        let many: Vec<String> = (0..=MAX_COVERED).map(|n| format!("x{n}")).collect();
        let text = format!("keyId=\"a\",headers=\"{}\",signature=\"YQ==\"", many.join(" "));
        assert!(matches!(Parameters::read(&text).unwrap().covered(), Err(SignatureError::TooLarge)));
    }

    /// The example of draft-cavage-http-signatures-12, appendix C.3.
    #[test]
    fn builds_the_published_signing_string() {
        let headers = vec![
            ("Host", "example.com"),
            ("Date", "Sun, 05 Jan 2014 21:31:40 GMT"),
            ("Content-Type", "application/json"),
            ("Digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
            ("Content-Length", "18"),
        ];
        let request = Request {
            method: "POST",
            path_and_query: "/foo?param=value&pet=dog",
            host: "example.com",
            scheme: "https",
            headers: &headers,
            body: Some(br#"{"hello": "world"}"#),
        };
        let list = "(request-target) (created) (expires) host date content-type digest content-length";
        let text = format!("keyId=\"a\",headers=\"{list}\",created=1402170695,expires=1402170699,signature=\"YQ==\"");
        let parameters = Parameters::read(&text).unwrap();
        let values = values(&request, &parameters, &parameters.covered().unwrap()).unwrap();
        let built = signing_string(request.method, request.path_and_query, list, &values).unwrap();
        let expected = "(request-target): post /foo?param=value&pet=dog\n(created): 1402170695\n(expires): 1402170699\nhost: example.com\n\
                        date: Sun, 05 Jan 2014 21:31:40 GMT\ncontent-type: application/json\n\
                        digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\ncontent-length: 18";
        assert_eq!(String::from_utf8(built).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(signature in "[a-zA-Z0-9=\",() ]{0,120}", date in ".{0,40}", digest in ".{0,40}") {
            let headers = vec![("signature", signature), ("date", date), ("digest", digest), ("host", "b.example".to_owned())];
            let request = Request { method: "POST", path_and_query: "/inbox", host: "b.example", scheme: "https", headers: &headers, body: None };
            prop_assert!(parse(&request, Time::from_unix(0)).is_err());
        }

        #[test]
        fn no_covered_value_makes_it_panic(created in any::<u32>(), value in "[ -~]{0,40}") {
            let signature = format!("keyId=\"k\",created={created},headers=\"(request-target) (created) host x\",signature=\"YQ==\"");
            let headers = vec![("signature", signature), ("x", value), ("host", "b.example".to_owned())];
            let request = Request { method: "GET", path_and_query: "/?", host: "b.example", scheme: "https", headers: &headers, body: None };
            prop_assert!(parse(&request, Time::from_unix(i64::from(created))).is_ok());
        }
    }
}
