/**
 * Cron: calls any handler at the times of a cron expression. A job is a virtual object; between two
 * runs it is nothing but a delayed message to itself.
 */
import {
  handlers,
  type InvocationId,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  rpc,
  serde,
  TerminalError,
} from "@rejoin/sdk";
import { Cron } from "croner";

export interface Job {
  /** Such as `30 6 * * 1-5`; with six fields the first is the second. */
  readonly schedule: string;
  readonly service: string;
  readonly handler: string;
  /** Of a virtual object or workflow. */
  readonly key?: string;
  readonly input?: unknown;
}

type State = { job: Job; next: string; timer: InvocationId };

export const cronJob = object({
  name: "cronJob",
  handlers: {
    /** Returns when it runs first. */
    start: async (ctx: ObjectContext<State>, job: Job): Promise<string> => {
      if ((await ctx.get("job")) !== null) {
        throw new TerminalError(`the job ${ctx.key} has been started`, { errorCode: 409 });
      }
      const first = await scheduleNext(ctx, job.schedule);
      ctx.set("job", job);
      return first;
    },

    stop: async (ctx: ObjectContext<State>): Promise<void> => {
      const timer = await ctx.get("timer");
      if (timer !== null) ctx.invocation(timer).cancel();
      ctx.clearAll();
    },

    /** Sent by the job itself. */
    tick: async (ctx: ObjectContext<State>): Promise<void> => {
      const job = await ctx.get("job");
      if (job === null) return;
      const { service, handler: method, key, input: parameter, schedule } = job;
      const target = { service, method, ...(key === undefined ? {} : { key }) };
      if (parameter === undefined) {
        ctx.genericSend({ ...target, parameter: undefined, inputSerde: serde.empty });
      } else {
        ctx.genericSend({ ...target, parameter, inputSerde: serde.json });
      }
      await scheduleNext(ctx, schedule);
    },

    /** When it runs next; `null` if it does not. */
    next: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<string | null> => ctx.get("next"),
    ),
  },
});

async function scheduleNext(ctx: ObjectContext<State>, schedule: string): Promise<string> {
  // The clock is read once and recorded: a replay computes the same delay.
  const now = await ctx.date.now();
  const next = nextRun(schedule, new Date(now));
  const options = rpc.sendOpts<void>({ delay: next.getTime() - now });
  ctx.set("timer", await ctx.objectSendClient(cronJob, ctx.key).tick(options).invocationId);
  ctx.set("next", next.toISOString());
  return next.toISOString();
}

function nextRun(schedule: string, after: Date): Date {
  let problem = "it never comes again";
  try {
    const next = new Cron(schedule).nextRun(after);
    if (next !== null) return next;
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new TerminalError(`no job with the schedule ${schedule}: ${problem}`, { errorCode: 400 });
}
