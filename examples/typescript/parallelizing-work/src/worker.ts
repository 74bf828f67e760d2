/**
 * Fan-out and fan-in: a task is split into subtasks, every subtask runs as an invocation of its own,
 * and their results are joined.
 *
 * Whatever crashes in between, a subtask that finished is not run again, and `run` goes on waiting
 * for the others.
 */
import { type Context, RestatePromise, service } from "@rejoin/sdk";

export interface Task {
  readonly description: string;
}
export interface Subtask {
  readonly description: string;
}
export interface SubtaskResult {
  readonly description: string;
}
export interface Result {
  readonly description: string;
}

/** The slowest subtask takes so long; the tests make them quick. */
const subtaskMsMax = Number(process.env.SUBTASK_MS_MAX ?? 4_000);

export const fanOutWorker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, task: Task): Promise<Result> => {
      const subtasks = await ctx.run("split task", () => split(task));

      // Fan out: each call is recorded, then runs on its own.
      const results = subtasks.map((subtask) =>
        ctx.serviceClient(fanOutWorker).runSubtask(subtask),
      );

      // Fan in: the results, in the order of the subtasks.
      return aggregate(ctx, await RestatePromise.all(results));
    },

    runSubtask: async (ctx: Context, subtask: Subtask): Promise<SubtaskResult> => {
      ctx.console.info(`Started executing subtask: ${subtask.description}`);
      // Stands for real work. The sleep survives a restart, and a retry draws the same number.
      await ctx.sleep(Math.round(ctx.rand.random() * subtaskMsMax));
      ctx.console.info(`Execution subtask finished: ${subtask.description}`);
      return { description: `${subtask.description}: DONE` };
    },
  },
});

function split(task: Task): Subtask[] {
  return task.description.split(",").map((description) => ({ description }));
}

function aggregate(ctx: Context, results: readonly SubtaskResult[]): Result {
  const description = results.map((result) => result.description).join(",");
  ctx.console.info(`Aggregated result: ${description}`);
  return { description };
}
