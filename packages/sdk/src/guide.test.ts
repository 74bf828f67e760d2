import type { EndpointMessage, ServerMessage } from "@rejoin/protocol";
import { expect, expectTypeOf, test } from "vitest";
import {
  type Context,
  createInProcessEndpoint,
  DurablePromise,
  type InvocationPromise,
  service,
} from "./index.ts";

interface Task {
  description: string;
}
interface SubTask {
  description: string;
}
type SubTaskResult = { description: string };
interface Result {
  description: string;
}

const fanOutWorker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, task: Task): Promise<Result> => {
      const subtasks: SubTask[] = await ctx.run("split task", () => split(task));
      const resultPromises = [];
      for (const subtask of subtasks) {
        const subResultPromise = ctx.serviceClient(fanOutWorker).runSubtask(subtask);
        resultPromises.push(subResultPromise);
      }
      const results = await DurablePromise.all(resultPromises);
      return { description: results.map((r) => r.description).join(",") };
    },
    runSubtask: async (ctx: Context, subtask: SubTask): Promise<SubTaskResult> => {
      ctx.console.info("x");
      return { description: `${subtask.description}: DONE` };
    },
  },
});

function split(task: Task): SubTask[] {
  return task.description.split(",").map((description) => ({ description }));
}

test("types", () => {
  expectTypeOf<ReturnType<Context["serviceClient"]>>;
  const c = {} as Context;
  void (() => {
    expectTypeOf(c.serviceClient(fanOutWorker).runSubtask({ description: "" })).toEqualTypeOf<
      InvocationPromise<SubTaskResult>
    >();
  });
});

test("runs", async () => {
  const endpoint = createInProcessEndpoint({ services: [fanOutWorker] });
  const out: EndpointMessage[] = [];
  let ended = false;
  const attempt = endpoint.open(
    { service: "worker", handler: "run", version: 7, headers: new Map() },
    {
      send: (m) => {
        console.log(
          "SEND",
          JSON.stringify(m, (_k, v) => (v instanceof Uint8Array ? new TextDecoder().decode(v) : v)),
        );
        out.push(...m);
      },
      end: () => {
        ended = true;
      },
    },
  );
  const start: ServerMessage = {
    kind: "start",
    id: new Uint8Array(24),
    debugId: "inv_1",
    knownEntries: 1,
    stateMap: [],
    partialState: true,
    key: "",
    retryCountSinceLastStoredEntry: 0,
    durationSinceLastStoredEntryMs: 0,
    randomSeed: { high: 0, low: 1 },
  };
  attempt.receive([
    start,
    {
      kind: "input",
      name: "",
      headers: [],
      value: new TextEncoder().encode(JSON.stringify({ description: "a,b,c" })),
    },
  ]);
  await new Promise((r) => setTimeout(r, 10));
  attempt.receive([{ kind: "proposeRunCompletionAck", completionId: 1 }]);
  await new Promise((r) => setTimeout(r, 10));
  for (const [i, x] of ["a", "b", "c"].entries())
    attempt.receive([
      {
        kind: "callCompletion",
        completionId: 3 + 2 * i,
        result: {
          kind: "value",
          value: new TextEncoder().encode(JSON.stringify({ description: `${x}!` })),
        },
      },
    ]);
  await new Promise((r) => setTimeout(r, 10));
  expect(ended).toBe(true);
  expect(out.at(-1)).toEqual({ kind: "end" });
});
