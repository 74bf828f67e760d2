/** What the process asks of the server: rows of its stores, and what is registered. */
import type { Call, FromProcess, Given, ToProcess } from "../mirror/messages.ts";

interface Waiting {
  readonly resolve: (given: never) => void;
  readonly reject: (error: Error) => void;
}

export class ServerCalls {
  private readonly post: (message: FromProcess) => void;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  private isClosed = false;

  constructor(post: (message: FromProcess) => void) {
    this.post = post;
  }

  /** Rejects if the server cannot give it just now. */
  ask<Kind extends Call["kind"]>(wanted: Call & { readonly kind: Kind }): Promise<Given[Kind]> {
    this.count += 1;
    const call = this.count;
    if (this.isClosed) return Promise.reject(new ServerCallError("the mirror is being closed"));
    return new Promise<Given[Kind]>((resolve, reject) => {
      this.waiting.set(call, { resolve: resolve as (given: never) => void, reject });
      this.post({ kind: "call", call, wanted });
    });
  }

  /** Nothing more will come. */
  close(): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(new ServerCallError("the mirror is being closed"));
    this.isClosed = true;
  }

  /** What the server has said. */
  settle(message: Extract<ToProcess, { readonly kind: "gave" | "failed" }>): void {
    const waiting = this.waiting.get(message.call);
    this.waiting.delete(message.call);
    if (message.kind === "gave") waiting?.resolve(message.given as never);
    else waiting?.reject(new ServerCallError(message.message));
  }
}

/** The server could not give what was asked for. */
export class ServerCallError extends Error {
  override readonly name = "ServerCallError";
}
