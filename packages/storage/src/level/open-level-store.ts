import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Store, StoreError } from "@rejoin/engine";
import { assertPartitionCount } from "../failures.ts";
import { isNotFound } from "./checked-file.ts";
import {
  type Database,
  inUseError,
  isDatabaseLocked,
  notWritableError,
  openDatabase,
  toStoreError,
} from "./database.ts";
import { type Delay, realDelay } from "./delay.ts";
import { reserveDirectory } from "./directory-reservation.ts";
import { DurableNumberFile, readDurableNumber } from "./durable-number.ts";
import {
  createFormatMarker,
  type FormatMarker,
  readFormatMarker,
  writeFormatMarker,
} from "./format-marker.ts";
import { GroupWriter } from "./group-writer.ts";
import { LevelContext } from "./level-context.ts";
import { LevelStore } from "./level-store.ts";
import { readPartitionHeads } from "./partition-head.ts";
import { salvage } from "./salvage.ts";
import { Scrubber } from "./scrubber.ts";
import { corruptionError } from "./verify/corruption-error.ts";
import { type LiveTable, verifyFiles } from "./verify/verify-files.ts";
import { describeGaps, putRingBase, readWriteRing } from "./write-ring.ts";

/** Where a LevelDB store lies and how it is opened. */
export interface LevelStoreOptions {
  /** Made if it is missing. Holds nothing but the store. */
  readonly directory: string;
  /** How many a new store has, 1 by default; an existing one must have as many, if given. */
  readonly partitionCount?: number;
  /** Start a damaged store with what is left of it; damaged tables are put aside. */
  readonly acceptDataLoss?: boolean;
  /** How much of the tables to verify before the start, the newest first; the rest follows. */
  readonly tableBytesMax?: number;
  /** How to wait; real time by default. */
  readonly delay?: Delay;
}

const defaults = { tableBytesMax: 256 << 20, delay: realDelay };

type Settings = LevelStoreOptions & typeof defaults;

/**
 * Opens the store in a directory, or makes it. Before it gives the store, it has verified the files
 * and that no acknowledged write is missing.
 *
 * Rejects with a `StoreError`: `IN_USE`, `NOT_WRITABLE`, `UNSUPPORTED_FORMAT` (also for another
 * partition count), and `DATA_CORRUPTION`, naming what is damaged or missing.
 */
export async function openLevelStore(options: LevelStoreOptions): Promise<Store> {
  if (options.partitionCount !== undefined) assertPartitionCount(options.partitionCount);
  const directory = resolve(options.directory);
  await makeWritable(directory);
  const release = await reserveDirectory(directory);
  try {
    return await openReserved({ ...defaults, ...options, directory }, release);
  } catch (error) {
    release();
    throw toStoreError(directory, "opening the store", error);
  }
}

async function openReserved(options: Settings, release: () => void): Promise<Store> {
  const { directory } = options;
  const marker = await prepareMarker(options);
  const files = await checkFiles(options, marker);
  const database = await openDatabase(directory);
  const durableNumber = new DurableNumberFile(directory, options.delay);
  try {
    const writes = await checkWrites(database, options, marker);
    const writer = new GroupWriter(database, {
      directory,
      lastNumber: writes.last,
      noteDurable: (number) => durableNumber.note(number),
    });
    if (writes.missing || files.damaged) {
      const base = writes.last + 1;
      await writer.submit(
        (batch) => putRingBase(batch, base),
        () => {},
      );
    }
    if (marker.state === "creating") {
      await writeFormatMarker(directory, { ...marker, state: "ready" });
    }
    const heads = await readPartitionHeads(database, directory, marker.partitionCount);
    const context = new LevelContext({ directory, database, writer, heads });
    const scrubber = new Scrubber(context, options.delay);
    void scrubber.run(files.unverified);
    return new LevelStore(context, { scrubber, durableNumber, release });
  } catch (error) {
    await durableNumber.close();
    await database.close();
    throw error;
  }
}

/** Verifies the files, and salvages what can be of damaged ones if their owner accepts the loss. */
async function checkFiles(
  options: Settings,
  marker: FormatMarker,
): Promise<{ readonly unverified: readonly LiveTable[]; readonly damaged: boolean }> {
  const { directory, acceptDataLoss } = options;
  if (marker.state === "creating") return { unverified: [], damaged: false };
  const tableBytesMax = acceptDataLoss ? Number.POSITIVE_INFINITY : options.tableBytesMax;
  const { number: durableNumber } = await readDurableNumber(directory);
  try {
    const unverified = await verifyFiles(directory, { tableBytesMax, durableNumber });
    return { unverified, damaged: false };
  } catch (error) {
    // Files that another process is changing may look damaged or be gone.
    if (await isDatabaseLocked(directory)) throw inUseError(directory, error);
    const isCorruption = error instanceof StoreError && error.code === "DATA_CORRUPTION";
    if (!isCorruption || !acceptDataLoss) throw error;
    await salvage(directory);
    return { unverified: [], damaged: true };
  }
}

/** Throws `DATA_CORRUPTION` if acknowledged writes are missing and their loss is not accepted. */
async function checkWrites(
  database: Database,
  options: Settings,
  marker: FormatMarker,
): Promise<{ readonly last: number; readonly missing: boolean }> {
  const { directory } = options;
  const ring = await readWriteRing(database, directory);
  const durable = await readDurableNumber(directory);
  const last = Math.max(ring.last, durable.number, (ring.base ?? 1) - 1);
  const gaps = describeGaps(ring, durable.number);
  if (gaps === undefined) return { last, missing: false };
  if (marker.state === "creating" || options.acceptDataLoss) return { last, missing: true };
  const doubt = durable.doubt === undefined ? "" : ` (${durable.doubt})`;
  throw corruptionError(directory, `${gaps}${doubt}`);
}

async function prepareMarker({ directory, partitionCount }: Settings): Promise<FormatMarker> {
  const first = { partitionCount: partitionCount ?? 1, state: "creating" } as const;
  const found = await readFormatMarker(directory);
  const marker = found ?? (await createFormatMarker(directory, first));
  if (partitionCount !== undefined && partitionCount !== marker.partitionCount) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `the store in ${directory} was created with ${marker.partitionCount} partitions, not ` +
        `${partitionCount}: the number is fixed, ask for that one or use another directory`,
    );
  }
  return marker;
}

async function makeWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw notWritableError(directory, error);
  }
}

/** As `mkdir -p`. Node's own recursion never ends below /proc, where nothing can be made. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const parent = dirname(directory);
    if (isNotFound(error) && parent !== directory) {
      await makeDirectory(parent);
      await mkdir(directory);
    } else if (!(await stat(directory)).isDirectory()) {
      throw error;
    }
  }
}
