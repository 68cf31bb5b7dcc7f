//! Markdown to safe HTML.
//!
//! Two walls: comrak writes no raw HTML of the author's, and ammonia lets only a short list of
//! elements through. svg, math and style stay out for good: every hole found in ammonia so far
//! needed one of them (RUSTSEC-2025-0071, RUSTSEC-2026-0193, RUSTSEC-2026-0213).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use comrak::{Arena, Options, format_html, parse_document};

use super::field_code::FieldCode;
use super::text::FieldError;

/// Blocks and spans inside each other; more is not writing but an attempt to break readers.
const DEPTH_MAX: usize = 32;
/// Rendered bytes; Markdown can grow when rendered.
const HTML_MAX: usize = 200_000;

static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.table = true;
    options.render.escape = true;
    // In a conversation a line end means a line end.
    options.render.hardbreaks = true;
    options
});

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::empty();
    cleaner
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "strong",
            "em",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "a",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow ugc noopener noreferrer"));
    cleaner
});

/// Renders a post.
///
/// # Errors
/// `too_complex` on `body` when it nests deeper than 32 levels or renders to over 200,000 bytes.
pub fn render(body: &str) -> Result<String, FieldError> {
    let too_complex = FieldError::new("body", FieldCode::TooComplex);
    let arena = Arena::new();
    let root = parse_document(&arena, body, &OPTIONS);
    let mut depth = 0usize;
    for edge in root.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(node) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(too_complex);
                }
                // A post stands under the page's own headings.
                if let comrak::nodes::NodeValue::Heading(heading) = &mut node.data_mut().value {
                    heading.level = (heading.level + 2).min(6);
                }
            }
            comrak::arena_tree::NodeEdge::End(_) => depth -= 1,
        }
    }
    let mut html = String::with_capacity(body.len() * 2);
    format_html(root, &OPTIONS, &mut html).map_err(|_| too_complex)?;
    if html.len() > HTML_MAX {
        return Err(too_complex);
    }
    Ok(CLEANER.clean(&html).to_string().trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn renders_what_people_write() {
        assert_eq!(
            render("**Paid** hours\nfor all").unwrap(),
            "<p><strong>Paid</strong> hours<br>\nfor all</p>"
        );
        assert_eq!(render("# Title").unwrap(), "<h3>Title</h3>");
        assert!(render("> quoted").unwrap().starts_with("<blockquote>"));
        assert!(render("见 https://ilo.org/x").unwrap().contains("rel=\"nofollow ugc noopener noreferrer\""));
    }

    #[test]
    fn nothing_active_comes_out() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](javascript:alert(1))",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,AAAA)",
            "<svg><style><img src=x></style></svg>",
            "<a href=\"x\" onclick=\"y\">z</a>",
            "[x](//evil.example)",
        ] {
            let html = render(attack).unwrap();
            for bad in [
                "<script",
                "<img",
                "<svg",
                "<style",
                "href=\"javascript",
                "href=\"data",
                "href=\"//",
                "<a href=\"x\" onclick",
            ] {
                assert!(!html.contains(bad), "{attack} gave {html}");
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        for deep in [">".repeat(20_000), "- ".repeat(10_000), "*a ".repeat(6_000), "[".repeat(20_000)] {
            // It ends; what took a minute would grow faster than the text, on any machine.
            let (send, receive) = std::sync::mpsc::channel();
            let begin = deep[..4].to_owned();
            std::thread::spawn(move || send.send(render(&deep).is_ok()));
            assert!(receive.recv_timeout(std::time::Duration::from_secs(60)).is_ok(), "{begin}");
        }
        assert_eq!(render(&">".repeat(1000)).unwrap_err().code, FieldCode::TooComplex);
    }

    proptest! {
        #[test]
        fn any_text_renders_without_foreign_elements(text in "[<>a-z/=\"'()\\[\\]!#*_`&; \\n-]{0,400}") {
            if let Ok(html) = render(&text) {
                for bad in ["<script", "<img", "<svg", "<math", "<style", "<iframe"] {
                    prop_assert!(!html.contains(bad), "{} in {}", bad, html);
                }
            }
        }
    }
}
