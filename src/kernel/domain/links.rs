//! Addresses that members give each other. The server never opens one; the reader's browser may.

use serde::{Deserialize, Serialize};

use super::field_code::FieldCode;
use super::shape;
use super::text::{self, FieldError, TITLE_MAX};

/// Characters in an address.
pub const URL_MAX: usize = 2_000;
/// Materials of a session.
pub const MATERIALS_MAX: usize = 20;

/// A link to a document for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Material {
    #[schema(schema_with = shape::words::<TITLE_MAX>)]
    pub title: String,
    /// http or https.
    #[schema(schema_with = shape::link::<URL_MAX>)]
    pub url: String,
}

/// Checks a list of materials; blank titles become the address's host.
///
/// # Errors
/// `too_many`, or what is wrong with a title or an address, on `materials`.
pub fn materials(given: Vec<Material>) -> Result<Vec<Material>, FieldError> {
    if given.len() > MATERIALS_MAX {
        return Err(FieldError::new("materials", FieldCode::TooMany));
    }
    given
        .into_iter()
        .map(|material| {
            let url = address("materials", &material.url)?;
            let title = if material.title.trim().is_empty() { host(&url) } else { &material.title };
            Ok(Material { title: text::line("materials", title, TITLE_MAX)?, url: url.clone() })
        })
        .collect()
}

/// An address that a link may lead to: http or https, a host, no name or password of a user, and
/// nothing that a page, a feed or a mail could take for something else.
///
/// # Errors
/// `required`, `too_long` or `not_a_link` on `field`.
pub fn address(field: &'static str, given: &str) -> Result<String, FieldError> {
    let given = given.trim();
    if given.is_empty() {
        return Err(FieldError::new(field, FieldCode::Required));
    }
    if given.chars().count() > URL_MAX {
        return Err(FieldError::new(field, FieldCode::TooLong));
    }
    let wrong = || FieldError::new(field, FieldCode::NotALink);
    let (scheme, rest) = given.split_once("://").ok_or_else(wrong)?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let is_plain = |c: char| {
        if c.is_ascii() { c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) } else { c.is_alphanumeric() }
    };
    if !is_web || !rest.chars().all(is_plain) || !is_authority(authority(rest)) {
        return Err(wrong());
    }
    Ok(given.to_owned())
}

/// What stands between `//` and the path.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // The colon of an IPv6 address stands within brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|b| b.is_ascii_digit());
    port.is_none_or(is_port) && is_host(host)
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    // A dot at the end is the root's.
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253 && host.split('.').all(is_label)
}

/// The host of a checked address.
fn host(url: &str) -> &str {
    url.split_once("://").map_or("", |(_, rest)| authority(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links() {
        for good in [
            "https://example.org",
            "http://example.org:8080/a/b?c=d&e=%20#f",
            "HTTPS://EXAMPLE.ORG/",
            "https://[2001:db8::1]:443/x",
            "https://www.ilo.org/资料/第一页.pdf",
            "https://中国.example/",
            "https://example.org./@someone/(x),y;z='1'",
        ] {
            assert_eq!(address("url", good), Ok(good.to_owned()), "{good}");
        }
        for bad in [
            "example.org",
            "//example.org",
            "javascript://example.org/%0aalert(1)",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "https://",
            "https:///path",
            "https://user:secret@example.org/",
            "https://example.org@evil.example/",
            "https://example.org\\@evil.example/",
            "https://exa mple.org/",
            "https://example.org/\u{202E}fdp.exe",
            "https://example.org/<script>",
            "https://example.org/a\nb",
            "https://example.org:/",
            "https://example.org:99999/",
            "https://example.org:+1/",
            "https://-a.example/",
            "https://a..example/",
            "https://[::1/",
            "https://[nothing]/",
        ] {
            assert_eq!(address("url", bad), Err(FieldError::new("url", FieldCode::NotALink)), "{bad}");
        }
        assert_eq!(address("url", " "), Err(FieldError::new("url", FieldCode::Required)));
        let long = format!("https://example.org/{}", "x".repeat(URL_MAX));
        assert_eq!(address("url", &long), Err(FieldError::new("url", FieldCode::TooLong)));
    }

    #[test]
    fn lists_of_materials() {
        let one = |title: &str| Material { title: title.into(), url: "https://example.org/x".into() };
        assert_eq!(materials(vec![one(" ")]).unwrap(), [one("example.org")]);
        assert_eq!(materials(vec![one("T"); MATERIALS_MAX]).unwrap().len(), MATERIALS_MAX);
        let error = |given| materials(given).unwrap_err().code;
        assert_eq!(error(vec![one("T"); MATERIALS_MAX + 1]), FieldCode::TooMany);
        assert_eq!(error(vec![one(&"x".repeat(TITLE_MAX + 1))]), FieldCode::TooLong);
        assert_eq!(error(vec![Material { url: "x".into(), ..one("T") }]), FieldCode::NotALink);
    }

    proptest! {
        #[test]
        fn what_passes_is_a_web_address_of_a_host(url in "(https?://)?[a-z0-9.:@/\\[\\]\\\\ -]{0,30}") {
            if let Ok(kept) = address("url", &url) {
                prop_assert!(kept.starts_with("https://") || kept.starts_with("http://"));
                prop_assert!(!host(&kept).is_empty() && !host(&kept).contains(['@', '\\', ' ']));
                prop_assert_eq!(address("url", &kept), Ok(kept.clone()));
            }
        }
    }
}
