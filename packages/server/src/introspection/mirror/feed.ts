/**
 * Carries changed headers to the mirror.
 *
 * A commit only notes which invocations it has changed; they are encoded and handed over a moment
 * later, or before a question: of an invocation that changes several times meanwhile, the last state
 * alone. What a commit has made durable is never changed again, so that it can be encoded later.
 */
import { type Batch, type Invocation, invocationRows, type RowKind } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import { type Header, packHeaders } from "./packed-headers.ts";

export interface FeedOptions {
  readonly send: (headers: Uint8Array<ArrayBuffer>) => void;
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** Most invocations are made and completed within it; a question does not wait for it. */
const DELAY_MS = 1000;
/** A few MB of headers. */
const CHANGES_MAX = 8192;

export class Feed {
  private readonly options: FeedOptions;
  private changed = new Map<InvocationKey, Invocation | undefined>();
  private cancel: (() => void) | undefined;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** A batch has become durable. */
  add(batch: Batch): void {
    const { changed } = this;
    for (const write of batch.changed()) {
      if (write.kind === HEADER) {
        changed.set(write.key as InvocationKey, write.value as Invocation | undefined);
      }
    }
    if (changed.size >= CHANGES_MAX) this.flush();
    else if (changed.size > 0 && this.cancel === undefined) {
      this.cancel = this.options.after(DELAY_MS, () => this.flush());
    }
  }

  /** Hands over what has been noted. */
  flush(): void {
    this.cancel?.();
    this.cancel = undefined;
    if (this.changed.size === 0) return;
    const headers: Header[] = [];
    for (const [key, invocation] of this.changed) {
      const value = invocation === undefined ? undefined : invocationRows.encode(invocation);
      headers.push({ key, value });
    }
    this.changed = new Map();
    this.options.send(packHeaders(headers));
  }

  close(): void {
    this.cancel?.();
    this.changed.clear();
  }
}

const HEADER = invocationRows as RowKind<unknown>;
