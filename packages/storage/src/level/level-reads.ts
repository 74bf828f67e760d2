import type { KeyRange, Reads, Row, ScanOptions, StoredMessage } from "@rejoin/engine";
import { decodeMailboxKey, encodeMailboxKey, mailboxKeyBytes } from "../mailbox-key.ts";
import type { LevelContext } from "./level-context.ts";
import {
  decodeValue,
  encodeEnd,
  encodeKey,
  encodeKeys,
  namespaces,
  prefixBytes,
} from "./row-codec.ts";

type LevelSnapshot = ReturnType<LevelContext["database"]["snapshot"]>;

/** Rows fetched at a time: a round trip to the thread pool costs about 20 µs. */
const pageRowsMax = 1_000;
const pageBytesMax = 1 << 20;

/** The reads of one partition, of a snapshot if there is one. */
export class LevelReads implements Reads {
  readonly #context: LevelContext;
  readonly #partition: number;
  readonly #snapshot: { readonly snapshot?: LevelSnapshot };

  constructor(context: LevelContext, partition: number, snapshot?: LevelSnapshot) {
    this.#context = context;
    this.#partition = partition;
    this.#snapshot = snapshot ? { snapshot } : {};
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const { database, directory } = this.#context;
    return this.#context.read("a read", async () => {
      const encoded = encodeKeys(namespaces.row, this.#partition, keys);
      const stored = await database.getMany(encoded, this.#snapshot);
      return stored.map((value, index) => {
        if (value === undefined) return undefined;
        return decodeValue(directory, encoded[index] as Uint8Array, value);
      });
    });
  }

  scan(range: KeyRange, options: ScanOptions): Promise<Row[]> {
    const gte = encodeKey(namespaces.row, this.#partition, range.gte);
    const lt = encodeKey(namespaces.row, this.#partition, range.lt);
    return this.#page({ gte, lt, reverse: options.reverse === true }, options.limit, toRow);
  }

  readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    const lt = encodeEnd(namespaces.mailbox, this.#partition);
    const from = encodeKey(namespaces.mailbox, this.#partition, new Uint8Array(mailboxKeyBytes));
    if (after) encodeMailboxKey(new DataView(from.buffer), prefixBytes, after);
    return this.#page(after ? { gt: from, lt } : { gte: from, lt }, limit, toMessage);
  }

  #page<T>(
    range: { gte?: Uint8Array; gt?: Uint8Array; lt: Uint8Array; reverse?: boolean },
    limit: number,
    decode: (key: Uint8Array, value: Uint8Array) => T,
  ): Promise<T[]> {
    const { database, directory } = this.#context;
    return this.#context.read("a scan", async () => {
      const found: T[] = [];
      if (limit <= 0) return found;
      const options = { ...range, ...this.#snapshot, highWaterMarkBytes: pageBytesMax };
      const iterator = database.iterator(options);
      try {
        while (found.length < limit) {
          const rows = await iterator.nextv(Math.min(limit - found.length, pageRowsMax));
          if (rows.length === 0) break;
          for (const [key, stored] of rows) {
            found.push(decode(key, decodeValue(directory, key, stored)));
          }
        }
      } finally {
        await iterator.close();
      }
      return found;
    });
  }
}

function toRow(key: Uint8Array, value: Uint8Array): Row {
  return {
    key: new Uint8Array(key.buffer, key.byteOffset + prefixBytes, key.length - prefixBytes),
    value,
  };
}

function toMessage(key: Uint8Array, body: Uint8Array): StoredMessage {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { ...decodeMailboxKey(view, prefixBytes), body };
}
