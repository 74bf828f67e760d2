/**
 * A virtual object that keeps a list, on the reference SDK. Each number that is appended is a line of
 * output; what the object has is asked for with `all`.
 */
import {
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
} from "@restatedev/restate-sdk";
import { printLine } from "../support/program-output.ts";
import { serveReference } from "../support/serve-reference.ts";

/** The list lies in blocks: an append does not touch all of it. */
const blockLength = 100;
const blockOf = (index: number) => `block ${Math.floor(index / blockLength)}`;

const list = object({
  name: "list",
  options: { enableLazyState: true },
  handlers: {
    /** Holds the object until the awakeable that it prints is completed. */
    hold: async (ctx: ObjectContext): Promise<void> => {
      const { id, promise } = ctx.awakeable();
      printLine("held", { awakeable: id });
      await promise;
    },

    /** Gives the place of the number in the list. */
    append: async (ctx: ObjectContext, number: number): Promise<number> => {
      const index = (await ctx.get<number>("length")) ?? 0;
      const block = (await ctx.get<number[]>(blockOf(index))) ?? [];
      ctx.set(blockOf(index), [...block, number]);
      ctx.set("length", index + 1);
      printLine("appended", { number, index });
      return index;
    },

    all: handlers.object.shared(async (ctx: ObjectSharedContext): Promise<number[]> => {
      const length = (await ctx.get<number>("length")) ?? 0;
      const numbers: number[] = [];
      for (let index = 0; index < length; index += blockLength) {
        numbers.push(...((await ctx.get<number[]>(blockOf(index))) ?? []));
      }
      return numbers;
    }),
  },
});

serveReference(list);
