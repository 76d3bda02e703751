//! The group-committing writer of SQLite.

use futures::future::BoxFuture;
use headwater_model::{Code, Error, Result};
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::{mpsc, oneshot};

use super::{Dialect, Tx, db_error};

/// How many writes may share one transaction.
const BATCH: usize = 256;
/// How many writes may wait; beyond it callers wait to get in.
const QUEUE: usize = 4096;

pub(super) struct Writer {
    connection: DatabaseConnection,
    queue: mpsc::Sender<Message>,
}

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

trait Job: Send {
    /// Runs the work; whether its changes are to be kept.
    fn run<'c>(&'c mut self, tx: &'c DatabaseTransaction) -> BoxFuture<'c, bool>;
    /// Tells the caller, once the batch is durable or known not to be.
    fn finish(self: Box<Self>, committed: Result<()>);
}

struct Work<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Work<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c Tx<'c>) -> BoxFuture<'c, Result<T>> + Send + 'static,
{
    fn run<'c>(&'c mut self, inner: &'c DatabaseTransaction) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return false;
            };
            let tx = Tx {
                inner,
                dialect: Dialect::Sqlite,
            };
            let result = work(&tx).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn finish(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(closed()),
        };
        // A caller that went away does not want the answer; the write stands all the same.
        let _ = self.reply.send(result);
    }
}

impl Writer {
    #[expect(
        clippy::disallowed_methods,
        reason = "the writer lives exactly as long as the database"
    )]
    pub(super) fn start(connection: DatabaseConnection) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection.clone(), receiver));
        Self { connection, queue }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c Tx<'c>) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Work {
            work: Some(work),
            result: None,
            reply,
        });
        self.queue
            .send(Message::Write(job))
            .await
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    pub(super) async fn close(&self) {
        let (done, finished) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = finished.await;
        }
    }
}

fn closed() -> Error {
    Error::new(
        Code::Unavailable,
        "The server is shutting down. Try again in a moment.",
    )
}

async fn run(connection: DatabaseConnection, mut queue: mpsc::Receiver<Message>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut waiting, BATCH).await > 0 {
        let mut batch = Vec::with_capacity(waiting.len());
        let mut close = None;
        for message in waiting.drain(..) {
            match message {
                Message::Write(job) => batch.push(job),
                Message::Close(done) => close = Some(done),
            }
        }
        if !batch.is_empty() {
            commit(&connection, batch).await;
        }
        if let Some(done) = close {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "closing the writer");
            }
            let _ = done.send(());
            return;
        }
    }
}

async fn commit(connection: &DatabaseConnection, mut batch: Vec<Box<dyn Job>>) {
    let committed = apply(connection, &mut batch).await;
    if let Err(error) = &committed {
        tracing::error!(
            ?error,
            writes = batch.len(),
            "a batch of writes was not committed"
        );
    }
    for job in batch {
        job.finish(committed.clone());
    }
}

async fn apply(connection: &DatabaseConnection, batch: &mut [Box<dyn Job>]) -> Result<()> {
    let transaction = connection.begin().await.map_err(db_error)?;
    if let [only] = batch {
        // Alone, the transaction itself is the savepoint.
        return if only.run(&transaction).await {
            transaction.commit().await.map_err(db_error)
        } else {
            transaction.rollback().await.map_err(db_error)
        };
    }
    for job in batch.iter_mut() {
        let savepoint = transaction.begin().await.map_err(db_error)?;
        if job.run(&savepoint).await {
            savepoint.commit().await.map_err(db_error)?;
        } else {
            savepoint.rollback().await.map_err(db_error)?;
        }
    }
    transaction.commit().await.map_err(db_error)
}
