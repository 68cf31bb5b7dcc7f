//! Texts that were made to break what reads them.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Rows, check};
use crate::support::rooms::{Stage, text};

/// What takes longer grows faster than the text, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest text of a post.
const BODY_MAX: usize = 20_000;

/// Markdown that makes careless readers slow, deep or large.
fn hostile() -> Vec<(&'static str, String)> {
    let fill = |part: &str| part.repeat(BODY_MAX / part.chars().count());
    let lines = |part: &str| format!("{part}\n").repeat(BODY_MAX / (part.chars().count() + 1));
    vec![
        ("quotes in quotes", ">".repeat(10_000)),
        ("quotes with spaces", fill("> ")),
        ("lists in lists", fill("- ")),
        ("numbered lists in lists", fill("1. ")),
        ("lists by indent", (0..190).map(|n| format!("{}- x\n", " ".repeat(n))).collect()),
        ("brackets", fill("[")),
        ("closing brackets", fill("]")),
        ("brackets both", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))),
        ("links in links", format!("{}a{}", "[".repeat(3_000), "](x)".repeat(3_000))),
        ("pictures", fill("![")),
        ("links that do not end", fill("[a](")),
        ("links with titles", fill("[a](<b")),
        ("references", lines("[a]: /x")),
        ("references to each other", lines("[a][b][c]")),
        ("emphasis runs", fill("*")),
        ("emphasis in emphasis", fill("*a ")),
        ("emphasis of two kinds", fill("*a_")),
        ("emphasis nested", format!("{}a{}", "*a **b ".repeat(1_300), " c** d*".repeat(1_300))),
        ("underscores", fill("_a_")),
        ("strikes", fill("~a ")),
        ("backticks of many lengths", (1..190).map(|n| format!("{} ", "`".repeat(n))).collect()),
        ("code that does not end", fill("`a")),
        ("angles", fill("<")),
        ("tags", fill("<b>")),
        ("comments", fill("<!--")),
        ("declarations", fill("<!A")),
        ("processing", fill("<?")),
        ("cdata", fill("<![CDATA[")),
        ("entities", fill("&amp;")),
        ("broken entities", fill("&#x")),
        ("backslashes", fill("\\")),
        ("addresses", fill("http://a.b ")),
        ("addresses without end", fill("http://")),
        ("at signs", fill("a@b.c ")),
        ("at signs alone", fill("@")),
        ("www", fill("www.")),
        ("www in Han", fill("见www.")),
        ("addresses joined", fill("http://a/,")),
        ("angles with addresses", fill("<a:")),
        ("tables", format!("{}\n{}\n{}", "|a".repeat(2_000), "|-".repeat(2_000), "|\n".repeat(5_000))),
        ("columns", format!("{}\n{}\n", "|".repeat(9_900), "-|".repeat(4_900))),
        ("headings", lines("# a")),
        ("underlined", lines("a\n=")),
        ("rules", lines("---")),
        ("fences", lines("```")),
        ("tabs", fill("\t")),
        ("tabs and quotes", fill(">\t")),
        ("line ends", format!("a{}b", "\n".repeat(19_000))),
        ("accents", format!("a{}", "\u{301}".repeat(19_000))),
        ("one long word", "x".repeat(BODY_MAX)),
        ("one long Chinese text", "转".repeat(BODY_MAX)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_markdown_is_rendered_or_refused_in_bounded_time() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let mut rows = Rows::of(&stage.server).await;
    let (mut taken, mut refused) = (0, 0);
    for (what, body) in hostile() {
        assert!(body.chars().count() <= BODY_MAX, "{what}");
        let before = rows.now().await;
        let post = json!({ "body": body, "client_id": Uuid::now_v7() });
        let path = format!("/threads/{thread}/posts");
        let answer = timeout(PATIENCE, ana.call("POST", &path, post)).await.expect(what);
        check(what, &answer);
        let preview = ana.call("POST", "/preview", json!({ "body": body })).await;
        check(what, &preview);
        if answer.status == 201 {
            taken += 1;
            assert_eq!(preview.body["html"], answer.body["body_html"], "{what}");
            let html = text(&answer.body["body_html"]);
            assert!(html.len() <= 300_000, "{what} became {} bytes", html.len());
            for bad in ["<script", "<b>", "<!--", "<img", "javascript:"] {
                assert!(!html.contains(bad), "{what}: {bad}");
            }
        } else {
            refused += 1;
            assert_eq!(answer.status, 422, "{what}: {answer:?}");
            let code = answer.field("body");
            let fits = if what == "tabs" {
                code == "required"
            } else {
                ["too_complex", "shows_nothing"].contains(&code)
            };
            assert!(fits, "{what}: {answer:?}");
            assert_eq!((preview.status, &preview.body), (answer.status, &answer.body), "{what}");
            assert_eq!(rows.now().await, before, "{what}");
        }
    }
    assert!(taken > 20 && refused > 5, "{taken} taken, {refused} refused");
    // All that was taken can be read again, and goes out live.
    let page = ana.read(&format!("/threads/{thread}/posts?limit=100")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), taken + 1);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_limited_by_characters_at_their_edges() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let posts = format!("/threads/{thread}/posts");
    let threads = format!("/rooms/{}/threads", stage.room);
    let han = |n: usize| "转".repeat(n);
    let open = |title: String, body: String| {
        let fields = json!({ "kind": "question", "title": title, "body": body, "client_id": Uuid::now_v7() });
        let (ana, threads) = (ana.clone(), threads.clone());
        async move { ana.call("POST", &threads, fields).await }
    };
    let say = |body: String| {
        let (ana, posts) = (ana.clone(), posts.clone());
        async move { ana.call("POST", &posts, json!({ "body": body, "client_id": Uuid::now_v7() })).await }
    };
    assert_eq!(open(han(200), han(20_000)).await.status, 201);
    assert_eq!(open(han(201), "B".into()).await.field("title"), "too_long");
    assert_eq!(open("T".into(), han(20_001)).await.field("body"), "too_long");
    assert_eq!(open(" \u{3000} ".into(), "B".into()).await.field("title"), "required");
    assert_eq!(say(han(20_000)).await.status, 201);
    assert_eq!(say(han(20_001)).await.field("body"), "too_long");
    assert_eq!(say(" \n\t\n ".into()).await.field("body"), "required");
    // Nobody is refused for what they cannot see: it is cleaned away.
    for unseen in ["\u{0}", "\u{8}", "\u{1b}", "\u{7f}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{ad}"] {
        assert_eq!(say(format!("a{unseen}b")).await.body["body_md"], "ab", "{unseen:?}");
        assert_eq!(open(format!("a{unseen}b"), "B".into()).await.body["title"], "ab", "{unseen:?}");
        assert_eq!(say(unseen.into()).await.field("body"), "shows_nothing", "{unseen:?}");
        assert_eq!(open(unseen.into(), "B".into()).await.field("title"), "shows_nothing", "{unseen:?}");
    }
    for end in ["\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\r"] {
        assert_eq!(say(format!("a{end}b")).await.body["body_md"], "a\nb", "{end:?}");
        assert_eq!(open(format!("a{end}b"), "B".into()).await.body["title"], "a b", "{end:?}");
    }
    // What is kept is what was said, with line ends made equal.
    let answer = say("\r\n  One\r\n\ttwo\rthree  \r\n\r\n".into()).await;
    assert_eq!(answer.body["body_md"], "  One\n\ttwo\nthree");
    let note = json!({ "reason": "spam", "note": han(2_001) });
    let lock = stage.chair.call("PUT", &format!("/threads/{thread}/lock"), note).await;
    assert_eq!(lock.field("note"), "too_long");
    let note = json!({ "reason": "spam", "note": han(2_000) });
    assert_eq!(stage.chair.call("PUT", &format!("/threads/{thread}/lock"), note).await.status, 200);
    for (reason, code) in [("", "required"), ("rude", "unknown"), ("!", "no_letter")] {
        let why = json!({ "reason": reason });
        let answer = stage.chair.call("PUT", &format!("/threads/{thread}/pin"), why).await;
        assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, code));
    }
    stage.server.stop().await;
}
