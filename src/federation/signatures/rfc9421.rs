//! HTTP Message Signatures, RFC 9421: `Signature-Input` says what is covered, `Signature` holds the bytes, both by label.

use sfv::{BareItem, Dictionary, FieldType, InnerList, Integer, Item, Key, KeyRef, ListEntry, Parameters, Parser};

use super::{
    ACTIVITY_JSON, MAX_COVERED, MAX_KEY_ID, Parsed, Request, Scheme, SignInput, SignatureError, SigningError,
    check_time, content_digest, joined, verify_content_digest,
};
use crate::crypto::keys::Algorithm;
use crate::time::Time;

/// How many signatures one request may carry; the first that holds in all but its key is taken.
const MAX_SIGNATURES: usize = 4;
/// The label under which we sign; receivers take any.
const LABEL: &str = "sig1";

/// See [`super::parse`].
pub(super) fn parse(request: &Request<'_>, now: Time) -> Result<Parsed, SignatureError> {
    let inputs = dictionary(request, "signature-input")?;
    let signatures = dictionary(request, "signature")?;
    if inputs.len() > MAX_SIGNATURES {
        return Err(SignatureError::TooLarge);
    }
    request.check_host()?;
    let mut first = None;
    for (label, input) in &inputs {
        match signature_of(&signatures, label).and_then(|signature| one(request, input, signature, now)) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(SignatureError::Missing))
}

/// Reads a header as a dictionary of structured fields (RFC 9651). A repeated key or parameter is refused: the parser keeps the
/// last, and the value it writes back then lacks the others.
fn dictionary(request: &Request<'_>, name: &str) -> Result<Dictionary, SignatureError> {
    const WRONG: SignatureError = SignatureError::Malformed("it is not a dictionary of structured fields");
    let text =
        joined(request.headers, name)?.ok_or(SignatureError::Malformed("Signature-Input and Signature go together"))?;
    let dictionary: Dictionary = Parser::new(&text).parse().map_err(|_| WRONG)?;
    let written = dictionary.serialize().ok_or(WRONG)?;
    // Base64 may come without its padding, lists with more blanks.
    let significant = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'=');
    if text.bytes().filter(significant).eq(written.bytes().filter(significant)) {
        Ok(dictionary)
    } else {
        Err(SignatureError::Malformed("something is repeated, or not in its canonical form"))
    }
}

fn signature_of<'a>(signatures: &'a Dictionary, label: &Key) -> Result<&'a [u8], SignatureError> {
    match signatures.get(label) {
        Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. })) => Ok(bytes),
        Some(_) => Err(SignatureError::Malformed("the signature is not a byte sequence")),
        None => Err(SignatureError::Malformed("Signature-Input and Signature have different labels")),
    }
}

/// Checks one signature of possibly several.
fn one(request: &Request<'_>, input: &ListEntry, signature: &[u8], now: Time) -> Result<Parsed, SignatureError> {
    let ListEntry::InnerList(input) = input else {
        return Err(SignatureError::Malformed("Signature-Input is not a list of components"));
    };
    let algorithm = algorithm(&input.params)?;
    let key_id = match input.params.get("keyid") {
        Some(BareItem::String(id)) if !id.as_str().is_empty() => id.as_str(),
        _ => return Err(SignatureError::Malformed("keyid is missing")),
    };
    if key_id.len() > MAX_KEY_ID || input.items.len() > MAX_COVERED {
        return Err(SignatureError::TooLarge);
    }
    let created = seconds(&input.params, "created")?.ok_or(SignatureError::Uncovered("created"))?;
    let expires = seconds(&input.params, "expires")?;

    let covers = |name: &str| {
        input.items.iter().any(|item| matches!(&item.bare_item, BareItem::String(covered) if covered.as_str() == name))
    };
    if !covers("@method") {
        return Err(SignatureError::Uncovered("@method"));
    }
    if !(covers("@target-uri") || covers("@authority") && (covers("@path") || covers("@request-target"))) {
        return Err(SignatureError::Uncovered("@target-uri, or @authority with @path or @request-target"));
    }
    if request.needs_digest() && !covers("content-digest") {
        return Err(SignatureError::Uncovered("content-digest"));
    }
    check_time(now, created, expires, true)?;
    if covers("content-digest") && (request.needs_digest() || request.body.is_some()) {
        verify_content_digest(request.headers, request.body.unwrap_or_default())?;
    }

    Ok(Parsed {
        key_id: key_id.to_owned(),
        scheme: Scheme::Rfc9421,
        signing_strings: vec![signature_base(request, input)?.into_bytes()],
        signature: signature.to_vec(),
        algorithm,
        created: Time::from_unix(created),
        expires: expires.map(Time::from_unix),
    })
}

fn algorithm(parameters: &Parameters) -> Result<Option<Algorithm>, SignatureError> {
    match parameters.get("alg") {
        None => Ok(None),
        Some(BareItem::String(label)) => match label.as_str() {
            "rsa-v1_5-sha256" => Ok(Some(Algorithm::Rsa)),
            "ed25519" => Ok(Some(Algorithm::Ed25519)),
            _ => Err(SignatureError::UnsupportedAlgorithm),
        },
        Some(_) => Err(SignatureError::Malformed("alg is not a string")),
    }
}

fn seconds(parameters: &Parameters, name: &str) -> Result<Option<i64>, SignatureError> {
    match parameters.get(name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => Ok(Some((*seconds).into())),
        Some(_) => Err(SignatureError::Malformed("a time is not a number of seconds")),
    }
}

/// The signature base of RFC 9421 section 2.5: a line for each component, then the parameters.
fn signature_base(request: &Request<'_>, input: &InnerList) -> Result<String, SignatureError> {
    let mut base = String::with_capacity(512);
    let mut seen: Vec<&str> = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let BareItem::String(name) = &item.bare_item else {
            return Err(SignatureError::Malformed("a component is not a string"));
        };
        let name = name.as_str();
        if !item.params.is_empty() {
            return Err(SignatureError::Malformed("components with parameters are not supported"));
        }
        if seen.contains(&name) {
            return Err(SignatureError::Malformed("a component is repeated"));
        }
        seen.push(name);
        let value = component(request, name)?;
        for part in ["\"", name, "\": ", value.as_str(), "\n"] {
            base.push_str(part);
        }
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&parameters_of(input).ok_or(SignatureError::Malformed("Signature-Input is empty"))?);
    Ok(base)
}

/// The value of one component (RFC 9421 sections 2.1 and 2.2), addresses from our own configuration instead of the request.
fn component(request: &Request<'_>, name: &str) -> Result<String, SignatureError> {
    match name {
        "@method" => Ok(request.method.to_owned()),
        "@target-uri" => Ok(format!("{}://{}{}", request.scheme, request.authority(), request.path_and_query)),
        "@authority" => Ok(request.authority()),
        "@scheme" => Ok(request.scheme.to_owned()),
        "@request-target" => Ok(request.path_and_query.to_owned()),
        "@path" => Ok(request.path().to_owned()),
        "@query" => Ok(format!("?{}", request.path_and_query.split_once('?').map_or("", |(_, query)| query))),
        _ if name.starts_with('@') => Err(SignatureError::Malformed("a derived component is not supported")),
        _ if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'"' || byte == b'\\') => {
            Err(SignatureError::Malformed("a component is not a lower-case header name"))
        }
        _ => joined(request.headers, name)?.ok_or(SignatureError::MissingHeader),
    }
}

/// The covered components with their parameters, as a structured field.
fn parameters_of(input: &InnerList) -> Option<String> {
    let mut list = sfv::ListSerializer::new();
    {
        let mut inner = list.inner_list();
        inner.items(&input.items);
        let _written = inner.finish().parameters(&input.params);
    }
    list.finish()
}

/// Signs `@method`, `@target-uri` and, with a body, `content-digest`, and returns all headers that must be sent for it,
/// the signature last.
pub fn sign_rfc9421(input: &SignInput<'_>) -> Result<Vec<(&'static str, String)>, SigningError> {
    let mut headers = vec![("host", input.host()?), ("date", input.now.http_date())];
    let mut covered = vec!["@method", "@target-uri"];
    if let Some(body) = input.body {
        headers.push(("content-type", input.content_type.unwrap_or(ACTIVITY_JSON).to_owned()));
        headers.push(("content-digest", content_digest(body)));
        covered.push("content-digest");
    }
    let list = components(input, &covered)?;
    let host = input.host()?;
    let path_and_query = input.path_and_query();
    let request = Request {
        method: input.method,
        path_and_query: &path_and_query,
        host: &host,
        scheme: input.url.scheme(),
        headers: &headers,
        body: input.body,
    };
    let base = signature_base(&request, &list).map_err(|_| SigningError::Form)?;
    let signature = input.key.sign(base.as_bytes())?;

    let parameters = parameters_of(&list).ok_or(SigningError::Form)?;
    let mut value = sfv::DictSerializer::new();
    let _written = value.bare_item(KeyRef::constant(LABEL), signature.as_slice());
    headers.push(("signature-input", format!("{LABEL}={parameters}")));
    headers.push(("signature", value.finish().ok_or(SigningError::Form)?));
    Ok(headers)
}

fn components(input: &SignInput<'_>, covered: &[&str]) -> Result<InnerList, SigningError> {
    let string =
        |text: &str| sfv::String::from_string(text.to_owned()).map(BareItem::String).map_err(|_| SigningError::Form);
    let key_id = input.checked_key_id()?;
    let created = Integer::try_from(input.now.unix()).map_err(|_| SigningError::Form)?;
    let alg = match input.key.algorithm() {
        Algorithm::Rsa => "rsa-v1_5-sha256",
        Algorithm::Ed25519 => "ed25519",
    };
    let mut parameters = Parameters::new();
    for (name, value) in [("created", BareItem::Integer(created)), ("keyid", string(&key_id)?), ("alg", string(alg)?)] {
        let name = KeyRef::from_str(name).map_err(|_| SigningError::Form)?;
        parameters.insert(name.to_owned(), value);
    }
    let items = covered.iter().map(|name| string(name).map(Item::new)).collect::<Result<Vec<Item>, SigningError>>()?;
    Ok(InnerList::with_params(items, parameters))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Headers;
    use super::*;
    use crate::crypto::keys::PublicKey;

    const TEST_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n";
    const BODY: &[u8] = br#"{"hello": "world"}"#;

    /// The test request of RFC 9421 appendix B.2.
    fn test_headers(input: &'static str, signature: &'static str) -> Vec<(&'static str, &'static str)> {
        vec![
            ("Host", "example.com"),
            ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("Content-Type", "application/json"),
            (
                "Content-Digest",
                "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
            ),
            ("Content-Length", "18"),
            ("Signature-Input", input),
            ("Signature", signature),
        ]
    }

    fn test_request(headers: &dyn Headers) -> Request<'_> {
        Request {
            method: "POST",
            path_and_query: "/foo?param=Value&Pet=dog",
            host: "example.com",
            scheme: "https",
            headers,
            body: Some(BODY),
        }
    }

    /// RFC 9421 appendix B.2.6.
    #[test]
    fn agrees_with_the_published_ed25519_signature() {
        let headers = test_headers(
            r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        );
        let request = test_request(&headers);
        let inputs = dictionary(&request, "signature-input").unwrap();
        let signatures = dictionary(&request, "signature").unwrap();
        let (label, input) = inputs.iter().next().unwrap();
        let ListEntry::InnerList(list) = input else { panic!("not a list") };
        let base = signature_base(&request, list).unwrap();
        assert!(base.starts_with(
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n"
        ));
        let key = PublicKey::from_pem(TEST_KEY).unwrap();
        let signature = signature_of(&signatures, label).unwrap();
        assert!(key.verify(base.as_bytes(), signature));
        assert!(!key.verify(base.replace("POST", "PUT").as_bytes(), signature));
        // It does not cover the body, so nothing is accepted on its strength.
        assert_eq!(parse(&request, Time::from_unix(1_618_884_473)), Err(SignatureError::Uncovered("content-digest")));
    }

    #[test]
    fn derives_components_from_our_own_address() {
        let headers: Vec<(&str, &str)> = vec![("X-List", " a "), ("x-list", "b ")];
        let request = Request {
            method: "GET",
            path_and_query: "/users/brand?page=1&x=%20",
            host: "Brand.example:443",
            scheme: "https",
            headers: &headers,
            body: None,
        };
        for (name, expected) in [
            ("@target-uri", "https://brand.example/users/brand?page=1&x=%20"),
            ("@authority", "brand.example"),
            ("@scheme", "https"),
            ("@request-target", "/users/brand?page=1&x=%20"),
            ("@path", "/users/brand"),
            ("@query", "?page=1&x=%20"),
            ("x-list", "a, b"),
        ] {
            assert_eq!(component(&request, name).as_deref(), Ok(expected), "{name}");
        }
        assert_eq!(component(&request, "date"), Err(SignatureError::MissingHeader));
        for name in ["@status", "@query-param", "Date", "a\"b"] {
            assert!(matches!(component(&request, name), Err(SignatureError::Malformed(_))), "{name}");
        }
        let bare = Request { path_and_query: "/", ..request };
        assert_eq!(component(&bare, "@query").as_deref(), Ok("?"));
    }

    #[test]
    fn refuses_repeated_and_foreign_parts() {
        for (input, signature) in [
            (r#"a=("@method");created=1;created=2;keyid="k""#, "a=:YQ==:"),
            (r#"a=("@method");keyid="x";keyid="k";created=1"#, "a=:YQ==:"),
            (r#"a=("@method");created=1;keyid="k", a=("@method");created=2;keyid="k""#, "a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1;keyid="k""#, "b=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1;keyid="k""#, "a=YQ"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1;keyid="k""#, "a=:YQ==:, a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest";req);created=1618884473;keyid="k""#, "a=:YQ==:"),
            (r#"a=("@method" "@method" "@target-uri" "content-digest");created=1618884473;keyid="k""#, "a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created="1";keyid="k""#, "a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1618884473"#, "a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1618884473;keyid=k"#, "a=:YQ==:"),
            (r#"a=("@method" "@target-uri" "content-digest");created=1618884473;keyid="k";alg=ed25519"#, "a=:YQ==:"),
            ("a=1", "a=:YQ==:"),
            ("a=(", "a=:YQ==:"),
            ("", "a=:YQ==:"),
        ] {
            let headers = test_headers(input, signature);
            let result = parse(&test_request(&headers), Time::from_unix(1_618_884_473));
            assert!(matches!(result, Err(SignatureError::Malformed(_))), "{input} {signature}: {result:?}");
        }
    }

    #[test]
    fn takes_the_first_signature_that_holds() {
        let headers = test_headers(
            r#"proxy=("@method");created=1618884473;keyid="p", s=("@method" "@target-uri" "content-digest");created=1618884473;keyid="k""#,
            "proxy=:YQ==:, s=:Yg==:",
        );
        let parsed = parse(&test_request(&headers), Time::from_unix(1_618_884_473)).unwrap();
        assert_eq!((parsed.key_id.as_str(), parsed.signature.as_slice()), ("k", b"b".as_slice()));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(input in "[a-z0-9=\"():;,@ -]{0,120}", signature in "[a-zA-Z0-9=:, ]{0,40}") {
            let headers = vec![("signature-input", input), ("signature", signature)];
            let request = Request { method: "POST", path_and_query: "/inbox", host: "b.example", scheme: "https", headers: &headers, body: None };
            prop_assert!(super::parse(&request, Time::from_unix(0)).is_err());
        }
    }
}
