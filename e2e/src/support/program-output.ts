/** The child's side of `child-program.ts`. */
import { writeSync } from "node:fs";

/** Prints a JSON line; it has left this process when the function returns. */
export function printLine(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  writeSync(1, `${JSON.stringify({ event, ...fields })}\n`);
}

/** Calls `close` when the parent closes standard input: it wants the end, or is no more. */
export function onParentGone(close: () => Promise<void>): void {
  process.stdin.resume();
  process.stdin.once("end", () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
