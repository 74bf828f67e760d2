/**
 * Verifies the write-ahead logs. Each of their records is one physical write, whose last row is its
 * check row (write-ring.ts): so a log says itself which writes it holds.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readRingNumberAtEnd } from "../write-ring.ts";
import { corruptionError } from "./corruption-error.ts";
import { isFollowedByRecord, type LogRecord, scanLog } from "./log-file.ts";

interface TornTail {
  readonly name: string;
  readonly offset: number;
}

/**
 * Throws `DATA_CORRUPTION` unless the logs, given in order, hold consecutive writes. Damage at the
 * very end is the torn tail of a crash and accepted, unless write `durableNumber` is in it. A log
 * is followed by the next one: when that has records, nothing of this one may be damaged.
 */
export async function verifyLogs(
  directory: string,
  names: readonly string[],
  durableNumber: number,
): Promise<void> {
  let torn: TornTail | undefined;
  const last: LastRecord = { sequence: 0n, number: undefined };
  for (const name of names) {
    const bytes = await readFile(join(directory, name));
    const { records, damage } = scanLog(bytes);
    if (torn && records.length > 0) throw followedError(directory, torn);
    for (const record of records) follow(directory, { name, record, last });
    if (damage === undefined) continue;
    const accept = (data: Uint8Array) => (readSequence(data) ?? -1n) >= last.sequence;
    const found = { name, offset: damage.offset };
    if (isFollowedByRecord(bytes, damage, accept)) throw followedError(directory, found);
    torn ??= found;
  }
  if (torn && last.number !== undefined && last.number < durableNumber) {
    const writes = `writes ${last.number + 1} to ${durableNumber} are missing`;
    throw corruptionError(
      directory,
      `file ${torn.name} is damaged at offset ${torn.offset}, ${writes}`,
    );
  }
}

interface LastRecord {
  sequence: bigint;
  number: number | undefined;
}

function follow(
  directory: string,
  { name, record, last }: { name: string; record: LogRecord; last: LastRecord },
): void {
  const { fragments, offset } = record;
  last.sequence = readSequence(fragments[0] ?? new Uint8Array(0)) ?? last.sequence;
  const number = readRingNumberAtEnd(Buffer.concat(fragments.slice(-2)));
  if (number === undefined) return;
  if (last.number !== undefined && number !== last.number + 1) {
    const writes = `writes ${last.number + 1} to ${number - 1} are missing`;
    throw corruptionError(directory, `${writes} before offset ${offset} of file ${name}`);
  }
  last.number = number;
}

/** The sequence number at the start of a write batch. */
function readSequence(data: Uint8Array): bigint | undefined {
  if (data.length < 12) return undefined;
  return new DataView(data.buffer, data.byteOffset).getBigUint64(0, true);
}

function followedError(directory: string, { name, offset }: TornTail): Error {
  const what = `file ${name} is damaged at offset ${offset}, and valid writes follow`;
  return corruptionError(directory, what);
}
