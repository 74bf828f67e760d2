/**
 * What the disk and the store allow to any program that makes things durable: LevelDB's commits
 * without anything around them.
 */
import type { ClassicLevel } from "classic-level";

export type Level = ClassicLevel<Buffer, Buffer>;

const VALUE_BYTES = 200;
const ROWS_PER_COMMIT = 2;
const CALLERS = 64;

/** `count` durable commits of two rows, each after the one before. */
export async function commitOneByOne(level: Level, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await level.batch(rowsOf(i, 1), { sync: true });
}

/**
 * The same rows for 64 callers of which each waits until its own are durable: a commit holds
 * those of all that came while the one before was on its way.
 */
export async function commitInGroups(level: Level, count: number): Promise<void> {
  let left = count;
  let next = 0;
  const waiting: (() => void)[] = [];
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, caller));
  while (waiting.length > 0) {
    const group = waiting.splice(0);
    await level.batch(rowsOf(next, group.length), { sync: true });
    next += group.length;
    for (const resolve of group) resolve();
    // Those who were answered ask again before the next commit begins.
    await Promise.resolve();
  }
  await callers;
}

function rowsOf(first: number, commits: number) {
  return Array.from({ length: commits * ROWS_PER_COMMIT }, (_, i) => {
    const key = Buffer.alloc(16);
    key.writeUInt32BE(first, 0);
    key.writeUInt32BE(i, 4);
    return { type: "put" as const, key, value: Buffer.alloc(VALUE_BYTES, i) };
  });
}
