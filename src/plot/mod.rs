//! Plot data becomes PNG bytes or text.

/// Which revision a series belongs to; base and head always have the same two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Base,
    Head,
}

/// One line: points in the order of x; NaN in `y` is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub which: Which,
    /// The legend's text: the revision's label.
    pub label: String,
    /// The column drawn, if the figure has several.
    pub column: Option<String>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// One plot, ready to be drawn: a line chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub id: String,
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub series: Vec<Series>,
}

/// GitHub's two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}
