/**
 * How long an environment takes to be there, to answer its first call, and to be gone:
 * `npx tsx --conditions=rejoin:source packages/testing/src/testing/start-bench.ts`.
 */
import { type Context, service } from "@rejoin/sdk";
import { createTestEnvironment, exploreCrashes, type TestEnvironment } from "../index.ts";

const ROUNDS = 200;

const greeter = service({
  name: "greeter",
  handlers: {
    greet: async (ctx: Context, name: string) => {
      await ctx.sleep({ days: 1 });
      return `hello ${name}`;
    },
  },
});

const start: number[] = [];
const call: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const began = performance.now();
  const env = await createTestEnvironment({ services: [greeter] });
  start.push(performance.now() - began);
  await env.client(greeter).greet("you");
  call.push(performance.now() - began);
  await env.close();
}
const began = performance.now();
const run = async (env: TestEnvironment) => env.client(greeter).greet("you");
const { runCount } = await exploreCrashes({ services: [greeter], run });
const perRun = (performance.now() - began) / runCount;

console.log(`an environment is there after ${describe(start)}`);
console.log(`its first call, which sleeps for a day, is answered after ${describe(call)}`);
console.log(`a run with a crash takes ${perRun.toFixed(1)} ms`);

/** Of the second half: the code is warm by then. */
function describe(times: readonly number[]): string {
  const warm = times.slice(times.length / 2).sort((a, b) => a - b);
  const median = warm[Math.floor(warm.length / 2)] ?? 0;
  return `${median.toFixed(1)} ms (median), ${times[0]?.toFixed(1)} ms the first time`;
}
