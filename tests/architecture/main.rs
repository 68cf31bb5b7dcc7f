//! The house is built as docs/ARCHITECTURE.md says: arrows point one way, and each thing has its one place.

mod drawing;
mod house;
mod pages;
mod schemas;
mod tables;

use std::collections::BTreeSet;

use house::{Place, Source, house};
use tables::{ACTIX, DIESEL, FEATURES, IMPORTS, LINES, MOUNTS, NARROW, QUERIES};

/// Everything that is wrong with the imports of a file.
fn forbidden_imports(source: &Source) -> Vec<String> {
    let mut wrong: Vec<String> = source
        .named()
        .into_iter()
        .filter(|(_, path)| {
            let to = Place::of(path);
            !may_name_layer(source, &to) || !may_name_feature(source, &to)
        })
        .map(|(line, path)| {
            let path = &path[..path.len().min(3)];
            format!("src/{}:{line} names {}", source.path, path.join("::"))
        })
        .collect();
    // The way up ends at the layer's own door.
    let up = "super::".repeat((source.names.len() + 1).saturating_sub(source.place.door).max(1));
    for (at, line) in source.lines.iter().enumerate().filter(|(_, line)| line.contains(&up)) {
        // A test module is one floor deeper.
        if !line.starts_with("    ") {
            wrong.push(format!("src/{}:{} leaves by super: {}", source.path, at + 1, line.trim()));
        }
    }
    wrong
}

fn may_name_layer(source: &Source, to: &Place) -> bool {
    let from = &source.place.layer;
    if *from == to.layer {
        return !from.is_empty();
    }
    let allowed = IMPORTS.into_iter().find(|(layer, _)| layer == from).map_or(&[][..], |(_, to)| to);
    let narrow = NARROW.iter().find(|(of, there, _)| of == from && *there == to.layer);
    allowed.contains(&to.layer.as_str())
        && narrow.is_none_or(|(_, _, files)| files.contains(&source.path.as_str()))
}

fn may_name_feature(source: &Source, to: &Place) -> bool {
    let Some(feature) = to.feature.as_deref() else { return true };
    let path = source.path.trim_end_matches(".rs");
    let under =
        |mount: &&str| path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mount = MOUNTS.iter().any(under);
    match source.place.feature.as_deref() {
        Some(own) => {
            own == feature || FEATURES.iter().any(|(row, others)| *row == own && others.contains(&feature))
        }
        None => mount,
    }
}

/// Lines that hold a word where it may not be.
fn out_of_place(source: &Source, words: &[&str], layers: &[&str]) -> Vec<String> {
    if layers.contains(&source.place.layer.as_str()) {
        return Vec::new();
    }
    let lines = source.lines.iter().enumerate();
    let found = lines.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    found.map(|(at, line)| format!("src/{}:{}: {}", source.path, at + 1, line.trim())).collect()
}

/// Takes away, again and again, what names nothing that is left. What stays in the end is a circle.
fn circle<'a, T: AsRef<[&'a str]>>(arrows: &[(&'a str, T)]) -> BTreeSet<&'a str> {
    let mut left: BTreeSet<&str> = arrows.iter().map(|(from, _)| *from).collect();
    loop {
        let ends = |to: &[&str]| !to.iter().any(|to| left.contains(to));
        let done: Vec<&str> = arrows
            .iter()
            .filter(|(from, to)| left.contains(from) && ends(to.as_ref()))
            .map(|(from, _)| *from)
            .collect();
        if done.is_empty() {
            return left;
        }
        left.retain(|name| !done.contains(name));
    }
}

fn none_in(what: &str, check: impl Fn(&Source) -> Vec<String>) {
    let wrong: Vec<String> = house().iter().flat_map(check).collect();
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_point_one_way() {
    none_in("forbidden imports", forbidden_imports);
    let unknown: Vec<String> = house()
        .into_iter()
        .filter(|source| !["error", "schema"].contains(&source.place.layer.as_str()))
        .filter(|source| !IMPORTS.iter().any(|(layer, _)| *layer == source.place.layer))
        .map(|source| source.path)
        .filter(|path| path != "kernel/mod.rs")
        .collect();
    assert!(unknown.is_empty(), "no row in the tables for {unknown:?}");
}

#[test]
fn features_name_each_other_without_a_circle() {
    assert_eq!(circle(&FEATURES), BTreeSet::new());
    assert_eq!(
        circle(&[("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["b"]), ("d", vec![])]),
        ["a", "b", "c"].into()
    );
}

#[test]
fn files_import_each_other_without_a_circle() {
    let house = house();
    let arrows: Vec<(&str, Vec<&str>)> =
        house.iter().map(|source| (source.path.as_str(), source.files(&house))).collect();
    let circle = circle(&arrows);
    let drawn: Vec<String> = arrows
        .iter()
        .filter(|(from, _)| circle.contains(from))
        .map(|(from, to)| {
            let to: BTreeSet<&&str> = to.iter().filter(|to| circle.contains(**to)).collect();
            format!("{from} -> {to:?}")
        })
        .collect();
    assert!(drawn.is_empty(), "these import each other, or lead there:\n{}", drawn.join("\n"));
}

#[test]
fn imports_of_files_are_found() {
    let house = [
        Source::new("kernel/log/a.rs", "use super::b::{c, d};\nuse super::x;\n    use super::a;"),
        Source::new("kernel/log/b.rs", "fn f() { crate::kernel::log::a::g() }"),
        Source::new("kernel/log/mod.rs", ""),
    ];
    assert_eq!(house[0].files(&house), ["kernel/log/b.rs", "kernel/log/b.rs"]);
    assert_eq!(house[1].files(&house), ["kernel/log/a.rs"]);
}

#[test]
fn lists_of_modules_name_modules_only() {
    for source in house().iter().filter(|source| source.place.layer.is_empty()) {
        let other = |line: &&String| !line.is_empty() && !line.starts_with("pub mod ");
        assert_eq!(source.lines.iter().find(other), None, "src/{}", source.path);
    }
}

#[test]
fn no_exception_is_left_that_nothing_needs() {
    let house = house();
    let names = |path: &str, feature: &str| {
        let source = house.iter().find(|source| source.path == path);
        let to = |(_, path): (usize, Vec<String>)| Place::of(&path).feature.as_deref() == Some(feature);
        source.is_some_and(|source| source.named().into_iter().any(to))
    };
    for (feature, others) in FEATURES {
        let own: Vec<&Source> =
            house.iter().filter(|source| source.place.feature.as_deref() == Some(feature)).collect();
        assert!(!own.is_empty(), "there is no feature {feature}");
        for other in others {
            let needed = own.iter().any(|source| names(&source.path, other));
            assert!(needed, "{feature} does not name {other} any more");
        }
    }
}

#[test]
fn files_are_short() {
    let wrong: Vec<String> = house()
        .iter()
        .filter(|source| source.path != "schema.rs" && source.lines.len() > LINES)
        .map(|source| format!("src/{}: {} lines", source.path, source.lines.len()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn actix_is_for_the_outer_rooms() {
    // The one word of main is the name of a target of logs.
    let is_named = |line: &String| !line.contains("actix_http::h1::dispatcher=off");
    none_in("actix out of place", |source| {
        let found = out_of_place(source, &["actix"], &ACTIX);
        if source.path == "main.rs" { found.into_iter().filter(is_named).collect() } else { found }
    });
    let naming: Vec<String> = house()
        .iter()
        .filter(|source| source.lines.iter().any(|line| line.contains("actix_web_actors")))
        .map(|source| source.path.clone())
        .collect();
    assert_eq!(naming, ["kernel/live/socket.rs"], "one file names actix-web-actors");
}

#[test]
fn queries_are_in_models() {
    none_in("diesel out of place", |source| out_of_place(source, &["diesel"], &DIESEL));
    none_in("a query out of place", |source| out_of_place(source, &QUERIES, &["models", "schema", "db"]));
}

#[test]
fn only_the_configuration_reads_the_environment() {
    let words = ["std::env", "env::var", "env::args", "option_env!", "use std::{env"];
    none_in("the environment is read", |source| out_of_place(source, &words, &["config"]));
}

#[test]
fn what_is_forbidden_is_found() {
    let wrong = |path: &str, text: &str| forbidden_imports(&Source::new(path, text));
    assert_eq!(
        wrong("kernel/models/posts.rs", "use crate::kernel::access::Actor;"),
        ["src/kernel/models/posts.rs:1 names kernel::access::Actor"]
    );
    assert_eq!(
        wrong("kernel/domain/text.rs", "\nfn f() { crate::kernel::models::x() }"),
        ["src/kernel/domain/text.rs:2 names kernel::models::x"]
    );
    for (path, text) in [
        ("kernel/log/chain.rs", "use crate::{error::{Error, Result}, kernel::live::hub};"),
        ("kernel/log/chain.rs", "use crate::{\n    error::Error,\n    kernel::{domain, http},\n};"),
        ("kernel/http/posts.rs", "use crate::db::Pool;"),
        ("kernel/http/posts.rs", "use super::super::models::Db;"),
        ("kernel/http/mod.rs", "use super::models::Db;"),
        ("kernel/views/posts.rs", "use crate::config::Registration;"),
        ("kernel/actions/posts.rs", "use crate::features::polls::store;"),
        ("kernel/actions/members.rs", "use crate::features::polls::store;"),
        ("kernel/http/posts.rs", "use crate::kernel;"),
        ("kernel/http/routes.rs", "use crate::features::polls::http;"),
        ("kernel/actions/change.rs", "use crate::kernel::hooks::Feature;"),
        ("features/polls/rules.rs", "use super::store::Poll;"),
        ("features/polls/rules.rs", "use crate::features::polls::store::Poll;"),
        ("features/polls/rules/results.rs", "use super::super::store::Poll;"),
        ("features/polls/store.rs", "use crate::features::polls::{rules, view};"),
        ("features/polls/view.rs", "use crate::kernel::access::Actor;"),
        ("features/polls/actions.rs", "use crate::features::floor::store;"),
        ("features/polls/http.rs", "use crate::features::polls;"),
        ("features/floor/http.rs", "use crate::features::screens::store;"),
        ("features/screens/live.rs", "use crate::features::screens::actions;"),
        ("features/screens/store.rs", "use crate::features::floor::actions;"),
        ("features/polls/helpers.rs", "use crate::error::Error;"),
        ("newcomer.rs", "use crate::error::Error;"),
        ("main.rs", "use plenary::kernel::models::rooms;"),
        ("main.rs", "use plenary::features::polls::store;"),
    ] {
        assert_eq!(wrong(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("kernel/log/append.rs", "// use crate::kernel::http::x;"),
        ("kernel/log/append.rs", "use crate::error::Error;"),
        ("kernel/log/append.rs", "use super::Db;"),
        ("kernel/log/append.rs", "a_crate::kernel::http::x()"),
        ("features/newcomer/http.rs", "use crate::error::Error;"),
        ("features/mod.rs", "use crate::kernel::hooks::Feature;"),
        ("features/polls/mod.rs", "use crate::kernel::hooks::Feature;"),
        ("app.rs", "use crate::features::FEATURES;"),
        ("features/polls/rules.rs", "use crate::features::polls::suppression;"),
        ("features/polls/actions/ballots.rs", "use super::count;"),
        ("features/polls/http.rs", "use crate::features::polls::{actions, rules, store, view};"),
        ("features/screens/store.rs", "use crate::features::floor::store;"),
    ] {
        assert_eq!(wrong(path, text), [] as [String; 0], "{path}: {text}");
    }
    let misplaced =
        |path: &str, text: &str, words: &[&str]| out_of_place(&Source::new(path, text), words, &ACTIX);
    assert_eq!(misplaced("kernel/actions/posts.rs", "use actix_web::web;", &["actix"]).len(), 1);
    assert_eq!(misplaced("features/polls/actions.rs", "use actix_web::web;", &["actix"]).len(), 1);
    assert_eq!(misplaced("kernel/http/posts.rs", "use actix_web::web;", &["actix"]).len(), 0);
    assert_eq!(misplaced("features/polls/http.rs", "use actix_web::web;", &["actix"]).len(), 0);
}
