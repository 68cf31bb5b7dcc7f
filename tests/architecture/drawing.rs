//! docs/IMPORTS.md: the imports between layers and between features, drawn from the tables that the other tests hold.

use std::fmt::Write;

use crate::house::root;
use crate::tables::{FEATURES, IMPORTS, NARROW};

fn is_narrow(from: &str, to: &str) -> bool {
    NARROW.iter().any(|(of, there, _)| *of == from && *there == to)
}

/// What a layer may name, without the narrow arrows.
fn wide(from: &str) -> impl Iterator<Item = &'static str> + '_ {
    let all = IMPORTS.into_iter().find(|(layer, _)| *layer == from).map_or(&[][..], |(_, to)| to);
    all.iter().copied().filter(move |to| !is_narrow(from, to))
}

fn leads(from: &str, to: &str) -> bool {
    wide(from).any(|middle| middle == to || leads(middle, to))
}

/// What leads from one to another anyway needs no arrow of its own.
fn is_drawn(from: &str, to: &str) -> bool {
    !wide(from).any(|middle| middle != to && leads(middle, to))
}

fn drawing() -> String {
    let mut page = "# The imports, drawn\n\n\
        Made by `make drawing` from [the tables](../tests/architecture/tables.rs) that `tests/architecture` holds the \
        source to; `cargo test` fails when this page is another. Arrows point from what names to what is named.\n\n\
        ## Layers\n\n\
        In the kernel and in each feature alike. An arrow is left out where a longer way leads there; a dotted one is \
        kept narrow: only some files have it.\n\n```mermaid\nflowchart TD\n"
        .to_owned();
    for (from, layers) in IMPORTS {
        for to in layers {
            if is_narrow(from, to) {
                writeln!(page, "    {from} -.-> {to}").unwrap();
            } else if is_drawn(from, to) {
                writeln!(page, "    {from} --> {to}").unwrap();
            }
        }
    }
    page.push_str(
        "```\n\n## Features\n\nEach hangs on the kernel; these name another feature besides.\n\n```mermaid\nflowchart LR\n",
    );
    for (from, others) in FEATURES {
        for to in others {
            writeln!(page, "    {from} --> {to}").unwrap();
        }
    }
    page.push_str("```\n");
    page
}

#[test]
fn the_drawing_is_as_the_tables() {
    let path = root().join("docs/IMPORTS.md");
    let drawing = drawing();
    if std::env::var_os("PLENARY_DRAW").is_some() {
        std::fs::write(&path, &drawing).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == drawing, "docs/IMPORTS.md is not up to date: make drawing");
}
