/** Key files for the identity of requests. */
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes a fresh private key to a file in a directory; gives its path. */
export async function createKeyFile(
  directory: string,
  type: "ed25519" | "x25519" = "ed25519",
): Promise<string> {
  const { privateKey } = generateKeyPairSync(type as "ed25519");
  const file = join(directory, `${type}.pem`);
  await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  return file;
}

/** The name of the key that a server's log announces. */
export function announcedKey(log: string): string {
  const [key] = /publickeyv1_\w+/.exec(log) ?? [];
  if (key === undefined) throw new Error(`no key is announced in ${log}`);
  return key;
}
