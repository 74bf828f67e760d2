/** Whatever happens to its attempts, an invocation does what its journal says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readable } from "../testing/messages.ts";
import { MiniServer } from "../testing/mini-server.ts";
import { replayLive } from "../testing/ordered-replay.ts";
import { program, toHandler } from "../testing/programs.ts";
import { createRandom } from "../testing/random.ts";
import { isCommand } from "../vm/command-info.ts";

const RUNS = Number(process.env.REJOIN_PROPERTY_RUNS ?? 150);

test.for([5, 6, 7] as const)(
  "interrupted runs are the uninterrupted one, version %d",
  { timeout: 120_000 },
  async (version) => {
    const property = fc.asyncProperty(
      fc.array(program, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.constantFrom(0, 0.1, 0.4),
      fc.record({
        cancels: fc.boolean(),
        explicitCancellation: fc.boolean(),
        partialState: fc.boolean(),
        hooked: fc.boolean(),
      }),
      async (parts, seed, breakRate, given) => {
        const statements = parts.flat();
        const random = createRandom(seed);
        const options = { version, random, breakRate, ...given };
        const interrupted = toHandler(statements, { fails: true });
        const { result, journal } = await new MiniServer(interrupted, options).run();
        const handler = toHandler(statements, { fails: false });
        const uninterrupted = await replayLive(handler, journal, {
          ...options,
          hooked: false,
        });
        const commands = journal.filter((entry) => isCommand(entry)).slice(1);
        expect(uninterrupted.commands.map(readable)).toEqual(commands.map(readable));
        expect(uninterrupted.result).toEqual(result);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  },
);
