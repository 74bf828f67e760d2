/** The purge of a workflow, and those of its handlers that are still there. */
import { describe, expect, it } from "vitest";
import {
  completePromise,
  getPromise,
  operated,
  queryTarget,
  workflowTarget,
} from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import { anyOf, finish, invoke, keyOf, send, value } from "../testing/records.ts";
import { runTasks } from "../testing/tasks.ts";

describe("the purge of a workflow", () => {
  it("does not leave those for ever who wait for one of its promises", () => {
    const partition = new TestPartition();
    const [first, query, second] = [keyOf(1), keyOf(2), keyOf(3)];
    partition.apply(invoke(first, { target: workflowTarget("w") }));
    partition.apply(invoke(query, { target: queryTarget("w") }));
    send(partition, query, [getPromise(1, "p"), { kind: "suspension", awaitingOn: anyOf(1) }]);
    send(partition, first, finish());
    operated(partition, first, "purge");
    runTasks(partition);
    expect(partition.invocation(first)).toBeUndefined();
    // The workflow runs anew and completes the promise that is still waited for.
    partition.apply(invoke(second, { target: workflowTarget("w") }));
    send(partition, second, [completePromise(1, "p", value("now"))]);
    expect(partition.get(query).status).toBe("invoked");
  });
});
