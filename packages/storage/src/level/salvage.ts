/**
 * What `acceptDataLoss` does to files that fail verification. The originals stay beside the new
 * files under names that end with `.damaged`.
 */
import { copyFile, readdir, readFile, rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "@rejoin/engine";
import { openDatabase, repairDatabase } from "./database.ts";
import { scanLog } from "./verify/log-file.ts";
import { findTableDamage } from "./verify/table-file.ts";
import { listLogs, verifyFiles } from "./verify/verify-files.ts";

/**
 * Makes a damaged directory one that LevelDB opens: without damaged tables, and without what the
 * logs hold from their first damage on, so that with sound tables an earlier state is left whole.
 */
export async function salvage(directory: string): Promise<void> {
  await cutLogs(directory);
  await putDamagedTablesAside(directory);
  if (await isSound(directory)) return;
  await repairDatabase(directory);
  // A repaired database looks tables up in the wrong order until they are merged.
  const database = await openDatabase(directory);
  await database.compactRange(new Uint8Array(0), new Uint8Array([0xff]));
  await database.close();
}

async function cutLogs(directory: string): Promise<void> {
  let isCut = false;
  for (const name of listLogs(await readdir(directory), 0)) {
    const path = join(directory, name);
    if (isCut) {
      await rename(path, `${path}.damaged`);
      continue;
    }
    const { damage } = scanLog(await readFile(path));
    if (damage === undefined) continue;
    isCut = true;
    await copyFile(path, `${path}.damaged`);
    await truncate(path, damage.offset);
  }
}

async function putDamagedTablesAside(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^\d+\.(ldb|sst)$/.test(name)) continue;
    const path = join(directory, name);
    const damage = findTableDamage(await readFile(path));
    if (damage !== undefined) await rename(path, `${path}.damaged`);
  }
}

async function isSound(directory: string): Promise<boolean> {
  try {
    const tableBytesMax = Number.POSITIVE_INFINITY;
    await verifyFiles(directory, { tableBytesMax, durableNumber: 0 });
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "DATA_CORRUPTION") return false;
    throw error;
  }
}
