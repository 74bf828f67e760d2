/**
 * The reference SDK in this process, with what it needs of newer Nodes than 20: promises with
 * resolvers, and zstd in `node:zlib`, without which its functions for AWS Lambda do not compress.
 */
import { createRequire } from "node:module";
import { Zstd } from "@hpcc-js/wasm-zstd";

type Sdk = typeof import("@restatedev/restate-sdk");
type LambdaSdk = typeof import("@restatedev/restate-sdk/lambda");

interface Resolvers {
  withResolvers?: unknown;
}

const require = createRequire(import.meta.url);

/** Loads it; the same each time. */
export async function loadReferenceSdk(): Promise<{ sdk: Sdk; lambda: LambdaSdk }> {
  addResolvers(Promise as Resolvers);
  await addZstd();
  // Only as CommonJS does it see what was added to a module of Node.
  return {
    sdk: require("@restatedev/restate-sdk") as Sdk,
    lambda: require("@restatedev/restate-sdk/lambda") as LambdaSdk,
  };
}

function addResolvers(promise: Resolvers): void {
  promise.withResolvers ??= function withResolvers<T>(this: PromiseConstructor) {
    const parts: Partial<Record<"promise" | "resolve" | "reject", unknown>> = {};
    parts.promise = new this<T>((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  };
}

async function addZstd(): Promise<void> {
  const zstd = await Zstd.load();
  const zlib = require("node:zlib") as Record<string, unknown>;
  zlib.zstdCompressSync ??= (bytes: Uint8Array) => Buffer.from(zstd.compress(bytes));
  zlib.zstdDecompressSync ??= (bytes: Uint8Array) => Buffer.from(zstd.decompress(bytes));
}

export interface Task {
  readonly description: string;
}

/** The worker of the guide: a task is split, each part is done as a subtask, the results joined. */
export function createGuideWorker({ service, RestatePromise }: Sdk, subtaskMs: number) {
  const worker = service({
    name: "worker",
    handlers: {
      run: async (ctx: import("@restatedev/restate-sdk").Context, task: Task): Promise<Task> => {
        const subtasks = await ctx.run("split task", () =>
          task.description.split(",").map((description) => ({ description })),
        );
        const results = subtasks.map((subtask) => ctx.serviceClient(worker).runSubtask(subtask));
        const done: Task[] = await RestatePromise.all(results);
        return { description: done.map(({ description }) => description).join(",") };
      },

      runSubtask: async (
        ctx: import("@restatedev/restate-sdk").Context,
        subtask: Task,
      ): Promise<Task> => {
        await ctx.sleep(subtaskMs);
        return { description: `${subtask.description}: DONE` };
      },
    },
  });
  return worker;
}
