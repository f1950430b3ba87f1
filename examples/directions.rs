//! Prints `docs/directions.md`: the table by which directions are guessed.

#![expect(clippy::print_stdout, reason = "the page is the output")]

fn main() {
    print!("{}", cml_compare::directions_page());
}
