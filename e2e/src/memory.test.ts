/** A suspended invocation costs store bytes, not memory. */
import { expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const parentCount = 10_000;
const bytesMax = 15_000_000;

interface Memory {
  readonly suspended: number;
  readonly heapUsed: number;
  /** Outside the heap; `arrayBuffers` is part of it. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

const full = process.env.REJOIN_TEST_FULL === "1";

it.each(full ? ["sleep", "call"] : ["call"])(
  "10,000 parents suspended in a %s add less than 15 MB",
  async (kind) => {
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const program = startProgram({
      program: "suspended-parents",
      nodeOptions: ["--expose-gc"],
      args: [directory.path, kind, String(parentCount)],
    });
    onTestFinished(() => program.kill().then(() => undefined));
    const measured = await program.line("measured");
    const figures = program.lines.filter(({ event }) => event === "memory") as unknown as Memory[];
    console.log(
      `memory (${kind}), ${measured.attempts} attempts:\n${figures.map(format).join("\n")}`,
    );

    const [before, half, after] = figures;
    if (!before || !half || !after) throw new Error("three measurements");
    expect(after.suspended).toBe(parentCount);
    expect(measured.attempts).toBeGreaterThanOrEqual(parentCount);
    expect(used(after) - used(before)).toBeLessThan(bytesMax);
    // What there is of it is caches that are full by now.
    expect(used(after) - used(half)).toBeLessThan(bytesMax / 5);
  },
  120_000,
);

function used({ heapUsed, external }: Memory): number {
  return heapUsed + external;
}

function format(memory: Memory): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const { suspended, heapUsed, external, arrayBuffers, rss } = memory;
  return (
    `  ${suspended} suspended: heap ${mb(heapUsed)}, external ${mb(external)} ` +
    `(array buffers ${mb(arrayBuffers)}), rss ${mb(rss)}`
  );
}
