import type { Versioned } from "@rejoin/engine";
import { assertKey } from "./commit-parameters.ts";
import type { Connections } from "./connections.ts";
import { formatChange, type MetadataWatch } from "./metadata-watch.ts";
import { checksumOf, openSealed, sealScope } from "./seal.ts";
import type { Statements } from "./statements.ts";
import { decodeBytes, encodeBytes, encodeBytesArray } from "./wire.ts";

const scope = sealScope("metadata", 0);

/** The versioned values outside the partitions. */
export class Metadata {
  readonly #connections: Connections;
  readonly #statements: Statements;
  readonly #watch: MetadataWatch;
  readonly #schema: string;

  constructor(options: {
    readonly connections: Connections;
    readonly statements: Statements;
    readonly watch: MetadataWatch;
    readonly schema: string;
  }) {
    this.#connections = options.connections;
    this.#statements = options.statements;
    this.#watch = options.watch;
    this.#schema = options.schema;
  }

  async get(key: string): Promise<Versioned | undefined> {
    const bytes = Buffer.from(key);
    const { getMetadata } = this.#statements;
    const what = `reading metadata "${key}"`;
    const [found] = await this.#connections.query("reads", what, getMetadata, [bytes]);
    if (found === undefined) return undefined;
    const [version = "", value = ""] = found;
    const opened = openSealed(scope, bytes, decodeBytes(value), this.#connections.place);
    return { version: Number(version), value: opened };
  }

  async compareAndSet(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    const bytes = Buffer.from(key);
    assertKey(bytes);
    const { createMetadata, changeMetadata } = this.#statements;
    const version = expectedVersion + 1;
    const sealed = seal(bytes, value);
    const change = formatChange({ schema: this.#schema, key, version });
    const what = `changing metadata "${key}"`;
    const changed =
      expectedVersion === 0
        ? await this.#connections.query("writes", what, createMetadata, [bytes, sealed, change])
        : await this.#connections.query("writes", what, changeMetadata, [
            bytes,
            sealed,
            change,
            `${expectedVersion}`,
          ]);
    if (changed.length === 0) return false;
    this.#watch.note(key, version);
    return true;
  }
}

/** The version of each of `keys` that is present. */
export async function readVersions(
  connections: Connections,
  statements: Statements,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = encodeBytesArray(keys.map((key) => Buffer.from(key)));
  const what = "reading the versions of metadata";
  const found = await connections.query("reads", what, statements.metadataVersions, [wanted]);
  return new Map(
    found.map(([key = "", version = ""]) => [
      Buffer.from(decodeBytes(key)).toString(),
      Number(version),
    ]),
  );
}

function seal(key: Buffer, value: Uint8Array): Buffer {
  const sealed = Buffer.alloc(value.length + 4);
  sealed.set(value);
  sealed.writeUInt32LE(checksumOf(scope, key, value), value.length);
  return encodeBytes(sealed);
}
