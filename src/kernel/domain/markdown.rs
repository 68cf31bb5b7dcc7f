//! Markdown to safe HTML.
//!
//! What people write is taken as they mean it: see [`source`] and [`tree`].
//!
//! Two walls: comrak writes no raw HTML of the author's, and ammonia lets only a short list of
//! elements through. svg, math and style stay out for good: every hole found in ammonia so far
//! needed one of them (RUSTSEC-2025-0071, RUSTSEC-2026-0193, RUSTSEC-2026-0213).

mod addresses;
mod source;
mod tree;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use comrak::{Arena, Options, format_html, parse_document};

use super::field_code::FieldCode;
use super::text::FieldError;
use super::text::characters::clean;

/// Blocks and spans inside each other; more is not writing but an attempt to break readers.
const DEPTH_MAX: usize = 32;
/// Rendered bytes; Markdown can grow when rendered.
const HTML_MAX: usize = 200_000;

static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // Beside full-width marks, too.
    options.extension.cjk_friendly_emphasis = true;
    options.extension.table = true;
    options.render.escape = true;
    // A line under a name parts, it makes no heading.
    options.parse.ignore_setext = true;
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

/// Renders a post. What entities bring in that nobody sees is cleaned away, as it is from what was typed.
///
/// # Errors
/// On `body`: `too_complex` when it nests deeper than 32 levels or renders to over 200,000 bytes, `shows_nothing`
/// when a reader would see nothing of it.
pub fn render(body: &str) -> Result<String, FieldError> {
    let too_complex = FieldError::new("body", FieldCode::TooComplex);
    let source = source::Source::new(&clean(body));
    let arena = Arena::new();
    let root = parse_document(&arena, &source.text, &OPTIONS);
    check_depth(root)?;
    tree::finish(&arena, root, &source);
    if !tree::shows(root) {
        return Err(FieldError::new("body", FieldCode::ShowsNothing));
    }
    let mut html = String::with_capacity(body.len() * 2);
    format_html(root, &OPTIONS, &mut html).map_err(|_| too_complex)?;
    if html.len() > HTML_MAX {
        return Err(too_complex);
    }
    Ok(clean(CLEANER.clean(&html).to_string().trim_end()).into_owned())
}

/// Counts how deep the text nests, and puts its headings under the page's own.
fn check_depth<'a>(root: comrak::nodes::Node<'a>) -> Result<(), FieldError> {
    let mut depth = 0usize;
    for edge in root.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(node) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(FieldError::new("body", FieldCode::TooComplex));
                }
                // A post stands under the page's own headings.
                if let comrak::nodes::NodeValue::Heading(heading) = &mut node.data_mut().value {
                    heading.level = (heading.level + 2).min(6);
                }
            }
            comrak::arena_tree::NodeEdge::End(_) => depth -= 1,
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "markdown/tests.rs"]
mod tests;
