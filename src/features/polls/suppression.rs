//! Results by constituency in which no small group can be read, nor computed from the rest.
//!
//! What is published is made of *blocks*: a constituency, or several taken together as "others".
//! Each is shown as a sum, no two overlap, and every one holds at least [`GROUP_MIN`] ballots. The
//! total is the sum of the blocks that are shown, so whatever is added or subtracted, what comes out
//! is about whole blocks again. Groups that are too small together take another with them into
//! "others"; those that are no party take no party with them: their ballots are left out of what is
//! shown, and the positions of the parties stay readable.
//!
//! Who speaks for no constituency, since nobody has confirmed them, is counted apart: a block that is part of no other,
//! nor of the total.
//!
//! Results that are shown while a poll is open give another way in: the difference of two of them.
//! So a block's row moves in steps ([`Live`]): a step holds changes of at least [`GROUP_MIN`]
//! members, and always waits for the next one before it is shown, so that the result at the end is
//! a whole step away too. The blocks of live results are made from who may answer, which is fixed,
//! and the result at the end never has finer ones.

use serde::{Deserialize, Serialize};

/// Fewest ballots that a group must have to be shown.
pub const GROUP_MIN: u32 = 5;

/// The group of those whom nobody has confirmed, in the place of a constituency.
pub const UNCONFIRMED: &str = "";

/// Ballots of a group: how many, and how many of them name each column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PollCell)]
pub struct Cell {
    pub ballots: u32,
    pub counts: Vec<u32>,
}

impl Cell {
    /// Adds another group's ballots.
    pub fn add(&mut self, other: &Self) {
        self.ballots += other.ballots;
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }

    /// True when every ballot names the same column, so that everybody's choice is known.
    fn is_unanimous(&self) -> bool {
        self.counts.contains(&self.ballots)
    }
}

/// The ballots of a constituency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PollRow)]
pub struct Row {
    pub constituency: String,
    /// How many may answer.
    pub eligible: u32,
    #[serde(flatten)]
    pub cell: Cell,
}

/// Constituencies that are shown together only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PollOthers)]
pub struct Others {
    pub constituencies: Vec<String>,
    pub eligible: u32,
    #[serde(flatten)]
    pub cell: Cell,
}

/// Those who speak for no constituency, counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PollApart)]
pub struct Apart {
    /// How many may answer.
    pub eligible: u32,
    #[serde(flatten)]
    pub cell: Cell,
}

/// What may be shown of some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    pub rows: Vec<Row>,
    /// Constituencies that have no row of their own.
    pub hidden: Vec<String>,
    /// The hidden ones together, where that is enough.
    pub others: Option<Others>,
    /// All that is shown, together.
    pub total: Option<Cell>,
    /// Those who speak for no constituency, where they are enough.
    pub unconfirmed: Option<Apart>,
}

/// Constituencies that belong together, by their place among the rows.
type Block = Vec<usize>;

fn sum<'a>(cells: impl Iterator<Item = &'a Cell>) -> Cell {
    cells.fold(Cell::default(), |mut sum, cell| {
        sum.add(cell);
        sum
    })
}

/// Keeps the constituencies that can stand alone, and joins the rest into one block of others, with
/// as many of the kept ones as it takes for that block to stand, the smallest first. It may be
/// empty, or not stand where there is nothing left that it may take.
fn join(
    rows: &[Row],
    parties: &[String],
    blocks: Vec<Block>,
    size: impl Fn(&Block) -> u32,
    stands: impl Fn(&Block) -> bool,
) -> (Vec<Block>, Block) {
    let is_party = |block: &Block| block.iter().any(|at| parties.contains(&rows[*at].constituency));
    // What was joined before stays joined, in the same heap as all that is joined now.
    let (mut kept, loose): (Vec<Block>, Vec<Block>) =
        blocks.into_iter().partition(|block| block.len() == 1 && stands(block));
    let mut others: Block = loose.into_iter().flatten().collect();
    while size(&others) > 0 && !stands(&others) {
        let may_take_a_party = is_party(&others) || size(&others) >= GROUP_MIN;
        let candidates = (0..kept.len()).filter(|at| may_take_a_party || !is_party(&kept[*at]));
        let order = |at: &usize| (is_party(&kept[*at]), size(&kept[*at]), kept[*at][0]);
        let Some(next) = candidates.min_by_key(order) else { break };
        others.extend(kept.remove(next));
    }
    others.sort_unstable();
    (kept, others)
}

fn singles(rows: &[Row]) -> Vec<Block> {
    let speaks = |at: &usize| rows[*at].eligible > 0 && rows[*at].constituency != UNCONFIRMED;
    (0..rows.len()).filter(speaks).map(|at| vec![at]).collect()
}

/// Blocks by name as places among the rows. What is in none of them, since it came later, stands by itself.
fn places(rows: &[Row], blocks: &[Vec<String>]) -> Vec<Block> {
    let at = |id: &String| rows.iter().position(|row| row.constituency == *id && *id != UNCONFIRMED);
    let mut places: Vec<Block> = blocks.iter().map(|block| block.iter().filter_map(at).collect()).collect();
    let known: Vec<usize> = places.iter().flatten().copied().collect();
    places.extend(singles(rows).into_iter().filter(|block| !known.contains(&block[0])));
    places.retain(|block| !block.is_empty());
    places
}

/// The blocks that live results move in and that secret ballots are counted in, by who may answer.
pub fn blocks(rows: &[Row], parties: &[String]) -> Vec<Vec<String>> {
    let name = |at: &usize| rows[*at].constituency.clone();
    let mut blocks: Vec<Vec<String>> =
        units(rows, parties).iter().map(|block| block.iter().map(name).collect()).collect();
    if rows.iter().any(|row| row.constituency == UNCONFIRMED && row.eligible > 0) {
        blocks.push(vec![UNCONFIRMED.to_owned()]);
    }
    blocks
}

fn units(rows: &[Row], parties: &[String]) -> Vec<Block> {
    let eligible = |block: &Block| block.iter().map(|at| rows[*at].eligible).sum::<u32>();
    let (mut kept, others) =
        join(rows, parties, singles(rows), eligible, |block| eligible(block) >= GROUP_MIN);
    if !others.is_empty() {
        kept.push(others);
    }
    kept
}

/// What may be shown of the ballots of a poll that has ended.
pub fn shown(rows: &[Row], parties: &[String]) -> Shown {
    shown_of(singles(rows), rows, parties, false)
}

/// The same for a poll of which the ballots were kept in blocks from its beginning.
///
/// In a secret poll a group that is of one mind is joined with others too: else everybody's choice
/// would be known.
pub fn shown_in_blocks(rows: &[Row], parties: &[String], blocks: &[Vec<String>], secret: bool) -> Shown {
    shown_of(places(rows, blocks), rows, parties, secret)
}

fn shown_of(blocks: Vec<Block>, rows: &[Row], parties: &[String], secret: bool) -> Shown {
    let cell = |block: &Block| sum(block.iter().map(|at| &rows[*at].cell));
    let stands = |block: &Block| {
        let cell = cell(block);
        cell.ballots >= GROUP_MIN && !(secret && cell.is_unanimous())
    };
    let (kept, others) = join(rows, parties, blocks, |block| cell(block).ballots, stands);
    let mut total = sum(kept.iter().flatten().map(|at| &rows[*at].cell));
    // Where all are of one mind, that is the result.
    if stands(&others) || kept.is_empty() {
        total.add(&cell(&others));
    }
    Shown {
        rows: kept.iter().map(|block| rows[block[0]].clone()).collect(),
        hidden: others.iter().map(|at| rows[*at].constituency.clone()).collect(),
        others: stands(&others).then(|| together(rows, &others, cell(&others))),
        total: (total.ballots >= GROUP_MIN).then_some(total),
        unconfirmed: (0..rows.len())
            .find(|at| rows[*at].constituency == UNCONFIRMED && stands(&vec![*at]))
            .map(|at| Apart { eligible: rows[at].eligible, cell: rows[at].cell.clone() }),
    }
}

fn together(rows: &[Row], block: &Block, cell: Cell) -> Others {
    Others {
        constituencies: block.iter().map(|at| rows[*at].constituency.clone()).collect(),
        eligible: block.iter().map(|at| rows[*at].eligible).sum(),
        cell,
    }
}

/// A block of live results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Unit {
    constituencies: Vec<String>,
    /// The step that began when `waiting` was taken.
    since: i32,
    /// The next that will be shown.
    waiting: Option<Cell>,
    shown: Option<Cell>,
}

/// The results of an open poll, as they are shown in steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    units: Vec<Unit>,
}

impl Live {
    /// Nothing is shown yet. The rows say who may answer.
    pub fn new(rows: &[Row], parties: &[String]) -> Self {
        let unit = |constituencies| Unit { constituencies, since: 0, waiting: None, shown: None };
        Self { units: blocks(rows, parties).into_iter().map(unit).collect() }
    }

    /// The blocks that it moves in.
    pub fn blocks(&self) -> Vec<Vec<String>> {
        self.units.iter().map(|unit| unit.constituencies.clone()).collect()
    }

    /// Moves on. `touched` says how many members of a constituency gave or changed their ballot in
    /// this step or a later one; `next` is the step that begins now. True when more is shown.
    pub fn advance(&mut self, rows: &[Row], touched: impl Fn(&str, i32) -> u32, next: i32) -> bool {
        let mut more = false;
        for unit in &mut self.units {
            let changes: u32 = unit.constituencies.iter().map(|id| touched(id, unit.since)).sum();
            if changes < GROUP_MIN {
                continue;
            }
            let own = rows.iter().filter(|row| unit.constituencies.contains(&row.constituency));
            let now = sum(own.map(|row| &row.cell));
            more |= unit.waiting.is_some();
            unit.shown = unit.waiting.replace(now);
            unit.since = next;
        }
        more
    }

    /// What is shown now.
    pub fn shown(&self, rows: &[Row]) -> Shown {
        let mut shown = Shown::default();
        for unit in &self.units {
            let at = |id: &String| rows.iter().position(|row| row.constituency == *id);
            let block: Block = unit.constituencies.iter().filter_map(at).collect();
            if unit.constituencies == [UNCONFIRMED] {
                let cell = unit.shown.clone().zip(block.first());
                shown.unconfirmed = cell.map(|(cell, at)| Apart { eligible: rows[*at].eligible, cell });
                continue;
            }
            match (&unit.shown, block.as_slice()) {
                (Some(cell), [one]) => shown.rows.push(Row { cell: cell.clone(), ..rows[*one].clone() }),
                (cell, _) => {
                    shown.hidden.extend(unit.constituencies.iter().cloned());
                    if let Some(cell) = cell {
                        shown.others = Some(together(rows, &block, cell.clone()));
                    }
                }
            }
            if let Some(cell) = &unit.shown {
                shown.total.get_or_insert_default().add(cell);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests;
