use super::*;
use proptest::prelude::*;

#[test]
fn renders_what_people_write() {
    assert_eq!(render("**Paid** hours\nfor all").unwrap(), "<p><strong>Paid</strong> hours<br>\nfor all</p>");
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

/// The rendered text of one paragraph, with links as `[words](address)`.
fn line(body: &str) -> String {
    let html = render(body).unwrap_or_else(|error| panic!("{body:?}: {error:?}"));
    let html = html.replace(" rel=\"nofollow ugc noopener noreferrer\"", "");
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(&html).to_owned()
}

#[test]
fn ranges_and_products_are_no_emphasis() {
    for same in [
        "工资为3000~5000元，工时为8~10小时。",
        "wages of 3000~5000, hours of 8~10",
        "임금은 3000~5000원, 시간은 8~10시간",
        "3000 ~ 5000 and 8 ~ 10, 3000~ 5000 and 8~ 10",
        "1~2，3~4，5~6",
        "~x~",
        "5*8=40小时，6*8=48小时",
        "2*3 and 4*5",
        "三*五=十五，四*五=二十",
        "５*８，６*８",
        "(3+2)*(4+1)，(1+1)*(2+2)",
        "5元*8=40元，6元*8=48元",
        "工资3000*月数，工资4000*月数",
        "2**10 and 2**8",
        "snake_case_name and __a",
    ] {
        assert_eq!(line(same), same);
    }
    assert_eq!(line("~~gone~~ 3~5 ~~删除（括号）。~~这"), "<del>gone</del> 3~5 <del>删除（括号）。</del>这");
    assert_eq!(line("这是*2026年*的 *x* 表*3*的"), "这是<em>2026年</em>的 <em>x</em> 表<em>3</em>的");
    assert_eq!(line("`3~5*8` 6~7"), "<code>3~5*8</code> 6~7");
    assert_eq!(line("~~~\n3~5*8 https://x.org\n~~~"), "<pre><code>3~5*8 https://x.org\n</code></pre>");
    assert_eq!(line("\\*a\\* \\~b\\~"), "*a* ~b~");
    assert_eq!(line("从3000**提高到**5000元"), "从3000<strong>提高到</strong>5000元");
}

#[test]
fn emphasis_stands_beside_any_mark() {
    for (body, html) in [
        ("**注意：**请各方在周五前回复。", "<strong>注意：</strong>请各方在周五前回复。"),
        ("这是**“关键”**的", "这是<strong>“关键”</strong>的"),
        ("我们**（工会）**认为", "我们<strong>（工会）</strong>认为"),
        ("根据**《劳动法》**第三十六条", "根据<strong>《劳动法》</strong>第三十六条"),
        ("*（强调）*之后", "<em>（强调）</em>之后"),
        ("**English:**next", "<strong>English:</strong>next"),
        ("**A:**b **C:**d", "<strong>A:</strong>b <strong>C:</strong>d"),
        ("see**(note)**here", "see<strong>(note)</strong>here"),
        ("**한국어(괄호)**는", "<strong>한국어(괄호)</strong>는"),
        ("普通**加粗**文字", "普通<strong>加粗</strong>文字"),
        ("a **b** c *d* e", "a <strong>b</strong> c <em>d</em> e"),
    ] {
        assert_eq!(line(body), html, "{body}");
    }
    for mark in "：。，！？”）》」；、…".chars() {
        let body = format!("**甲{mark}**乙，**丙{mark}**丁");
        let html = format!("<strong>甲{mark}</strong>乙，<strong>丙{mark}</strong>丁");
        assert_eq!(line(&body), html);
    }
}

#[test]
fn addresses_end_where_the_sentence_goes_on() {
    let link = |url: &str| format!("<a href=\"{url}\">{url}</a>");
    let x = link("https://ilo.org/x");
    for after in [
        "，请",
        "。",
        "；见",
        "、",
        "！",
        "”",
        "）",
        "请看后文",
        ". Then",
        ", then",
        ")",
        "에서",
        "を見る",
        "",
    ] {
        assert_eq!(line(&format!("见https://ilo.org/x{after}")), format!("见{x}{after}"));
    }
    for (body, html) in [
        ("https://ilo.org/x、https://ioe.org/y", format!("{x}、{}", link("https://ioe.org/y"))),
        ("https://ilo.org/x,https://ioe.org/y", format!("{x},{}", link("https://ioe.org/y"))),
        ("（https://ilo.org/x）", format!("（{x}）")),
        ("(https://ilo.org/x)后", format!("({x})后")),
        ("【https://ilo.org/x】", format!("【{x}】")),
        ("**https://ilo.org/x**后", format!("<strong>{x}</strong>后")),
        ("**见https://ilo.org/x。**后", format!("<strong>见{x}。</strong>后")),
        ("请看https://ilo.org谢谢", format!("请看{}谢谢", link("https://ilo.org"))),
        ("https://en.wikipedia.org/wiki/A_(b)", link("https://en.wikipedia.org/wiki/A_(b)")),
        ("https://x.org/__init__.py?a=*b*c", link("https://x.org/__init__.py?a=*b*c")),
        ("https://x.org/~user/3~5", link("https://x.org/~user/3~5")),
        ("[https://ilo.org/x](https://ilo.org/x)", x.clone()),
        ("<https://ilo.org/x>", x.clone()),
        ("[x]: https://ilo.org/x\n\n[https://ilo.org/x][x]", x.clone()),
    ] {
        assert_eq!(line(body), html, "{body}");
    }
    let han = line("https://www.ilo.org/资料/第一页.pdf。谢谢");
    assert!(han.contains(">https://www.ilo.org/资料/第一页.pdf</a>。谢谢"), "{han}");
    let han = line("https://x.org/?q=社会对话&l=zh 后");
    assert!(han.contains(">https://x.org/?q=社会对话&amp;l=zh</a> 后"), "{han}");
    for (body, after) in
        [("请看www.ilo.org，谢谢", "，谢谢"), ("www.ilo.org。谢谢", "。谢谢"), ("见www.ilo.org谢", "谢")]
    {
        let html = line(body);
        assert!(html.contains(&format!("<a href=\"http://www.ilo.org\">www.ilo.org</a>{after}")), "{html}");
    }
    assert!(line("请写信至a@b.org，谢谢").contains("<a href=\"mailto:a@b.org\">a@b.org</a>，谢谢"));
}

#[test]
fn what_cannot_be_followed_keeps_its_words_and_address() {
    for (body, html) in [
        ("[x](https:evil.example)", "x (https:evil.example)"),
        ("[x](//evil.example)", "x (//evil.example)"),
        ("[x](https://user:pass@host.org)", "x (https://user:pass@host.org)"),
        ("https://user:pass@host.org/x", "https://user:pass@host.org/x"),
        ("[附件](docs/annex.pdf)", "附件 (docs/annex.pdf)"),
        ("[x](example.org/doc)", "x (example.org/doc)"),
        ("[call](tel:+4179)", "call (tel:+4179)"),
        ("[link](/rooms/first-room)", "link (/rooms/first-room)"),
        ("[x](javascript:alert(1))", "x (javascript:alert(1))"),
        ("![Chart](data:image/png;base64,AAAA)", "Chart (data:image/png;base64,AAAA)"),
        ("![Chart](c.png)", "Chart (c.png)"),
        ("[](https://x.org)", "<a href=\"https://x.org\">https://x.org</a>"),
        ("![](https://x.org/c.png)", "<a href=\"https://x.org/c.png\">🖼\u{FE0F} https://x.org/c.png</a>"),
        ("![Wage chart](https://x.org/c.png)", "<a href=\"https://x.org/c.png\">🖼\u{FE0F} Wage chart</a>"),
        ("[![alt](https://x.org/c.png)](https://x.org)", "<a href=\"https://x.org\">alt</a>"),
        ("[x](<https://x.org/a b>)", "<a href=\"https://x.org/a%20b\">x</a>"),
        ("[m](mailto:a@b.org)", "<a href=\"mailto:a@b.org\">m</a>"),
    ] {
        assert_eq!(line(body), html, "{body}");
    }
    assert!(
        line("[书](https://zh.wikipedia.org/wiki/《资本论》)")
            .starts_with("<a href=\"https://zh.wikipedia.org/wiki/")
    );
}

#[test]
fn letters_are_no_code_and_no_headings() {
    for (body, html) in [
        ("Text\n\n    Second paragraph", "<p>Text</p>\n<p>Second paragraph</p>"),
        ("Text\n\n\tTabbed **bold**\n\tmore", "<p>Text</p>\n<p>Tabbed <strong>bold</strong><br>\nmore</p>"),
        ("    First\n\n        Deeper https://x.org/\n\nEnd", ""),
        ("第一段\n\n　　第二段", "<p>第一段</p>\n<p>　　第二段</p>"),
        ("Best regards\n---\nAnna", "<p>Best regards</p>\n<hr>\n<p>Anna</p>"),
        ("第一条\n----", "<p>第一条</p>\n<hr>"),
        ("第一条\n====", "<p>第一条<br>\n====</p>"),
        ("- a\n    - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"),
        ("```\n    code\n```", "<pre><code>    code\n</code></pre>"),
    ] {
        let got = render(body).unwrap();
        if html.is_empty() {
            assert!(!got.contains("<pre") && got.contains("Deeper <a href"), "{got}");
        } else {
            assert_eq!(got, html, "{body:?}");
        }
    }
}

#[test]
fn entities_bring_in_nothing_unseen() {
    let html =
        render("Wage rise: &#x202E;%02 - %5&#x202C; &#x2066;&#xFEFF;&rlm;&#x200B;a&#x0B;b&shy;c").unwrap();
    assert_eq!(html, "<p>Wage rise: %02 - %5 a\nbc</p>");
    let html = line("[&#x202E;gro.oli.www//:sptth](https://evil.example/ \"&#x202E;x\")");
    assert_eq!(html, "<a href=\"https://evil.example/\" title=\"x\">gro.oli.www//:sptth</a>");
    let marks = render(&format!("Z{}", "&#x335;".repeat(50))).unwrap();
    assert_eq!(marks.matches('\u{335}').count(), 4);
}

#[test]
fn what_shows_nothing_is_refused() {
    for nothing in
        ["&nbsp;", "&#8203;", "[a]: http://x.org", "```\n```", ">", "# ", "- ", "---", "&#x3164;", "\u{200B}"]
    {
        assert_eq!(render(nothing), Err(FieldError::new("body", FieldCode::ShowsNothing)), "{nothing:?}");
    }
    assert!(render("👍").is_ok() && render("!").is_ok() && render("`x`").is_ok());
}

proptest! {
    #[test]
    fn nothing_unseen_comes_out_and_no_stand_in(
        text in "([a-z0-9 *~_`\\\\\\n\\[\\]()!<>|.:/-]|https://x\\.org/|www\\.a\\.b|工|，|&#x202E;|\u{202E}|\u{FDD3}|\u{FDD4}|&#xFDD1;|　){0,40}"
    ) {
        if let Ok(html) = render(&text) {
            prop_assert_eq!(clean(&html), html.as_str());
            prop_assert!(!html.chars().any(|c| matches!(c, '\u{FDD0}'..='\u{FDEF}' | '\u{202E}')), "{}", html);
        }
    }

    #[test]
    fn what_has_no_markup_is_shown_as_it_stands(text in "[a-z0-9工时元，。 ~=%]{1,60}") {
        let text = text.trim().to_owned();
        prop_assume!(!text.is_empty() && !text.contains("~~") && !text.contains("www."));
        prop_assume!(!text.starts_with('~') && !text.starts_with('='));
        prop_assert_eq!(render(&text).unwrap(), format!("<p>{text}</p>"));
    }
}

#[test]
fn a_quoted_name_is_no_link() {
    for name in [
        "\\[Free\\]\\(https:\\/\\/evil.example/x\\)",
        "www\\.evil.example",
        "\\<https:\\/\\/evil.example\\>",
        "\\!\\[x\\]\\(y\\)",
    ] {
        let html = render(&format!("> We agree.\n>\n> — {name}")).unwrap();
        assert!(!html.contains("<a"), "{html}");
    }
}
