//! Doors: members open the live page of a session at the same instant, on a server that has just started.

use std::collections::BTreeMap;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::client::Client;
use crate::page::{self, Page};
use crate::report::{Report, Times};
use crate::server::{Server, members, open_files};
use crate::visit::{Visit, Visitor};
use crate::workshop::{Size, Workshop};
use crate::{Host, Meter};

#[derive(Args)]
pub struct Options {
    /// Members who come at the same instant, each with a sign-in of its own.
    #[arg(long, default_value_t = 120, value_name = "N")]
    members: usize,
    /// Connections of each one's browser.
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    connections: u8,
    /// Rounds; the server starts anew before each.
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
    /// What the page asks for.
    #[arg(long, value_enum, default_value = "old")]
    page: Which,
    /// Load the page's HTML too, and the files that it names, before the first call.
    #[arg(long)]
    files: bool,
    /// Ask again after a 503 with Retry-After; what is not answered after 10 s is a failure.
    #[arg(long)]
    allow_busy: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// Every panel asks for its own part.
    Old,
    /// One call brings the state of the session.
    New,
}

impl Options {
    fn page(&self) -> &'static Page {
        match self.page {
            Which::Old => &page::OLD,
            Which::New => &page::NEW,
        }
    }
}

pub async fn run(host: Host, options: &Options) -> Result<Report, String> {
    let Host::Own(mut server) = host else {
        return Err("Only a server of ours can be started anew: leave out --url.".into());
    };
    let wanted = options.members * (usize::from(options.connections) + 1) + 200;
    if open_files() < wanted as u64 {
        return Err(format!("{wanted} open files are needed, {} are allowed.", open_files()));
    }
    let mut people = members(server.at(), options.members.max(1)).await?;
    let mut steward = server.steward().await?;
    let workshop = Workshop::open(&mut steward, &mut people, "Doors", Size::USUAL).await?;
    let files = if options.files { files_of(&mut steward, &workshop.session).await? } else { Vec::new() };
    let mut report = Report {
        scenario: "doors",
        setting: format!(
            "{} members open a live session at once, {} calls and a socket each, {} connections, gzip",
            options.members,
            options.page().calls.len() + files.len(),
            options.connections
        ),
        columns: vec![
            "last s",
            "median s",
            "p95 s",
            "2xx",
            "503",
            "other",
            "CPU s server",
            "CPU s PostgreSQL",
            "CPU s driver",
        ],
        ..Report::default()
    };
    for number in 1..=options.rounds {
        let visitor = Visitor {
            page: options.page(),
            paths: options
                .page()
                .paths(&workshop.room, &workshop.session, &workshop.chat)
                .iter()
                .map(|path| format!("/api/v1{path}"))
                .collect(),
            files: &files,
            room: &workshop.room,
            connections: options.connections.into(),
            allow_busy: options.allow_busy,
        };
        round(&mut server, &people, &visitor, number, &mut report).await?;
    }
    report.note("CPU in seconds, user and system; the driver shares the processors with the server");
    Ok(report)
}

/// Starts the server anew and lets all come.
async fn round(
    server: &mut Server,
    people: &[Client],
    visitor: &Visitor<'_>,
    number: usize,
    report: &mut Report,
) -> Result<(), String> {
    server.restart().await?;
    let cpu = || server.cpu();
    let meter = Meter::start(&cpu);
    let start = Instant::now();
    let visits = people.iter().enumerate().map(|(number, member)| visitor.visit(member, number, start));
    let visits = futures_util::future::join_all(visits).await;
    show(visitor, &visits, meter.read(), number, report);
    Ok(())
}

fn show(visitor: &Visitor<'_>, visits: &[Visit], cpu: [f64; 3], number: usize, report: &mut Report) {
    let mut complete = Times::default();
    let (mut statuses, mut routes) = (BTreeMap::<u16, u64>::new(), BTreeMap::<&str, Times>::new());
    for visit in visits {
        complete.add(visit.complete.as_millis() as u64);
        for answer in &visit.answers {
            *statuses.entry(answer.status).or_default() += 1;
            routes.entry(visitor.route(answer.call)).or_default().add(answer.took.as_micros() as u64);
        }
    }
    let count = |which: &dyn Fn(u16) -> bool| {
        statuses.iter().filter(|(status, _)| which(**status)).map(|(_, count)| count).sum::<u64>()
    };
    let good = count(&|status| (200..300).contains(&status) || status == 101);
    let busy = count(&|status| status == 503);
    let other = count(&|_| true) - good - busy;
    // Times are kept in thousandths: milliseconds here, so the shares are seconds.
    let [median, p95, last] = complete.shares([0.5, 0.95, 1.0]);
    let figures = [last, median, p95, good as f64, busy as f64, other as f64];
    report.row(format!("round {number}"), figures.into_iter().chain(cpu));
    report.note(format!("round {number}: answers by status (0: none; 101: sockets) {statuses:?}"));
    let mut slowest: Vec<(f64, f64, &str)> = routes
        .into_iter()
        .map(|(route, mut times)| {
            let [median, max] = times.shares([0.5, 1.0]);
            (max, median, route)
        })
        .collect();
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (max, median, route) in slowest.iter().take(3) {
        report.note(format!("round {number}: slowest {max:.0} ms, median {median:.0} ms: {route}"));
    }
    let again = visits.iter().map(|visit| visit.again).sum::<u64>();
    if again > 0 {
        report.note(format!("round {number}: {again} calls were asked again after a 503"));
    }
    report.none_of(&format!("round {number}: calls that did not end well"), failed(visits));
}

/// The page's HTML and what it names, as a browser loads them.
async fn files_of(client: &mut Client, session: &str) -> Result<Vec<String>, String> {
    let path = format!("/sessions/{session}");
    let answer = client.call_raw("GET", &path, None).await.map_err(|error| format!("The page: {error}"))?;
    let html = String::from_utf8_lossy(&answer.body);
    let named = html.split(['"', '\'']).filter(|part| part.starts_with("/assets/")).map(str::to_owned);
    let files: Vec<String> = std::iter::once(path).chain(named).collect();
    if files.len() == 1 {
        return Err("The page names no files: is the UI built?".into());
    }
    Ok(files)
}

fn failed(visits: &[Visit]) -> u64 {
    visits.iter().map(|visit| visit.failed).sum()
}
