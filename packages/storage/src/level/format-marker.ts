/**
 * The file `rejoin-format` says that a directory is a store, in which format, and with how many
 * partitions:
 *
 *     rejoin store
 *     format 3
 *     partitions 4
 *     state ready
 *     crc32 0a1b2c3d
 *
 * The state is `creating` until the first write is durable: until then nothing can be missing.
 */
import { readdir } from "node:fs/promises";
import { StoreError } from "@rejoin/engine";
import { createCheckedFile, readCheckedFile, writeCheckedFile } from "./checked-file.ts";

/** The marker's name in the directory of the store. */
export const formatFileName = "rejoin-format";

/** The format that this version reads and writes. */
export const formatVersion = 3;

/** What the marker says of a directory of the present format. */
export interface FormatMarker {
  readonly partitionCount: number;
  readonly state: "creating" | "ready";
}

/** Reads the marker of a directory; `undefined` if it is empty. Refuses what it cannot read. */
export async function readFormatMarker(directory: string): Promise<FormatMarker | undefined> {
  const file = await readCheckedFile(directory, formatFileName);
  // An empty file is what a crash in the making of the first marker leaves.
  if (file.kind === "absent" || file.text === "") {
    await assertEmpty(directory);
    return undefined;
  }
  const version = Number(/^format (\d+)$/m.exec(file.text)?.[1]);
  if (version > formatVersion) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${directory} has format ${version}, this version of rejoin supports format ` +
        `${formatVersion} at most: use a newer version`,
    );
  }
  if (file.kind !== "damaged" && version >= 1 && version < formatVersion) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${directory} has format ${version}, of a version before the first release, which this one ` +
        "does not read: begin with a new directory",
    );
  }
  const partitions = Number(/^partitions (\d+)$/m.exec(file.text)?.[1]);
  const state = /^state (creating|ready)$/m.exec(file.text)?.[1];
  if (file.kind === "damaged" || !(version >= 1) || !(partitions >= 1) || state === undefined) {
    throw new StoreError(
      "DATA_CORRUPTION",
      `${formatFileName} in ${directory} is damaged: restore the directory from a backup`,
    );
  }
  return { partitionCount: partitions, state: state === "ready" ? "ready" : "creating" };
}

/** Makes the first marker of a directory; gives that of another process if it was faster. */
export async function createFormatMarker(
  directory: string,
  marker: FormatMarker,
): Promise<FormatMarker> {
  const created = await createCheckedFile(directory, formatFileName, formatMarker(marker));
  const found = created ? marker : await readFormatMarker(directory);
  if (found === undefined) await writeFormatMarker(directory, marker);
  return found ?? marker;
}

/** Replaces the marker durably. */
export async function writeFormatMarker(directory: string, marker: FormatMarker): Promise<void> {
  await writeCheckedFile(directory, formatFileName, { text: formatMarker(marker), sync: true });
}

function formatMarker({ partitionCount, state }: FormatMarker): string {
  const lines = ["rejoin store", `format ${formatVersion}`, `partitions ${partitionCount}`];
  return [...lines, `state ${state}`, ""].join("\n");
}

async function assertEmpty(directory: string): Promise<void> {
  const ignored = new Set(["lost+found", formatFileName, `${formatFileName}.tmp`]);
  const names = (await readdir(directory)).filter((name) => !ignored.has(name));
  if (names.length === 0) return;
  const some = names.slice(0, 3).join(", ");
  throw new StoreError(
    "UNSUPPORTED_FORMAT",
    `${directory} holds other files (${some}${names.length > 3 ? ", …" : ""}) and no ` +
      `${formatFileName}: use an empty directory, or restore that file from a backup`,
  );
}
