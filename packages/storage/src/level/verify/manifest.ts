/**
 * The manifest: a log whose records are edits of the set of live files; `CURRENT` names it. An edit
 * is a sequence of fields, each a tag and what belongs to it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isNotFound } from "../checked-file.ts";
import { ByteReader } from "./byte-reader.ts";
import { corruptionError } from "./corruption-error.ts";
import { isFollowedByRecord, scanLog } from "./log-file.ts";

const tags = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;

/** The live files of a database. */
export interface LiveFiles {
  /** Logs with a lower number are obsolete; 0 before the first. */
  readonly logNumber: number;
  /** The size of each table by its number. */
  readonly tables: ReadonlyMap<number, number>;
}

interface Draft {
  logNumber: number | undefined;
  hasNextFileNumber: boolean;
  hasLastSequence: boolean;
  readonly tables: Map<number, number>;
}

/** Reads `CURRENT` and the manifest; throws `DATA_CORRUPTION` if either is damaged or missing. */
export async function readLiveFiles(directory: string): Promise<LiveFiles> {
  const current = Buffer.from(await readOrRefuse(directory, "CURRENT")).toString("latin1");
  if (!/^MANIFEST-\d+\n$/.test(current)) {
    throw corruptionError(directory, "file CURRENT is damaged");
  }
  const name = current.trimEnd();
  const bytes = await readOrRefuse(directory, name);
  const { records, damage } = scanLog(bytes);
  if (damage !== undefined) {
    const torn = damage.kind === "incomplete";
    if (!torn || isFollowedByRecord(bytes, damage, () => true)) {
      throw corruptionError(directory, `file ${name} is damaged at offset ${damage.offset}`);
    }
  }
  const draft: Draft = {
    logNumber: undefined,
    hasNextFileNumber: false,
    hasLastSequence: false,
    tables: new Map(),
  };
  try {
    for (const { fragments } of records) applyEdit(draft, Buffer.concat(fragments));
  } catch (error) {
    throw corruptionError(directory, `file ${name} cannot be read`, error);
  }
  const { logNumber, tables } = draft;
  if (logNumber === undefined || !draft.hasNextFileNumber || !draft.hasLastSequence) {
    throw corruptionError(directory, `file ${name} is incomplete`);
  }
  return { logNumber, tables };
}

function applyEdit(draft: Draft, edit: Uint8Array): void {
  const added: [number: number, size: number][] = [];
  for (const reader = new ByteReader(edit); !reader.done; ) {
    const tag = reader.varint();
    if (tag === tags.newFile) added.push(readNewFile(reader));
    else applyField(draft, tag, reader);
  }
  // A file that moves to another level is deleted and added by one edit.
  for (const [number, size] of added) draft.tables.set(number, size);
}

function applyField(draft: Draft, tag: number, reader: ByteReader): void {
  switch (tag) {
    case tags.comparator:
      reader.slice();
      return;
    case tags.logNumber:
      draft.logNumber = reader.varint();
      return;
    case tags.previousLogNumber:
      reader.varint();
      return;
    case tags.nextFileNumber:
      reader.varint();
      draft.hasNextFileNumber = true;
      return;
    case tags.lastSequence:
      reader.varint();
      draft.hasLastSequence = true;
      return;
    case tags.compactPointer:
      reader.varint();
      reader.slice();
      return;
    case tags.deletedFile:
      reader.varint();
      draft.tables.delete(reader.varint());
      return;
    default:
      throw new RangeError(`unknown tag ${tag}`);
  }
}

function readNewFile(reader: ByteReader): [number: number, size: number] {
  reader.varint();
  const number = reader.varint();
  const size = reader.varint();
  reader.slice();
  reader.slice();
  return [number, size];
}

async function readOrRefuse(directory: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    if (isNotFound(error)) throw corruptionError(directory, `file ${name} is missing`, error);
    throw error;
  }
}
