//! A future beside one that is polled often: it is polled only when it asked for it itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

/// A future that costs one look at a flag where it has nothing to say.
pub(crate) struct Seldom<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    /// What `bell` wakes, to see whether it is still the right one.
    task: Option<Waker>,
}

struct Bell {
    rang: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        let task = self.task.lock().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl<F: Future> Seldom<F> {
    pub(crate) fn new(future: F) -> Self {
        let bell = Bell { rang: AtomicBool::new(true), task: Mutex::default() };
        Self { future: Box::pin(future), bell: Arc::new(bell), task: None }
    }
}

impl<F: Future> Future for Seldom<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.task.as_ref().is_none_or(|task| !task.will_wake(context.waker())) {
            self.task = Some(context.waker().clone());
            *self.bell.task.lock() = Some(context.waker().clone());
        }
        // Plain reading first: writing each time would cost the line of the cache.
        if !self.bell.rang.load(Ordering::Relaxed) || !self.bell.rang.swap(false, Ordering::Acquire)
        {
            return Poll::Pending;
        }
        let bell = Waker::from(Arc::clone(&self.bell));
        self.future.as_mut().poll(&mut Context::from_waker(&bell))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_is_polled_when_it_asked_and_not_when_its_neighbour_did() {
        let polls = Arc::new(AtomicU32::new(0));
        let counted = polls.clone();
        let mut sleep = Box::pin(tokio::time::sleep(Duration::from_millis(30)));
        let mut seldom = Seldom::new(std::future::poll_fn(move |context| {
            counted.fetch_add(1, Ordering::Relaxed);
            sleep.as_mut().poll(context)
        }));
        let mut busy = 0;
        std::future::poll_fn(|context| {
            if Pin::new(&mut seldom).poll(context).is_ready() {
                return Poll::Ready(());
            }
            busy += 1;
            if busy < 1_000 {
                context.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await;
        assert!(busy >= 1_000);
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }
}
