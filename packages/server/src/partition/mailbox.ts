/** Hands the messages of a partition's mailbox to the engine, in order, each once. */
import {
  decodePartitionMessage,
  type MessageRecord,
  type MessageSequence,
  type PartitionStore,
} from "@rejoin/engine";

export interface MailboxOptions {
  readonly store: Pick<PartitionStore, "readMailbox" | "partition">;
  readonly partitionCount: number;
  readonly pageMax: number;
  /** `applied` is called when the record has taken effect. */
  readonly submit: (record: MessageRecord, applied: () => void) => void;
  readonly onFailure: (error: unknown) => void;
}

/** One page at a time: the next is read when the last message of this one has been applied. */
export class Mailbox {
  private readonly options: MailboxOptions;
  private readonly last = new Map<number, MessageSequence>();
  private readonly poked = new Set<number>();
  private reading = false;
  private closed = false;

  constructor(options: MailboxOptions) {
    this.options = options;
  }

  /** Reads what an earlier leader left. */
  start(): void {
    for (let source = 0; source < this.options.partitionCount; source++) this.poke(source);
  }

  close(): void {
    this.closed = true;
  }

  /** The partition `source` has sent something. */
  poke(source: number): void {
    if (source === this.options.store.partition) return;
    this.poked.add(source);
    if (!this.reading) void this.read();
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      for (const source of this.poked) {
        if (this.closed) break;
        this.poked.delete(source);
        await this.readFrom(source);
      }
    } catch (error) {
      this.options.onFailure(error);
    } finally {
      this.reading = false;
    }
    if (this.poked.size > 0 && !this.closed) void this.read();
  }

  private async readFrom(source: number): Promise<void> {
    const { store, pageMax, submit } = this.options;
    for (;;) {
      const sequence = this.last.get(source) ?? { commit: 0, index: 0 };
      const page = await store.readMailbox({ source, sequence }, pageMax);
      const own = page.filter((message) => message.source === source);
      const lastMessage = own.at(-1);
      if (lastMessage === undefined || this.closed) return;
      this.last.set(source, lastMessage.sequence);
      await new Promise<void>((resolve) => {
        for (const { sequence: at, body } of own) {
          const message = decodePartitionMessage(body);
          const applied = at === lastMessage.sequence ? resolve : () => undefined;
          submit({ kind: "message", source, sequence: at, message }, applied);
        }
      });
      if (own.length < pageMax) return;
    }
  }
}
