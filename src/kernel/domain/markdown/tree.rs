//! What is done to a text after it was read as Markdown: signs and addresses are put back, paragraphs that only
//! begin with blanks are no code, and links and pictures that cannot be shown keep their words and their address.

use comrak::nodes::{AstNode, Node, NodeLink, NodeValue};
use comrak::{Arena, parse_document};

use super::source::{Piece, Source};
use super::{OPTIONS, addresses};
use crate::kernel::domain::text::characters::is_visible;

/// Stands before the words of a picture, which only its address leads to.
const PICTURE: &str = "\u{1F5BC}\u{FE0F} ";

/// Makes the tree what readers get.
pub fn finish<'a>(arena: &'a Arena<'a>, root: Node<'a>, source: &Source) {
    for node in nodes(root) {
        unindent(arena, node);
    }
    for node in nodes(root) {
        put_back(arena, node, source);
    }
    // Pictures first: a link may hold nothing else.
    for node in nodes(root) {
        picture(arena, node);
    }
    for node in nodes(root) {
        link(arena, node);
    }
}

/// True when there is something to see below the node.
pub fn shows(node: Node<'_>) -> bool {
    node.descendants().any(|node| match &node.data().value {
        NodeValue::Text(text) => text.chars().any(is_visible),
        NodeValue::Code(code) => code.literal.chars().any(is_visible),
        NodeValue::CodeBlock(block) => block.literal.chars().any(is_visible),
        NodeValue::HtmlBlock(block) => block.literal.chars().any(is_visible),
        NodeValue::HtmlInline(html) => html.chars().any(is_visible),
        _ => false,
    })
}

fn nodes<'a>(root: Node<'a>) -> Vec<Node<'a>> {
    root.descendants().collect()
}

fn text<'a>(arena: &'a Arena<'a>, words: impl Into<String>) -> Node<'a> {
    arena.alloc(AstNode::from(NodeValue::Text(words.into().into())))
}

/// Letters have paragraphs that begin with blanks. Whoever shows code fences it.
fn unindent<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let literal = match &node.data().value {
        NodeValue::CodeBlock(block) if !block.fenced => block.literal.clone(),
        _ => return,
    };
    let lines: Vec<&str> = literal.lines().map(str::trim_start).collect();
    let inner = parse_document(arena, &lines.join("\n"), &OPTIONS);
    for child in inner.children().collect::<Vec<_>>() {
        node.insert_before(child);
    }
    node.detach();
}

fn put_back<'a>(arena: &'a Arena<'a>, node: Node<'a>, source: &Source) {
    let words = match &mut node.data_mut().value {
        NodeValue::Text(words) => words.to_string(),
        NodeValue::Code(code) => return code.literal = source.restored(&code.literal),
        NodeValue::CodeBlock(block) => return block.literal = source.restored(&block.literal),
        NodeValue::HtmlBlock(block) => return block.literal = source.restored(&block.literal),
        NodeValue::HtmlInline(html) => return *html = source.restored(html),
        NodeValue::Link(link) | NodeValue::Image(link) => {
            link.url = source.restored(&link.url);
            link.title = source.restored(&link.title);
            return;
        }
        _ => return,
    };
    let in_link = is_in_link(node);
    for piece in source.pieces(&words) {
        let new = match piece {
            Piece::Text(words) => text(arena, words),
            Piece::Address { words, .. } if in_link => text(arena, words),
            Piece::Address { words, url } => {
                let link = NodeLink { url: url.to_owned(), title: String::new() };
                let link: Node<'a> = arena.alloc(AstNode::from(NodeValue::Link(Box::new(link))));
                link.append(text(arena, words));
                link
            }
        };
        node.insert_before(new);
    }
    node.detach();
}

fn is_in_link(node: Node<'_>) -> bool {
    node.ancestors()
        .skip(1)
        .any(|above| matches!(above.data().value, NodeValue::Link(_) | NodeValue::Image(_)))
}

/// A picture becomes a link to it: the server shows nothing that stands elsewhere.
fn picture<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let NodeValue::Image(image) = node.data().value.clone() else { return };
    if is_in_link(node) {
        return unwrap(node);
    }
    if addresses::followed(&image.url).is_none() {
        return spell_out(arena, node, &image.url);
    }
    if !shows(node) {
        node.append(text(arena, image.url.clone()));
    }
    node.prepend(text(arena, PICTURE));
    node.data_mut().value = NodeValue::Link(image);
}

fn link<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let NodeValue::Link(link) = node.data().value.clone() else { return };
    let Some(url) = addresses::followed(&link.url) else {
        return spell_out(arena, node, &link.url);
    };
    if !shows(node) {
        node.append(text(arena, link.url.clone()));
    }
    node.data_mut().value = NodeValue::Link(Box::new(NodeLink { url, title: link.title }));
}

/// Writes the address behind the words, since it leads nowhere.
fn spell_out<'a>(arena: &'a Arena<'a>, node: Node<'a>, url: &str) {
    let words: String =
        node.descendants().filter_map(|node| node.data().value.text().map(ToString::to_string)).collect();
    if words.trim() != url.trim() && !url.trim().is_empty() {
        let behind = if shows(node) { format!(" ({url})") } else { url.to_owned() };
        node.insert_after(text(arena, behind));
    }
    unwrap(node);
}

fn unwrap(node: Node<'_>) {
    for child in node.children().collect::<Vec<_>>() {
        node.insert_before(child);
    }
    node.detach();
}
