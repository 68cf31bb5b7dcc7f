//! Reading: how many answers of each kind a second, signed in, while one member posts into the room; beside it a
//! server that only sends the same bytes. Nobody may be shown a state older than one that they have seen.

use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::Host;
use crate::client::{Answer, Client, Failure};
use crate::fixed::FixedServer;
use crate::lanes::{COLUMNS, Route, Seen, Side, Watch};
use crate::report::Report;
use crate::scene::{self, Sent};
use crate::server::members;
use crate::workshop::{Size, Workshop};

#[derive(Args)]
pub struct Options {
    /// Connections that read at the same time.
    #[arg(long, default_value_t = 32, value_name = "N")]
    connections: usize,
    /// Length of each round.
    #[arg(long, default_value_t = 2, value_name = "S")]
    seconds: u64,
    /// Rounds of each side, in turn.
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
    /// Members who read.
    #[arg(long, default_value_t = 16, value_name = "N")]
    members: usize,
    /// Posts in the thread that is read.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    posts: usize,
    /// Rooms beside the one that is read.
    #[arg(long, default_value_t = 20, value_name = "N")]
    rooms: usize,
    /// Posts a second into that room meanwhile, as members who do not read; 0 for none.
    #[arg(long, default_value_t = 20.0, value_name = "N")]
    writer: f64,
    /// Read only these, such as room,threads.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
}

const PAGE: usize = 50;

/// Members, and what they may ask for.
struct Place {
    people: Vec<(Client, Seen)>,
    writers: Vec<Client>,
    thread: String,
    routes: Vec<Route>,
}

/// Opens a workshop with a long thread.
async fn prepare(host: &Host, options: &Options) -> Result<Place, String> {
    let mut steward = host.steward().await?;
    let mut people = members(host.at(), options.members.max(1)).await?;
    let workshop = Workshop::open(&mut steward, &mut people, "Reading", Size::USUAL).await?;
    let failed = |error: Failure| format!("The thread cannot be filled: {error}");
    for number in 0..options.rooms {
        steward.open_room(&format!("Beside {number}")).await.map_err(failed)?;
    }
    let thread = steward.open_thread(&workshop.room, "A thread to read").await.map_err(failed)?;
    let posts = format!("/api/v1/threads/{thread}/posts");
    let writers = people.iter_mut().enumerate().map(async |(number, member)| {
        let mut random = SmallRng::seed_from_u64(number as u64);
        for _ in (number..options.posts.saturating_sub(1)).step_by(options.members.max(1)) {
            let body = json!({"body": text(&mut random, 400), "lang": "en", "client_id": Uuid::new_v4()});
            member.call("POST", &posts, Some(body)).await?;
        }
        Ok(())
    });
    futures_util::future::try_join_all(writers).await.map_err(failed)?;
    let pages = pages(&mut people[0], &posts, options.posts).await?;
    let mut routes = routes(&workshop, &thread, pages);
    routes.retain(|route| options.only.is_empty() || options.only.iter().any(|name| name == route.name));
    if routes.is_empty() {
        return Err(format!("There is nothing of the name {}.", options.only.join(", ")));
    }
    let writers = members(host.at(), 4).await?;
    let people = people.into_iter().map(|member| (member, Rc::default())).collect();
    Ok(Place { people, writers, thread, routes })
}

/// The pages of the thread, as a reader finds them.
async fn pages(reader: &mut Client, posts: &str, count: usize) -> Result<Vec<String>, String> {
    let (mut pages, mut seen) = (Vec::new(), 0);
    let mut page = format!("{posts}?limit={PAGE}");
    loop {
        let answer = reader.call("GET", &page, None).await.map_err(|error| format!("A page: {error}"))?;
        seen += answer["items"].as_array().map_or(0, Vec::len);
        pages.push(page);
        match &answer["next"] {
            Value::String(next) => page = format!("{posts}?limit={PAGE}&after={next}"),
            _ if seen == count => return Ok(pages),
            _ => return Err(format!("The pages hold {seen} posts, not {count}.")),
        }
    }
}

/// What a page of the UI asks for.
fn routes(workshop: &Workshop, thread: &str, pages: Vec<String>) -> Vec<Route> {
    let (room, session) = (&workshop.room, &workshop.session);
    let head = |behind| Some(Watch { key: r#""head_seq":"#, behind, head: true });
    let count = |behind| Some(Watch { key: r#""post_count":"#, behind, head: false });
    let behind = |id: &str| Some(format!(r#""id":"{id}""#));
    let route = |name, path: String, watch| Route { name, paths: vec![path], gzip: false, watch };
    let posts = Route { name: "posts", paths: pages, gzip: false, watch: head(None) };
    vec![
        route("room", format!("/api/v1/rooms/{room}"), head(None)),
        route("rooms", "/api/v1/rooms?limit=100".into(), head(behind(room))),
        route("thread", format!("/api/v1/threads/{thread}"), count(None)),
        route(
            "threads",
            format!("/api/v1/rooms/{room}/threads?sort=activity&limit=50"),
            count(behind(thread)),
        ),
        route("agenda", format!("/api/v1/rooms/{room}/sessions?limit=100"), None),
        route("floor", format!("/api/v1/sessions/{session}/floor"), None),
        route("questions", format!("/api/v1/sessions/{session}/questions"), head(None)),
        route("polls", format!("/api/v1/sessions/{session}/polls"), None),
        Route { name: "posts-gzip", gzip: true, ..posts.clone() },
        posts,
    ]
}

/// One answer of each route; of a middle page where there are several.
async fn samples(place: &Place) -> Result<Vec<Answer>, String> {
    let mut reader = place.people[0].0.again();
    let mut answers = Vec::new();
    for route in &place.routes {
        let request = route.request(&reader, &route.paths[route.paths.len() / 2]);
        answers.push(reader.send(&request).await.map_err(|error| format!("{}: {error}", route.name))?);
    }
    Ok(answers)
}

pub async fn run(host: Host, options: &Options, workers: usize) -> Result<Report, String> {
    let place = prepare(&host, options).await?;
    let samples = samples(&place).await?;
    let fixed = FixedServer::start(&samples, workers)?;
    let (end, ended) = watch::channel(false);
    let writing = async {
        if options.writer <= 0.0 {
            return Sent::default();
        }
        let writers = place.writers.iter().map(Client::again).collect();
        scene::post(writers, place.thread.clone(), options.writer, Instant::now(), ended).await
    };
    let reading = async {
        let sides = read(&host, &fixed, &place, options).await;
        let _ = end.send(true);
        sides
    };
    let (sent, sides) = tokio::join!(writing, reading);

    let mut report = Report { columns: [&COLUMNS[..], &["fixed/s", "ratio"]].concat(), ..report(options) };
    for ((plenary, fixed), sample) in sides.into_iter().zip(&samples) {
        let (mut plenary, fixed) = (plenary, fixed);
        let name = format!("{} {:.1} kB", plenary.name(), sample.body.len() as f64 / 1000.0);
        plenary.show(&name, &[fixed.rate(), plenary.rate() / fixed.rate()], &mut report);
        fixed.check(&format!("{name}, fixed"), &mut report);
    }
    report.note(format!(
        "{} posts were made meanwhile, {} attempts made again",
        sent.posts.len(),
        sent.retries
    ));
    report.note("fixed: a bare actix-web with the same bytes, compressed beforehand where the answer is");
    report.note("CPU in cores; the driver shares them with the server");
    report.none_of("posts given up", sent.lost);
    report.none_of("posts answered with 500 and more", sent.errors);
    Ok(report)
}

/// Reads every route from Plenary and from the fixed server, in turn.
async fn read(host: &Host, fixed: &FixedServer, place: &Place, options: &Options) -> Vec<(Side, Side)> {
    let nobody: Vec<(Client, Seen)> = vec![(Client::new(fixed.at), Rc::default())];
    let mut sides: Vec<(Side, Side)> = Vec::new();
    for (number, route) in place.routes.iter().enumerate() {
        let same = Route { paths: vec![format!("/{number}")], watch: None, ..route.clone() };
        let plenary = Side::new(route.clone(), &place.people, options.connections);
        sides.push((plenary, Side::new(same, &nobody, options.connections)));
    }
    let length = Duration::from_secs(options.seconds);
    for _ in 0..options.rounds {
        for (plenary, same) in &mut sides {
            plenary.round(&|| host.cpu(), length).await;
            same.round(&|| fixed.cpu(), length).await;
        }
    }
    sides
}

fn report(options: &Options) -> Report {
    let writer = if options.writer > 0.0 { format!(", {} posts/s", options.writer) } else { String::new() };
    Report {
        scenario: "reading",
        setting: format!(
            "a thread of {} posts, {} connections{writer}, {} rounds of {} s each",
            options.posts, options.connections, options.rounds, options.seconds
        ),
        columns: COLUMNS.to_vec(),
        ..Report::default()
    }
}

pub async fn compare(hosts: [Host; 2], options: &Options) -> Result<Report, String> {
    let places = [prepare(&hosts[0], options).await?, prepare(&hosts[1], options).await?];
    let mut report = report(&Options { writer: 0.0, only: Vec::new(), ..*options });
    for number in 0..places[0].routes.len() {
        let side =
            |place: &Place| Side::new(place.routes[number].clone(), &place.people, options.connections);
        let mut sides = [side(&places[0]), side(&places[1])];
        for _ in 0..options.rounds {
            for (side, host) in sides.iter_mut().zip(&hosts) {
                side.round(&|| host.cpu(), Duration::from_secs(options.seconds)).await;
            }
        }
        let [a, b] = &mut sides;
        let name = a.name();
        a.show(&format!("{name}, a"), &[], &mut report);
        b.show(&format!("{name}, b"), &[], &mut report);
        report.note(format!("{name}: a / b = {:.2}", a.rate() / b.rate()));
    }
    Ok(report)
}

/// Some Markdown of about this many characters.
fn text(random: &mut SmallRng, length: usize) -> String {
    const WORDS: [&str; 24] = [
        "wages",
        "overtime",
        "the",
        "and",
        "parties",
        "agree",
        "that",
        "a",
        "sectoral",
        "agreement",
        "covers",
        "platform",
        "workers",
        "**minimum**",
        "*hours*",
        "social",
        "protection",
        "for",
        "employers",
        "we",
        "集体谈判",
        "劳动监察",
        "[the draft](https://example.org/draft)",
        "`article 4`",
    ];
    let mut text = String::new();
    while text.len() < length {
        text += WORDS.choose(random).copied().unwrap_or_default();
        text += match random.random_range(0..30) {
            0 => ".\n\n",
            1 => ".\n\n- ",
            2..5 => ", ",
            _ => " ",
        };
    }
    text.trim().to_owned()
}
