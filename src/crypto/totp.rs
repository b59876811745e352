//! One-time codes by time (RFC 6238): SHA-1, six digits, steps of 30 seconds, since authenticator apps know nothing else.

use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};

use crate::error::{Error, Result};

/// Random bytes in a new secret (RFC 4226 section 4 recommends 160 bits).
const SECRET_BYTES: usize = 20;
/// How many steps before and after the present one are accepted, for clocks that differ.
const SKEW: u16 = 1;
/// The longest text that is drawn, in bytes; it also bounds the work.
const MAX_QR: usize = 1024;

/// A new secret in base32, as people may type it and as it is stored.
pub fn new_secret() -> Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(Error::internal)?;
    Ok(Secret::from(bytes).to_base32())
}

/// The `otpauth://` address an authenticator app reads. Colons in the names become spaces, since they part the two there.
pub fn otpauth_url(secret: &str, account: &str, issuer: &str) -> Result<String> {
    let issuer = issuer.replace(':', " ");
    let totp = builder(secret)
        .and_then(|builder| {
            builder.with_account_name(account.replace(':', " ")).with_issuer(Some(issuer.as_str())).build().ok()
        })
        .ok_or_else(|| Error::bug("a one-time code secret cannot be read"))?;
    totp.to_url().map_err(Error::internal)
}

/// The step whose code this is, if the code is good now (one step of 30 s early or late is forgiven) and its step is later than
/// the last one used. The caller stores the step, in the transaction that signs in, so that no code works twice.
pub fn check(secret: &str, code: &str, now_unix: i64, last_used_step: Option<i64>) -> Option<i64> {
    // Apps show the digits in two groups, and people type what they see.
    let code: String = code.chars().filter(|c| !c.is_whitespace()).take(8).collect();
    let totp: Totp = builder(secret)?.build().ok()?;
    let step = totp.check(&code, u64::try_from(now_unix).ok()?)?;
    let step = i64::try_from(step).ok()?;
    last_used_step.is_none_or(|last| step > last).then_some(step)
}

fn builder(secret: &str) -> Option<Builder> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Some(Builder::new().with_secret(secret).with_skew(SKEW))
}

/// A QR code of the text as an `<svg>` element for use inside a page: black on white, with a quiet margin.
pub fn qr_svg(text: &str) -> Result<String> {
    if text.len() > MAX_QR {
        return Err(Error::bug("the text is too long for a QR code"));
    }
    let code = QrCode::new(text.as_bytes()).map_err(Error::internal)?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // Inside HTML the XML declaration would be an error.
    Ok(image.find("<svg").and_then(|start| image.get(start..)).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B, "12345678901234567890".
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    /// The last six of the eight digits given in RFC 6238 appendix B for SHA-1.
    #[test]
    fn agrees_with_the_published_codes() {
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(check(SECRET, code, now, None), Some(now / 30), "{now}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_around_and_once() {
        let code = "005924";
        let step = 1_234_567_890 / 30;
        for (now, expected) in [(-31, None), (-30, Some(step)), (29, Some(step)), (59, Some(step)), (60, None)] {
            let start = step * 30;
            assert_eq!(check(SECRET, code, start + now, None), expected, "{now}");
        }
        assert_eq!(check(SECRET, code, 1_234_567_890, Some(step)), None);
        assert_eq!(check(SECRET, code, 1_234_567_890, Some(step + 1)), None);
        assert_eq!(check(SECRET, code, 1_234_567_890, Some(step - 1)), Some(step));
    }

    #[test]
    fn reads_codes_as_people_type_them_and_nothing_else() {
        assert!(check(SECRET, " 005 924", 1_234_567_890, None).is_some());
        for code in ["", "5924", "+05924", "0059245", "00592a", "００５９２４"] {
            assert_eq!(check(SECRET, code, 1_234_567_890, None), None, "{code}");
        }
        assert_eq!(check("not base32!", "005924", 1_234_567_890, None), None);
        assert_eq!(check(SECRET, "005924", -1, None), None);
    }

    #[test]
    fn a_new_secret_works_in_an_app() {
        let secret = new_secret().unwrap();
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, new_secret().unwrap());
        let url = otpauth_url(&secret, "kim@brand.example", "localhost:8080").unwrap();
        assert_eq!(
            url,
            format!("otpauth://totp/localhost%208080:kim%40brand.example?secret={secret}&issuer=localhost%208080")
        );
    }

    #[test]
    fn draws_an_svg_element() {
        let svg = qr_svg("otpauth://totp/x").unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(qr_svg(&"x".repeat(MAX_QR + 1)).is_err());
    }
}
