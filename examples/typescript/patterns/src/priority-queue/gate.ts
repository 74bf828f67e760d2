/**
 * A gate that lets a number of visitors in at a time, the most important first. Who waits holds an
 * awakeable, which the gate completes.
 */
import {
  type Context,
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  TerminalError,
} from "@rejoin/sdk";

export interface Visitor {
  /** Of the awakeable that lets the visitor in. */
  readonly id: string;
  /** The lower number goes first. */
  readonly priority: number;
}

type State = { inside: number; waiting: Visitor[] };

const CAPACITY = 1;

export const gate = object({
  name: "gate",
  handlers: {
    enter: async (ctx: ObjectContext<State>, visitor: Visitor): Promise<void> => {
      const waiting = (await ctx.get("waiting")) ?? [];
      const before = waiting.filter(({ priority }) => priority <= visitor.priority);
      await admit(ctx, [...before, visitor, ...waiting.slice(before.length)]);
    },

    leave: async (ctx: ObjectContext<State>): Promise<void> => {
      ctx.set("inside", ((await ctx.get("inside")) ?? 0) - 1);
      await admit(ctx, (await ctx.get("waiting")) ?? []);
    },

    /** For who does not want to wait any longer; who was let in meanwhile leaves again. */
    giveUp: async (ctx: ObjectContext<State>, id: string): Promise<void> => {
      const waiting = (await ctx.get("waiting")) ?? [];
      const others = waiting.filter((visitor) => visitor.id !== id);
      if (others.length === waiting.length) {
        ctx.set("inside", ((await ctx.get("inside")) ?? 0) - 1);
      }
      await admit(ctx, others);
    },

    read: handlers.object.shared(async (ctx: ObjectSharedContext<State>): Promise<State> => {
      const inside = (await ctx.get("inside")) ?? 0;
      return { inside, waiting: (await ctx.get("waiting")) ?? [] };
    }),
  },
});

async function admit(ctx: ObjectContext<State>, queue: readonly Visitor[]): Promise<void> {
  const inside = (await ctx.get("inside")) ?? 0;
  const admitted = queue.slice(0, Math.max(0, CAPACITY - inside));
  for (const { id } of admitted) ctx.resolveAwakeable(id);
  ctx.set("inside", inside + admitted.length);
  ctx.set("waiting", queue.slice(admitted.length));
}

/**
 * Does the work while inside of the gate. Whoever is cancelled leaves it; whoever is killed cannot,
 * and `leave` has to be sent for it.
 */
export async function passing<T>(
  ctx: Context,
  { name, priority }: { readonly name: string; readonly priority: number },
  work: () => Promise<T>,
): Promise<T> {
  const { id, promise } = ctx.awakeable<void>();
  const toGate = ctx.objectSendClient(gate, name);
  toGate.enter({ id, priority });
  // Only what ends the invocation is caught. Any other failure is tried again, inside of the gate.
  try {
    await promise;
  } catch (error) {
    if (error instanceof TerminalError) toGate.giveUp(id);
    throw error;
  }
  try {
    const result = await work();
    toGate.leave();
    return result;
  } catch (error) {
    if (error instanceof TerminalError) toGate.leave();
    throw error;
  }
}
