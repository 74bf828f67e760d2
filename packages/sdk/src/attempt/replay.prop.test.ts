/** Whatever happens to its attempts, an invocation does what its journal says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readable } from "../testing/messages.ts";
import { MiniServer } from "../testing/mini-server.ts";
import { replayLive } from "../testing/ordered-replay.ts";
import { mapProgram, program, type Statement, toHandler } from "../testing/programs.ts";
import { createRandom } from "../testing/random.ts";
import { isCommand } from "../vm/command-info.ts";

const FULL = process.env.REJOIN_TEST_FULL === "1";
const RUNS = Number(process.env.REJOIN_PROPERTY_RUNS ?? (FULL ? 1000 : 80));

const PROGRAMS: Readonly<Record<string, fc.Arbitrary<readonly Statement[]>>> = {
  "of all kinds": program,
  "that map": mapProgram,
};

/** A map may be left alone by a race, with items that need no server to go on. */
function mayLeaveSomething(statements: readonly Statement[]): boolean {
  return /"(mapItems|unordered)"/.test(JSON.stringify(statements));
}

test.for(
  ([5, 6, 7] as const).flatMap((version) =>
    Object.keys(PROGRAMS).map((name) => ({ version, name })),
  ),
)(
  "interrupted runs are the uninterrupted one, version $version, programs $name",
  { timeout: 120_000 },
  async ({ version, name }) => {
    const property = fc.asyncProperty(
      fc.array(PROGRAMS[name] ?? program, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.constantFrom(0, 0.1, 0.4),
      fc.record({
        cancels: fc.boolean(),
        explicitCancellation: fc.boolean(),
        partialState: fc.boolean(),
        hooked: fc.boolean(),
        holdsBack: fc.boolean(),
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
          // What nobody awaits goes on until the handler has ended, which is later with interceptors.
          hooked: given.hooked && mayLeaveSomething(statements),
        });
        const commands = journal.filter((entry) => isCommand(entry)).slice(1);
        expect(uninterrupted.commands.map(readable)).toEqual(commands.map(readable));
        expect(uninterrupted.result).toEqual(result);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  },
);
