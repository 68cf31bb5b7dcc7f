//! The newest lines of a busy room, so that a hall that comes back at once is not read from the database
//! socket by socket.

use std::collections::VecDeque;

use crate::kernel::log::event::Audience;
use crate::kernel::views::events::Line;

/// Lines that are kept.
const LINES_MAX: usize = 512;
/// Bytes of text that are kept.
const BYTES_MAX: usize = 512 * 1024;

/// A run of lines without a gap that says the same as the log would now.
#[derive(Default)]
pub struct Recent {
    lines: VecDeque<Line>,
    bytes: usize,
    /// What is below this number may have changed since: it must be read anew.
    fresh_from: i64,
}

fn size(line: &Line) -> usize {
    line.text(Audience::Desk).len()
}

impl Recent {
    /// Takes in the next line of the room.
    pub fn push(&mut self, line: &Line) {
        if line.withdraws {
            self.expire(line.seq);
        }
        // Older than a change that is known already: it may tell what is gone.
        if line.seq >= self.fresh_from {
            self.add(line);
        }
    }

    /// Entry `seq` has changed or withdrawn something earlier, which must not be told again as it was.
    pub fn expire(&mut self, seq: i64) {
        self.fresh_from = self.fresh_from.max(seq);
        if self.lines.front().is_some_and(|line| line.seq < self.fresh_from) {
            self.clear();
        }
    }

    fn add(&mut self, line: &Line) {
        if self.lines.back().is_some_and(|last| last.seq + 1 != line.seq) {
            self.clear();
        }
        self.bytes += size(line);
        self.lines.push_back(line.clone());
        while self.lines.len() > LINES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= size(&oldest);
        }
    }

    fn clear(&mut self) {
        self.lines.clear();
        self.bytes = 0;
    }

    /// Takes in lines that were read from the log up to `last`, the newest number of the room, where they
    /// reach further back than what is kept. What was read after a change tells it already.
    pub fn seed(&mut self, lines: &[Line], last: i64) {
        let reaches = lines.last().is_some_and(|line| line.seq == last);
        let further = self.lines.front().is_none_or(|kept| lines.first().is_some_and(|l| l.seq < kept.seq));
        if reaches && further && last >= self.fresh_from {
            self.clear();
            lines.iter().for_each(|line| self.add(line));
        }
    }

    /// Every line above `since`, if all of them are kept.
    pub fn after(&self, since: i64) -> Option<Vec<Line>> {
        let first = self.lines.front()?.seq;
        (since + 1 >= first).then(|| self.lines.iter().filter(|line| line.seq > since).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(lines: Option<Vec<Line>>) -> Option<Vec<i64>> {
        lines.map(|lines| lines.iter().map(|line| line.seq).collect())
    }

    fn withdrawing(seq: i64) -> Line {
        let mut line = Line::bare(seq);
        line.withdraws = true;
        line
    }

    fn with(numbers: std::ops::RangeInclusive<i64>) -> Recent {
        let mut recent = Recent::default();
        numbers.for_each(|seq| recent.push(&Line::bare(seq)));
        recent
    }

    #[test]
    fn gives_all_or_nothing() {
        let recent = with(5..=8);
        assert_eq!(numbers(recent.after(6)), Some(vec![7, 8]));
        assert_eq!(numbers(recent.after(4)), Some(vec![5, 6, 7, 8]));
        assert_eq!(numbers(recent.after(3)), None);
        assert_eq!(numbers(recent.after(8)), Some(vec![]));
        assert_eq!(numbers(Recent::default().after(8)), None);
    }

    #[test]
    fn a_gap_begins_anew() {
        let mut recent = with(1..=3);
        recent.push(&Line::bare(7));
        assert_eq!(numbers(recent.after(3)), None);
        assert_eq!(numbers(recent.after(6)), Some(vec![7]));
    }

    #[test]
    fn a_change_of_what_was_said_drops_it() {
        let mut recent = with(1..=3);
        recent.push(&withdrawing(4));
        assert_eq!(numbers(recent.after(2)), None);
        assert_eq!(numbers(recent.after(3)), Some(vec![4]));
        // Read before the change was known.
        recent.seed(&[Line::bare(2), Line::bare(3)], 3);
        assert_eq!(numbers(recent.after(2)), None);
        recent.seed(&[Line::bare(2), Line::bare(3), Line::bare(4)], 4);
        assert_eq!(numbers(recent.after(1)), Some(vec![2, 3, 4]));
    }

    #[test]
    fn what_is_older_than_a_known_change_is_not_kept() {
        let mut recent = with(1..=3);
        recent.expire(5);
        recent.push(&Line::bare(4));
        assert_eq!(numbers(recent.after(3)), None);
        recent.push(&withdrawing(5));
        recent.push(&Line::bare(6));
        assert_eq!(numbers(recent.after(4)), Some(vec![5, 6]));
    }

    #[test]
    fn keeps_a_bounded_run() {
        let recent = with(1..=LINES_MAX as i64 + 5);
        assert_eq!(numbers(recent.after(4)), None);
        assert_eq!(numbers(recent.after(5)).map(|lines| lines.len()), Some(LINES_MAX));
    }
}
