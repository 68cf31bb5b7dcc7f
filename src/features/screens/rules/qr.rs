//! A QR code as one path of an SVG.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, which scanners need.
const QUIET: usize = 4;

/// The side of the picture in modules, its quiet zone included, and the path of its dark modules.
/// None when the text does not fit.
pub fn path(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(side).enumerate() {
        let mut x = 0;
        while x < side {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Some((side + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_fits_and_has_its_three_corners() {
        let (size, path) = path("https://dialogue.example.org/j/HM7K2X").unwrap();
        // Version 3.
        assert_eq!(size, 29 + 2 * QUIET);
        let far = size - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(path.contains(&format!("M{x} {y}h7v1h-7z")), "no corner at {x} {y}");
        }
    }

    #[test]
    fn too_much_is_none() {
        assert_eq!(path(&"x".repeat(5_000)), None);
    }
}
