//! The texts of a chunk as bytes, and back.

use std::sync::OnceLock;

use super::Texts;
use crate::{
    affixes::Affixes,
    bytes::{In, Out, are_starts},
    codes::Codes,
    shape,
};

impl Texts {
    pub(crate) fn save(&self, out: &mut Out) {
        out.list(&self.low);
        out.list(&self.low_starts);
        self.shape.save(out);
        out.list(&self.shapes);
        out.list(&self.shape_starts);
        self.affixes.save(out);
        out.text(&self.extra);
        out.list(&self.extra_starts);
    }

    pub(crate) fn load(input: &mut In<'_>, rows: usize) -> Option<Self> {
        let texts = Self {
            low: input.list()?,
            low_starts: input.list()?,
            shape: Codes::load(input)?,
            shapes: input.list()?,
            shape_starts: input.list()?,
            affixes: Affixes::load(input)?,
            extra: input.text()?.to_owned(),
            extra_starts: input.list()?,
            places: OnceLock::new(),
            bytes: OnceLock::new(),
        };
        let shapes = texts.shape_starts.len();
        let fit = texts.low_starts.len() == rows
            && are_starts(&texts.low_starts, texts.low.len())
            && texts.shape.len() == rows
            && are_starts(&texts.shape_starts, texts.shapes.len())
            && (rows == 0 || (texts.shape.largest() as usize) < shapes)
            && (texts.extra_starts.is_empty() || texts.extra_starts.len() == rows)
            && texts.extra_starts.iter().all(|at| texts.extra.is_char_boundary(*at as usize));
        (fit && texts.affixes_fit()).then_some(texts)
    }

    /// Whether every shape names affixes that are there.
    fn affixes_fit(&self) -> bool {
        let count = self.affixes.count();
        (0..u32::try_from(self.shape_starts.len()).unwrap_or(u32::MAX)).all(|code| {
            let (_, mut pieces) = shape::head(self.shape_of(code));
            std::iter::from_fn(|| shape::piece(&mut pieces))
                .all(|piece| [piece.prefix, piece.suffix].iter().flatten().all(|n| *n < count))
        })
    }
}
