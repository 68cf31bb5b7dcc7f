//! Figures and how they are shown.

use std::fmt;

use serde_json::{Map, Value, json};

/// Times of many operations, in microseconds.
#[derive(Default, Clone)]
pub struct Times(Vec<u32>);

impl Times {
    pub fn add(&mut self, micros: u64) {
        self.0.push(u32::try_from(micros).unwrap_or(u32::MAX));
    }

    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds below which this share of the operations stayed, for each share.
    pub fn shares<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        shares.map(|share| {
            let place = (share * self.0.len() as f64).ceil() as usize;
            self.0.get(place.saturating_sub(1).min(last)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
        })
    }
}

/// What a scenario found.
#[derive(Default)]
pub struct Report {
    pub scenario: &'static str,
    pub setting: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<(String, Vec<f64>)>,
    pub notes: Vec<String>,
    /// Lost, doubled, out of order, 5xx: each makes the run fail.
    pub failures: Vec<String>,
}

impl Report {
    pub fn row(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) {
        self.rows.push((name.into(), values.into_iter().collect()));
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Notes a failure where `count` is not zero.
    pub fn none_of(&mut self, what: &str, count: u64) {
        if count > 0 {
            self.failures.push(format!("{what}: {count}"));
        }
    }

    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|(name, values)| {
            let mut row = Map::from_iter([("name".to_owned(), json!(name))]);
            row.extend(self.columns.iter().zip(values).map(|(key, value)| ((*key).to_owned(), json!(value))));
            Value::Object(row)
        });
        json!({
            "scenario": self.scenario, "setting": self.setting, "rows": rows.collect::<Vec<_>>(),
            "notes": self.notes, "failures": self.failures,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}: {}", self.scenario, self.setting)?;
        let names = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let widths = self.columns.iter().map(|name| name.len().max(9) + 2).collect::<Vec<_>>();
        if !self.columns.is_empty() {
            write!(f, "  {:names$}", "")?;
            for (column, width) in self.columns.iter().zip(&widths) {
                write!(f, "{column:>width$}")?;
            }
            writeln!(f)?;
        }
        for (name, values) in &self.rows {
            write!(f, "  {name:names$}")?;
            for (value, width) in values.iter().zip(&widths) {
                let digits = if value.abs() >= 1000.0 || value.fract() == 0.0 { 0 } else { 2 };
                write!(f, "{value:>width$.digits$}")?;
            }
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))?;
        self.failures.iter().try_for_each(|failure| writeln!(f, "  FAILED {failure}"))
    }
}
