//! What a file holds once it is read: single values, and columns.

use num_bigint::BigInt;

/// One value of a metrics or params file.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    /// Exact at any size.
    Int(BigInt),
    Float(f64),
    /// A string, or a date or a list as text.
    Text(String),
}

/// The NaN that a file spells out, which is a run that diverged; that of an empty cell is [`f64::NAN`].
const SPELT_NAN: f64 = f64::from_bits(0x7ff8_0000_6e61_6e00);

/// A number as a file has it: a NaN in it is told from a cell that is empty.
pub fn spelt(value: f64) -> f64 {
    if value.is_nan() { SPELT_NAN } else { value }
}

/// Whether a number is none because the file says so: an infinity, or a NaN that is spelt out.
pub fn is_spelt_out(value: f64) -> bool {
    value.is_infinite() || value.to_bits() == SPELT_NAN.to_bits()
}

/// A column of plot data. A missing or unreadable number is NaN; see [`is_spelt_out`].
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// Plot data by column; every column has the same length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub columns: Vec<(String, Column)>,
}

impl Table {
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(|(_, column)| match column {
            Column::Numbers(cells) => cells.is_empty(),
            Column::Texts(cells) => cells.is_empty(),
        })
    }
}
