//! Which way is better, guessed from a metric's name by a short list. The list stands in the README; what is not on
//! it is unknown and never coloured.

use super::Direction;

/// Whole words of a name that say "higher is better".
const HIGHER: [&str; 27] = [
    "acc",
    "accuracy",
    "auc",
    "auroc",
    "auprc",
    "roc",
    "ap",
    "map",
    "map50",
    "ndcg",
    "mrr",
    "f1",
    "fscore",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "iou",
    "miou",
    "dice",
    "bleu",
    "rouge",
    "r2",
    "psnr",
    "ssim",
    "mcc",
    "kappa",
];

/// Whole words of a name that say "lower is better".
const LOWER: [&str; 18] = [
    "loss",
    "error",
    "errors",
    "err",
    "mse",
    "rmse",
    "mae",
    "mape",
    "msle",
    "perplexity",
    "ppl",
    "wer",
    "cer",
    "fid",
    "brier",
    "ece",
    "latency",
    "logloss",
];

/// Words that turn a name into another thing: the spread of an accuracy, the time of a recall.
const OTHERWISE: [&str; 13] = [
    "std",
    "stddev",
    "stdev",
    "var",
    "variance",
    "sem",
    "time",
    "threshold",
    "temperature",
    "weight",
    "count",
    "support",
    "index",
];

/// Ends of names that tell facts of the run, as Hugging Face's and Lightning's loggers write them.
const FACT_ENDS: [&str; 5] = ["runtime", "per_second", "total_flos", "epoch", "global_step"];

/// The direction that a metric's key suggests. Only the key's last part counts: `eval/loss`, `val.loss`.
pub fn direction(key: &str) -> Direction {
    let last = last_part(key).to_ascii_lowercase();
    if FACT_ENDS.iter().any(|end| is_end(&last, end)) || last == "step" {
        return Direction::Fact;
    }
    let words: Vec<&str> = last.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(&OTHERWISE) {
        return Direction::Unknown;
    }
    match (has(&HIGHER), has(&LOWER)) {
        (true, false) => Direction::Higher,
        (false, true) => Direction::Lower,
        // `accuracy_loss`, `map_error`: the name speaks both ways, so it says nothing.
        _ => Direction::Unknown,
    }
}

/// The part of a key behind its last dot or slash; the dot of a number (`mAP@0.5`) ends no part.
pub fn last_part(key: &str) -> &str {
    let is_end = |(at, mark): &(usize, &str)| {
        *mark == "/" || !key[at + 1..].starts_with(|next: char| next.is_ascii_digit())
    };
    key.rmatch_indices(['.', '/']).find(is_end).map_or(key, |(at, _)| &key[at + 1..])
}

/// Whether `name` is `end`, or ends with it after an underscore.
fn is_end(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &[&str], expected: Direction) {
        for key in keys {
            assert_eq!(direction(key), expected, "{key}");
        }
    }

    #[test]
    fn whole_words_decide() {
        check(
            &["accuracy", "val_acc", "test.F1", "eval/roc_auc", "top-5 accuracy", "f1_macro", "mAP@0.5"],
            Direction::Higher,
        );
        check(&["loss", "val_loss", "eval/loss", "train.RMSE", "latency_p95_ms"], Direction::Lower);
        check(
            &[
                "lossless",
                "mapping",
                "n_samples",
                "accuracy_loss",
                "rmsd",
                "auction",
                "score",
                "accuracy_std",
                "recall_time",
            ],
            Direction::Unknown,
        );
    }

    #[test]
    fn only_the_last_part_counts() {
        check(&["loss.temperature", "accuracy/threshold"], Direction::Unknown);
    }

    #[test]
    fn facts_of_a_run_are_known() {
        let facts = [
            "train_runtime",
            "eval_samples_per_second",
            "eval_steps_per_second",
            "total_flos",
            "epoch",
            "step",
        ];
        check(&facts, Direction::Fact);
        check(&["epochs_to_converge", "stepsize"], Direction::Unknown);
    }
}
