//! The page about the table, written from the table.

use std::fmt::{self, Write as _};

use super::class::{Class, Group};
use super::lexicon::names;
use super::table::TABLE;

const HEAD: &str = "\
# Which way is better

Made from the table in `crates/compare/src/direction/table.rs` by `cargo xtask docs`; do not edit.

`direction = \"higher\"` (or `lower`, `none`, `fact`) under `[metrics.NAME]` in `cml.toml` decides. Where nothing is
declared, the direction is guessed from the metric's name by the words below, and the report marks it as a guess. A name
that is not understood is unknown: never coloured, and it decides nothing.

How a name is read:

- All spellings are one: `val_acc`, `valAcc`, `val-acc`, `Val Acc (%)`, `acc.val`, `acc/val`. A plural is its singular.
- The last part of the key that is more than a qualifier names the value: `roc_auc.test`, `f1.macro.avg`,
  `results.hellaswag.acc_norm`. What stands above it matters only if it makes the value something else: `thresholds.f1`,
  `config.loss`.
- A measure may have unknown words in front of it (`tool_call_accuracy`), and behind it only words of this page
  (`accuracy_mean`; not `accuracy_bucket`). Measures that have many senses have no unknown word beside them (`box_loss`;
  not `heat_loss`).
- Of several measures all must say the same (`precision_recall_auc`); the exception is a loss of something good (`dice_loss`).
- A measure with a unit of time or size is another thing (`f1_ms`), unless it measures time, size or output.
- Of the longest phrases that are known each counts as one word: `bits per byte`, not `bits`.
";

/// The text of `docs/directions.md`.
pub fn directions_page() -> String {
    let mut page = HEAD.to_owned();
    // Writing to a String cannot fail.
    let _ = write_groups(&mut page);
    page
}

fn write_groups(page: &mut String) -> fmt::Result {
    let mut last = "";
    for group in TABLE {
        let title = title(group.class);
        if title != last {
            write!(page, "\n## {title}\n\n| | words |\n|:--|:--|\n")?;
            last = title;
        }
        writeln!(page, "| {}{} | {} |", group.about, note(group), listed(group))?;
    }
    Ok(())
}

fn listed(group: &Group) -> String {
    let names: Vec<String> = names(group.words).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn title(class: Class) -> &'static str {
    match class {
        Class::Higher | Class::HigherAlone | Class::Output => "Higher is better",
        Class::Error | Class::Lower | Class::LowerAlone | Class::Usage => "Lower is better",
        Class::Top
        | Class::Fall
        | Class::Rise
        | Class::Drop
        | Class::Gain
        | Class::Saving
        | Class::Worsening
        | Class::Improvement
        | Class::Skill
        | Class::Negated
        | Class::OneMinus => "Words that turn a measure",
        Class::Qualifier | Class::Before | Class::Generic | Class::Part | Class::Unit | Class::Condition => {
            "Words that change nothing beside a measure"
        }
        Class::Other | Class::Setting => "Words that make it unknown",
        Class::Counter | Class::Counted | Class::Fact | Class::Progress => "Facts of the run",
    }
}

fn note(group: &Group) -> &'static str {
    match group.class {
        Class::HigherAlone | Class::LowerAlone => " (every other word must be known)",
        Class::Error => " (`neg_` before it turns it round)",
        Class::Usage => " (every other word must be known; units of time and size fit)",
        Class::Output => " (units of time and size fit)",
        Class::Top => " (by themselves: higher)",
        Class::Fall => " (of what should rise: lower; of what should fall: higher)",
        Class::Rise => " (of what should rise: higher; of what should fall: lower)",
        Class::Drop => " (lower)",
        Class::Gain | Class::Saving | Class::Improvement | Class::Skill => " (higher)",
        Class::Worsening => " (lower)",
        Class::Before => " (in front of the measure only)",
        Class::Unit => " (not of a quality)",
        Class::Condition => " (what follows only says when)",
        Class::Progress => " (beside a measure they change nothing)",
        _ => "",
    }
}
