//! The guide's worker on the official Rust SDK, served over HTTP/2 on any free port.

use std::time::Duration;

use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// A task, a part of one, or a result: all are a description.
#[derive(Serialize, Deserialize)]
struct Task {
    description: String,
}

struct FanOutWorker;

#[service(name = "FanOutWorker")]
impl FanOutWorker {
    /// Makes each part an invocation of its own.
    #[handler]
    async fn run(&self, ctx: Context<'_>, task: Json<Task>) -> Result<Json<Task>, HandlerError> {
        let Json(task) = task;
        let parts = ctx
            .run(|| async move { Ok(Json(split(&task))) })
            .name("split task")
            .await?
            .into_inner();
        let calls: Vec<_> = parts
            .into_iter()
            .map(|part| {
                ctx.service_client::<FanOutWorkerClient>()
                    .run_subtask(Json(part))
                    .call()
            })
            .collect();
        let mut results = Vec::new();
        for call in calls {
            results.push(call.await?.into_inner().description);
        }
        Ok(Json(Task {
            description: results.join(","),
        }))
    }

    /// Does one part.
    #[handler]
    async fn run_subtask(
        &self,
        ctx: Context<'_>,
        part: Json<Task>,
    ) -> Result<Json<Task>, HandlerError> {
        ctx.sleep(Duration::from_millis(subtask_ms())).await?;
        let Json(part) = part;
        Ok(Json(Task {
            description: format!("{}: DONE", part.description),
        }))
    }
}

fn split(task: &Task) -> Vec<Task> {
    let parts = task.description.split(',');
    parts
        .map(|part| Task {
            description: part.to_owned(),
        })
        .collect()
}

fn subtask_ms() -> u64 {
    let text = std::env::var("SUBTASK_MS");
    text.ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("the port that was taken");
    println!("listening on {address}");
    HttpServer::new(Endpoint::builder().bind(FanOutWorker).build())
        .serve(listener)
        .await;
}
