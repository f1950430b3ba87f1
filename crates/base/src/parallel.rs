//! Work on the machine's cores: what takes no part of the world can be done side by side.
//!
//! In: items and what to do with one. Out: the answers in the order of the items, whichever thread was first.

use std::iter;
use std::num::NonZero;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// Each time a thread takes this part of its share, so that small items cost no wait, and large ones leave few idle.
const PARTS: usize = 16;

/// The stack of a thread, in bytes: as much as the first one has, for files may be nested as deep here as there.
const STACK: usize = 8 << 20;

/// Does `work` with every item, each thread taking the next ones that are left.
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let part = (items.len() / threads / PARTS).max(1);
    let left = Mutex::new(items.into_iter().enumerate());
    let next = || -> Option<(usize, Vec<T>)> {
        let mut left = left.lock().ok()?;
        let (index, first) = left.next()?;
        Some((index, iter::once(first).chain(left.by_ref().take(part - 1).map(|(_, item)| item)).collect()))
    };
    let mut done: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        let mine = || {
            let parts = iter::from_fn(next);
            parts.map(|(index, items)| (index, items.into_iter().map(&work).collect())).collect::<Vec<_>>()
        };
        // A thread that is not to be had leaves its share to the others.
        let other = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, mine).ok();
        let others: Vec<_> = (1..threads).filter_map(other).collect();
        let mut done = mine();
        for other in others {
            match other.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, answers)| answers).collect()
}

/// So many items wait for a thread before `feed` waits too: what is read ahead is held in memory.
const AHEAD: usize = 64;

/// Does `work` with every item and its index while `feed` still gives more of them; an error of `feed` is the answer.
pub fn stream<T: Send, R: Send, E>(
    feed: impl FnOnce(&mut dyn FnMut(T)) -> Result<(), E>,
    work: impl Fn(usize, T) -> R + Sync,
) -> Result<Vec<R>, E> {
    let (send, receive) = mpsc::sync_channel::<(usize, T)>(AHEAD);
    let receive = Arc::new(Mutex::new(receive));
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done = thread::scope(|scope| {
        let worker = || {
            // The threads alone hold it: without any that is left, `feed` is not kept waiting.
            let receive = Arc::clone(&receive);
            let work = &work;
            move || {
                let next = || receive.lock().ok()?.recv().ok();
                iter::from_fn(next).map(|(index, item)| (index, work(index, item))).collect::<Vec<_>>()
            }
        };
        let start = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker());
        let mut workers: Vec<_> = (0..threads).filter_map(|_| start().ok()).collect();
        if workers.is_empty() {
            workers.push(scope.spawn(worker()));
        }
        drop(receive);
        let mut index = 0..;
        let fed = feed(&mut |item| {
            let item = index.next().map(|index| send.send((index, item)));
            // Nobody is left to take it only after a panic, which is passed on below.
            let _ = item;
        });
        drop(send);
        let mut done = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        fed.map(|()| done)
    })?;
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_fed_is_answered_in_order_or_the_error() {
        for count in [0, 1, 1000] {
            let feed = |give: &mut dyn FnMut(usize)| -> Result<(), ()> {
                (0..count).for_each(give);
                Ok(())
            };
            assert_eq!(
                super::stream(feed, |at, item| at + item),
                Ok((0..count).map(|item| item * 2).collect())
            );
        }
        let broken = |give: &mut dyn FnMut(usize)| {
            give(1);
            Err("broken")
        };
        assert_eq!(super::stream(broken, |_, item| item), Err("broken"));
    }

    #[test]
    fn answers_stand_in_the_order_of_the_items() {
        for count in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(super::map(items, |item| item * 2), expected);
        }
    }
}
