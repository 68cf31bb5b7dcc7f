//! The names of the schemas in the OpenAPI.

use std::collections::BTreeMap;

use crate::house::house;

/// The types of a source that have a schema: the name that each is known by, and the type.
fn schemas(source: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let derives = line.contains("ToSchema") && (line.contains("derive(") || line.ends_with(")]"));
        if !derives {
            continue;
        }
        let item =
            lines[at..].iter().take(12).find(|line| line.contains("struct ") || line.contains("enum "));
        let Some(item) = item else { continue };
        let words: Vec<&str> = item.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let keyword = words.iter().position(|word| ["struct", "enum"].contains(word)).unwrap();
        let own = words[keyword + 1].to_owned();
        let until = lines[at..].iter().position(|line| line == item).unwrap();
        let given = lines[at..at + until]
            .iter()
            .find_map(|line| line.split("schema(as = ").nth(1)?.split([')', ',']).next());
        found.push((given.unwrap_or(&own).to_owned(), own));
    }
    found
}

#[test]
fn no_two_types_have_one_schema_name() {
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in house() {
        for (name, own) in schemas(&source.lines.join("\n")) {
            types.entry(name).or_default().push(format!("{own} in {}", source.path));
        }
    }
    assert!(types.len() > 120, "{}", types.len());
    // The later one takes the place of the earlier one, without a word.
    let twice: Vec<_> = types.iter().filter(|(_, types)| types.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_test_sees_names() {
    let source = "#[derive(Serialize, ToSchema)]\n#[schema(as = Post)]\npub struct PostView<'a> {\n}\n\
                  #[derive(ToSchema)]\nenum Kind {}\n#[derive(Debug)]\nstruct Other;";
    let pair = |name: &str, own: &str| (name.to_owned(), own.to_owned());
    assert_eq!(schemas(source), [pair("Post", "PostView"), pair("Kind", "Kind")]);
}
