/**
 * A store whose mailboxes deliver as badly as they may: late, in pages of any length, the sources
 * interleaved in any order, and messages again that have been consumed already. The messages of one
 * source stay in order. Commits take their time as well.
 */
import type { PartitionStore, Store, StoredMessage } from "@rejoin/engine";
import type { Ports } from "../ports/ports.ts";

export interface ChaosOptions {
  readonly ports: Ports;
  readonly random: (below: number) => number;
  /** Tells a partition again that a source has sent something. */
  readonly poke: (partition: number, source: number) => void;
}

export interface Chaos {
  /** Messages that were delivered a second time. */
  repeated: number;
  /** Pages that were cut short or came late. */
  held: number;
}

const DELAY_MS_MAX = 30;

/** `store`, but for how its mailboxes are read. */
export function withChaoticMailboxes(
  store: Store,
  options: ChaosOptions,
): { store: Store; chaos: Chaos } {
  const chaos: Chaos = { repeated: 0, held: 0 };
  const wrapped: Store = {
    partitionCount: store.partitionCount,
    open: async (partition) => wrapPartition(await store.open(partition), options, chaos),
    getMetadata: (key) => store.getMetadata(key),
    compareAndSetMetadata: (key, version, value) =>
      store.compareAndSetMetadata(key, version, value),
    watchMetadata: (key, listener) => store.watchMetadata(key, listener),
    close: () => store.close(),
  };
  return { store: wrapped, chaos };
}

function wrapPartition(inner: PartitionStore, options: ChaosOptions, chaos: Chaos): PartitionStore {
  const { random, ports, poke } = options;
  const given = new Map<number, StoredMessage[]>();
  const later = (delayMs: number) =>
    new Promise<void>((resolve) => void ports.timers.after(delayMs, resolve));

  async function readMailbox(
    after: Pick<StoredMessage, "source" | "sequence"> | undefined,
    limit: number,
  ): Promise<StoredMessage[]> {
    if (random(3) === 0) {
      chaos.held += 1;
      await later(random(DELAY_MS_MAX));
    }
    const page = await inner.readMailbox(after, limit);
    const source = after?.source;
    const own = page.filter((message) => message.source === source);
    if (source === undefined || own.length === 0) return page;
    const fresh = random(2) === 0 ? own : own.slice(0, 1 + random(own.length));
    if (fresh.length < own.length || fresh.length === limit) {
      // The reader takes a short page for the last one.
      chaos.held += 1;
      ports.timers.after(random(DELAY_MS_MAX), () => poke(inner.partition, source));
    }
    const before = given.get(source) ?? [];
    given.set(source, [...before, ...fresh]);
    const again = random(2) === 0 ? before.slice(before.length - random(before.length + 1)) : [];
    chaos.repeated += again.length;
    return [...again, ...fresh];
  }

  return new Proxy(inner, {
    get: (target, property) => {
      if (property === "readMailbox") return readMailbox;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
