//! Posting: acknowledged posts a second, into one room and into many, and whether the log holds them all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::client::Client;
use crate::report::{Report, Times};
use crate::server::members;
use crate::{Host, Meter};

#[derive(Args)]
pub struct Options {
    /// Connections that post at the same time, each of its own member.
    #[arg(long, default_value_t = 64, value_name = "N")]
    connections: usize,
    /// Rooms of the second part.
    #[arg(long, default_value_t = 64, value_name = "N")]
    rooms: usize,
    /// Length of each round.
    #[arg(long, default_value_t = 5, value_name = "S")]
    seconds: u64,
    /// Rounds of each part, in turn.
    #[arg(long, default_value_t = 2, value_name = "N")]
    rounds: usize,
}

const BODY: usize = 200;
const COLUMNS: [&str; 8] =
    ["posts/s", "p50 ms", "p99 ms", "max ms", "refused", "CPU server", "CPU PostgreSQL", "CPU driver"];

/// What of an acknowledgement is checked.
#[derive(Deserialize)]
struct Ack {
    id: Uuid,
    seq: u64,
}

/// Members and the rooms they post into: `(room, thread)`.
struct Part {
    members: Vec<Client>,
    rooms: Vec<(String, String)>,
    acks: HashMap<String, Vec<Ack>>,
    times: Times,
    refused: u64,
    seconds: f64,
    cpu: [f64; 3],
}

impl Part {
    async fn new(steward: &mut Client, members: &[Client], rooms: usize) -> Result<Self, String> {
        let failed = |error| format!("A room cannot be opened: {error}");
        let mut opened = Vec::new();
        for number in 0..rooms {
            let room = steward.open_room(&format!("Posting {number}")).await.map_err(failed)?;
            let thread = steward.open_thread(&room, "Here").await.map_err(failed)?;
            opened.push((room, thread));
        }
        Ok(Self {
            members: members.iter().map(Client::again).collect(),
            rooms: opened,
            acks: HashMap::new(),
            times: Times::default(),
            refused: 0,
            seconds: 0.0,
            cpu: [0.0; 3],
        })
    }

    async fn round(&mut self, host: &Host, length: Duration) {
        let cpu = || host.cpu();
        let meter = Meter::start(&cpu);
        let start = Instant::now();
        let rooms = &self.rooms;
        let lanes = self.members.iter_mut().enumerate().map(async |(number, member)| {
            let (room, thread) = &rooms[number % rooms.len()];
            let path = format!("/api/v1/threads/{thread}/posts");
            let (mut acks, mut times, mut refused) = (Vec::new(), Times::default(), 0);
            let text = "All parties agree that the text needs one more reading. ".repeat(4);
            while start.elapsed() < length {
                let body = json!({"body": &text[..BODY], "lang": "en", "client_id": Uuid::new_v4()});
                let body = body.to_string();
                let request = member.request("POST", &path, Some(body.as_bytes()));
                let sent = Instant::now();
                let answer = member.send(&request).await;
                let took = sent.elapsed().as_micros() as u64;
                match answer.ok().filter(|answer| matches!(answer.status, 200 | 201)) {
                    Some(answer) => {
                        times.add(took);
                        acks.extend(serde_json::from_slice::<Ack>(&answer.body));
                    }
                    None => refused += 1,
                }
            }
            (room.clone(), acks, times, refused)
        });
        let lanes = futures_util::future::join_all(lanes).await;
        self.seconds += start.elapsed().as_secs_f64();
        self.cpu.iter_mut().zip(meter.read()).for_each(|(sum, used)| *sum += used);
        for (room, acks, times, refused) in lanes {
            self.acks.entry(room).or_default().extend(acks);
            self.times.join(times);
            self.refused += refused;
        }
    }

    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    /// Shows the figures and looks for every acknowledged post in the log of its room.
    async fn show(&mut self, name: &str, report: &mut Report) -> Result<(), String> {
        let rate = self.rate();
        let [p50, p99, max] = self.times.shares([0.5, 0.99, 1.0]);
        let [server, postgres, driver] = self.cpu.map(|used| used / self.seconds);
        report.row(name, [rate, p50, p99, max, self.refused as f64, server, postgres, driver]);
        report.none_of(&format!("{name}: refused"), self.refused);
        let (mut lost, mut gaps, mut total) = (0, 0, 0);
        for (room, acks) in &self.acks {
            let log = self.members[0].log(room, 0).await.map_err(|error| format!("The log: {error}"))?;
            let numbers = log.iter().map(|entry| entry["seq"].as_u64().unwrap_or(0));
            gaps += numbers.zip(1..).filter(|(seq, expected)| seq != expected).count() as u64;
            let at: HashMap<u64, &str> = log
                .iter()
                .filter_map(|entry| Some((entry["seq"].as_u64()?, entry["data"]["id"].as_str()?)))
                .collect();
            lost += acks.iter().filter(|ack| at.get(&ack.seq) != Some(&ack.id.to_string().as_str())).count()
                as u64;
            total += acks.len();
        }
        report.note(format!("{name}: {total} acknowledged posts looked up in the log of their rooms"));
        report.none_of(
            &format!("{name}: acknowledged without a readable answer"),
            (self.times.len() - total) as u64,
        );
        report.none_of(&format!("{name}: acknowledged but not in the log under that number"), lost);
        report.none_of(&format!("{name}: numbers out of line in the log"), gaps);
        Ok(())
    }
}

fn report(options: &Options) -> Report {
    Report {
        scenario: "posting",
        setting: format!(
            "{} connections, bodies of {BODY} bytes, {} rounds of {} s each",
            options.connections, options.rounds, options.seconds
        ),
        columns: COLUMNS.to_vec(),
        ..Report::default()
    }
}

pub async fn run(host: Host, options: &Options) -> Result<Report, String> {
    let people = members(host.at(), options.connections).await?;
    let mut steward = host.steward().await?;
    let mut one = Part::new(&mut steward, &people, 1).await?;
    let mut many = Part::new(&mut steward, &people, options.rooms).await?;
    for _ in 0..options.rounds {
        one.round(&host, Duration::from_secs(options.seconds)).await;
        many.round(&host, Duration::from_secs(options.seconds)).await;
    }
    let mut report = report(options);
    one.show("one room", &mut report).await?;
    many.show(&format!("{} rooms", options.rooms), &mut report).await?;
    Ok(report)
}

pub async fn compare(hosts: [Host; 2], options: &Options) -> Result<Report, String> {
    let mut sides = Vec::new();
    for host in &hosts {
        sides.push((members(host.at(), options.connections).await?, host.steward().await?));
    }
    let mut parts = Vec::new();
    for rooms in [1, options.rooms] {
        for (people, steward) in &mut sides {
            parts.push(Part::new(steward, people, rooms).await?);
        }
    }
    for _ in 0..options.rounds {
        for (number, part) in parts.iter_mut().enumerate() {
            part.round(&hosts[number % 2], Duration::from_secs(options.seconds)).await;
        }
    }
    let mut report = report(options);
    let many = options.rooms;
    let names = [
        "a, one room".to_owned(),
        "b, one room".to_owned(),
        format!("a, {many} rooms"),
        format!("b, {many} rooms"),
    ];
    for (part, name) in parts.iter_mut().zip(names) {
        part.show(&name, &mut report).await?;
    }
    report.note(format!("one room: a / b = {:.2}", parts[0].rate() / parts[1].rate()));
    report.note(format!("{many} rooms: a / b = {:.2}", parts[2].rate() / parts[3].rate()));
    Ok(report)
}
