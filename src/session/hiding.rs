//! What leaves the program without our token and without the values of variables whose names say secret.
//!
//! In: what is to be shown. Out: the same with `***`. Names and values are searched before they are drawn or written in a
//! form of their own (escaped, shortened, made a file's name), and whole texts once more on their way out.

use cml_host::environment::Context;
use cml_plot::Figure;
use cml_report::Report;

use super::Console;

/// A text without secrets. It is done here and not only on the way out, so that the text which is compared with what is
/// there is the one that is sent.
pub(crate) fn hidden(text: String, context: &Context, console: &Console) -> String {
    match context.secrets.hide(&text) {
        None => text,
        Some(clean) => {
            told(console);
            clean
        }
    }
}

/// Takes secrets out of all that a report says; `in_figures`: what it draws had some.
pub(crate) fn hide_in_report(report: &mut Report, in_figures: bool, context: &Context, console: &Console) {
    if context.secrets.hide_each(report.texts_mut()) | in_figures {
        told(console);
    }
}

/// Takes secrets out of what plots say.
pub(crate) fn hide_in_figures(figures: &mut [Figure], context: &Context, console: &Console) {
    if is_hidden_in(figures, context) {
        told(console);
    }
}

/// Whether any figure had a secret, which is taken out. Each keeps a name of its own, as pictures are known by it.
pub(crate) fn is_hidden_in(figures: &mut [Figure], context: &Context) -> bool {
    let mut found = false;
    for at in 0..figures.len() {
        let (before, rest) = figures.split_at_mut(at);
        let Some(figure) = rest.first_mut() else { break };
        if context.secrets.hide_each(figure.texts_mut()) {
            found = true;
            let id = figure.id.clone();
            let mut count = 1;
            while before.iter().any(|other| other.id == figure.id) {
                count += 1;
                figure.id = format!("{id} {count}");
            }
        }
    }
    found
}

fn told(console: &Console) {
    console.warn(
        "the report held our token or the value of a variable whose name says secret; it is shown with *** in its \
         place; look for what writes it there",
    );
}
