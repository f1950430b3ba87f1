//! What leaves the program without our token and without the values of variables whose names say secret.
//!
//! In: what is to be shown. Out: the same with `***`. Names and values are searched before they are drawn or written in a
//! form of their own (escaped, shortened, made a file's name), and whole texts once more on their way out.

use super::Session;
use cml_plot::Figure;
use cml_report::Report;

impl Session {
    /// A text without secrets. It is done here and not only on the way out, so that the text which is compared with
    /// what is there is the one that is sent.
    pub(crate) fn hidden(&self, text: String) -> String {
        match self.context.secrets.hide(&text) {
            None => text,
            Some(clean) => {
                self.tell_of_secrets();
                clean
            }
        }
    }

    /// Takes secrets out of all that a report says; `in_figures`: what it draws had some.
    pub(crate) fn hide_in_report(&self, report: &mut Report, in_figures: bool) {
        if self.context.secrets.hide_each(report.texts_mut()) | in_figures {
            self.tell_of_secrets();
        }
    }

    /// Takes secrets out of what plots say.
    pub(crate) fn hide_in_figures(&self, figures: &mut [Figure]) {
        if self.is_hidden_in(figures) {
            self.tell_of_secrets();
        }
    }

    /// Whether any figure had a secret, which is taken out. Each keeps a name of its own, as pictures are known by it.
    pub(crate) fn is_hidden_in(&self, figures: &mut [Figure]) -> bool {
        let mut found = false;
        for at in 0..figures.len() {
            let (before, rest) = figures.split_at_mut(at);
            let Some(figure) = rest.first_mut() else { break };
            if self.context.secrets.hide_each(figure.texts_mut()) {
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

    fn tell_of_secrets(&self) {
        self.console.warn(
            "the report held our token or the value of a variable whose name says secret; it is shown with *** in \
             its place; look for what writes it there",
        );
    }
}
