package interop;

import dev.restate.sdk.Context;
import dev.restate.sdk.DurableFuture;
import dev.restate.sdk.annotation.Handler;
import dev.restate.sdk.annotation.Service;
import dev.restate.sdk.endpoint.Endpoint;
import dev.restate.sdk.http.vertx.RestateHttpServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The guide's worker on the official Java SDK, served over HTTP/2 on any free port. */
@Service
public class FanOutWorker {

  /** A task, a part of one, or a result: all are a description. */
  public record Task(String description) {}

  /** Makes each part an invocation of its own. */
  @Handler
  public Task run(Context ctx, Task task) {
    String[] parts = ctx.run("split task", String[].class, () -> task.description().split(","));
    List<DurableFuture<Task>> started = new ArrayList<>();
    for (String part : parts) {
      started.add(FanOutWorkerClient.fromContext(ctx).runSubtask(new Task(part)));
    }
    DurableFuture.all(new ArrayList<DurableFuture<?>>(started)).await();
    return new Task(
        started.stream()
            .map(result -> result.await().description())
            .collect(Collectors.joining(",")));
  }

  /** Does one part. */
  @Handler
  public Task runSubtask(Context ctx, Task part) {
    ctx.sleep(Duration.ofMillis(subtaskMs()));
    return new Task(part.description() + ": DONE");
  }

  private static long subtaskMs() {
    String text = System.getenv("SUBTASK_MS");
    return text == null ? 100 : Long.parseLong(text);
  }

  public static void main(String[] args) {
    int port = RestateHttpServer.listen(Endpoint.bind(new FanOutWorker()), 0);
    System.out.println("listening on 127.0.0.1:" + port);
  }
}
