//! Tables of every kind, and what is taken of them.

use super::*;
use crate::{json, table};

fn shown(table: &Table) -> String {
    match values(table) {
        Ok(values) => {
            let all = values.iter().map(|(name, value)| match value {
                Scalar::Float(value) => format!("{name}={value}"),
                other => format!("{name}={other:?}"),
            });
            all.collect::<Vec<_>>().join(" ")
        }
        Err(why) => why.split(" (").next().unwrap_or_default().replace("this looks like a table ", "! "),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(&table::from_delimited(text, b',', true).unwrap()), expected, "{text}");
}

const EXAMPLES: &str = "! of examples";

#[test]
fn a_curve_is_its_last_row() {
    check("step,loss\n0,3\n1,2\n", "loss=2");
    check("loss,Epoch\n3,1\n2,2\n", "loss=2");
    check("train/global_step,train/loss\n10,3\n20,2\n", "train/loss=2");
    check("iteration,loss\n1,3\n2,\n3,1\n4,\n", "loss=1");
    check("epoch,loss,time\n1,3,00:05\n2,2,00:04\n", "loss=2");
    check("step,loss,checkpoint\n1,3,a.pt\n2,2,b.pt\n", "loss=2");
    check("time,loss\n0.5,3\n1.5,2\n", "loss=2");
    check("timestamp,loss\n2026-01-01T10:00,3\n2026-01-01T11:00,2\n", "loss=2");
    // The newest first.
    check("epoch,loss\n3,1\n2,2\n1,3\n", "loss=1");
    // Keras' history by pandas.
    check(",loss,val_accuracy\n0,3,0.1\n1,2,0.2\n", "loss=2 val_accuracy=0.2");
    check("Unnamed: 0,loss\n0,3\n1,2\n", "loss=2");
}

#[test]
fn rows_of_one_step_complete_each_other() {
    check("epoch,step,train,val\n0,1,3,\n0,2,2,\n0,2,,5\n1,4,1,\n1,4,,4\n", "train=1 val=4");
    check("epoch,batch,loss\n1,1,4\n1,2,3\n2,1,2\n2,2,1\n", "loss=1");
    check(
        "epoch,phase,loss\n1,train,4\n1,val,3\n2,train,2\n2,val,1\n",
        "! of several runs or examples, for its \
           column epoch does not rise from row to row",
    );
}

#[test]
fn one_row_is_plain_metrics() {
    check("accuracy,f1\n0.5,0.25\n", "accuracy=0.5 f1=0.25");
    check("id,accuracy\na,0.5\n", "accuracy=0.5");
    check("step,accuracy\n7,0.5\n", "accuracy=0.5");
    check("accuracy\n", "the table has no rows; run the step that writes it");
}

#[test]
fn examples_are_no_metric() {
    check("id,score\na,0.2\nb,0.9\n", EXAMPLES);
    check("id,score\n1,0.2\n2,0.9\n", EXAMPLES);
    check("score\n0.2\n0.9\n", EXAMPLES);
    check(",id,score\n0,a,0.2\n1,b,0.9\n", EXAMPLES);
    check(",y_true,y_pred,loss\n0,1,1,0.2\n1,0,1,0.9\n", EXAMPLES);
    check("5,score\n0,0.2\n1,0.9\n", EXAMPLES);
    check(",score\n3,0.2\n1,0.9\n", EXAMPLES);
    check("timestamp,question,score\n1,q,0.2\n2,r,0.9\n", EXAMPLES);
    check("timestamp,doc_id,score\n1,7,0.2\n2,8,0.9\n", EXAMPLES);
    check("model,time,accuracy\na,1,0.2\nb,2,0.9\n", EXAMPLES);
    check(
        "number,value,datetime_start,state\n0,0.1,2026-01-01 10:00:00,COMPLETE\n1,0.2,2026-01-01 \
           11:00:00,COMPLETE\n",
        EXAMPLES,
    );
}

#[test]
fn runs_below_one_another_are_no_curve() {
    let runs = |name: &str| {
        format!("! of several runs or examples, for its column {name} does not rise from row to row")
    };
    check("fold,epoch,loss\n1,1,3\n1,2,2\n2,1,3\n2,2,2\n", &runs("epoch"));
    check("id,epoch,score\na,10,0.2\nb,10,0.9\n", &runs("epoch"));
    check("epoch,id,score\n1,a,0.2\n1,b,0.9\n2,a,0.1\n2,b,0.8\n", &runs("epoch"));
    check("step,loss\n1,3\n5,2\n2,1\n", &runs("step"));
    check("step,loss\na,3\nb,2\nc,1\n", EXAMPLES);
    check("step,score\n1,3\n,2\n,1\n,4\n9,1\n", &runs("step"));
    check("step,tag,value\n1,loss,3\n2,accuracy,0.5\n", "! with a row for each name and value");
}

#[test]
fn a_run_that_diverged_ends_in_what_it_logged() {
    check("step,loss\n0,3\n1,nan\n", "loss=NaN");
    check("step,loss\n0,3\n1,inf\n", "loss=inf");
    check("step,loss\n0,3\n1,\n", "loss=3");
}

#[test]
fn lists_of_rows_are_tables() {
    let check = |text: &str, expected: &str| {
        assert_eq!(shown(&table::from_value(&json::parse(text).unwrap()).unwrap()), expected, "{text}");
    };
    check(r#"[{"step": 1, "loss": 3}, {"step": 2, "loss": 2}]"#, "loss=2");
    check(r#"[{"id": "a", "score": 0.2}, {"id": "b", "score": 0.9}]"#, EXAMPLES);
    check(r#"[{"score": 0.2}]"#, "score=0.2");
}
