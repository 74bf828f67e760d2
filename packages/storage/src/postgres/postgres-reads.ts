import type { KeyRange, Reads, Row, ScanOptions, StoredMessage } from "@rejoin/engine";
import { decodeMailboxKey, encodeMailboxKey, mailboxKeyBytes } from "../mailbox-key.ts";
import type { Query } from "./connections.ts";
import { openSealed, type SealScope, sealScope } from "./seal.ts";
import type { Statements } from "./statements.ts";
import { decodeBytes, encodeBytes, encodeBytesArray } from "./wire.ts";

/** The place of a message as bytes. */
export function encodePlace(message: Pick<StoredMessage, "source" | "sequence">): Buffer {
  const place = Buffer.alloc(mailboxKeyBytes);
  encodeMailboxKey(new DataView(place.buffer, place.byteOffset), 0, message);
  return place;
}

/** The reads of one partition by way of `query`: each sees one committed state. */
export class PostgresReads implements Reads {
  readonly #partition: number;
  readonly #place: string;
  readonly #statements: Statements;
  readonly #query: Query;
  readonly #rowScope: SealScope;

  constructor(options: {
    readonly partition: number;
    readonly place: string;
    readonly statements: Statements;
    readonly query: Query;
  }) {
    this.#partition = options.partition;
    this.#place = options.place;
    this.#statements = options.statements;
    this.#query = options.query;
    this.#rowScope = sealScope("rows", options.partition);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    if (keys.length === 0) return values;
    const parameters = [`${this.#partition}`, encodeBytesArray(keys)];
    const found = await this.#query(this.#what("read"), this.#statements.getMany, parameters);
    for (const [index = "", value = ""] of found) {
      const at = Number(index) - 1;
      values[at] = this.#open(keys[at] as Uint8Array, value);
    }
    return values;
  }

  async scan({ gte, lt }: KeyRange, { limit, reverse }: ScanOptions): Promise<Row[]> {
    if (limit <= 0) return [];
    const { scanForward, scanReverse } = this.#statements;
    const parameters = [`${this.#partition}`, encodeBytes(gte), encodeBytes(lt), `${limit}`];
    const statement = reverse === true ? scanReverse : scanForward;
    const found = await this.#query(this.#what("scan"), statement, parameters);
    return found.map(([stored = "", value = ""]) => {
      const key = decodeBytes(stored);
      return { key, value: this.#open(key, value) };
    });
  }

  async readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    if (limit <= 0) return [];
    const scope = sealScope("mailbox", this.#partition);
    const from = after ? encodePlace(after) : Buffer.alloc(0);
    const parameters = [`${this.#partition}`, from, `${limit}`];
    const what = this.#what("mailbox read");
    const found = await this.#query(what, this.#statements.readMailbox, parameters);
    return found.map(([stored = "", body = ""]) => {
      const place = decodeBytes(stored);
      const message = decodeMailboxKey(new DataView(place.buffer), 0);
      return { ...message, body: openSealed(scope, place, decodeBytes(body), this.#place) };
    });
  }

  #what(kind: string): string {
    return `a ${kind} of partition ${this.#partition}`;
  }

  #open(key: Uint8Array, stored: string): Uint8Array {
    return openSealed(this.#rowScope, key, decodeBytes(stored), this.#place);
  }
}
