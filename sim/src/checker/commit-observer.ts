/** Whoever looks at what commits have made durable. */
import type { Commit, Invocation, InvocationStatus, Write } from "@rejoin/engine";
import type { EndpointMessage, ServerMessage } from "@rejoin/protocol";
import type { KnownInvocation } from "./known-invocation.ts";

export interface HeaderChange {
  readonly known: KnownInvocation;
  /** `none`: it was born in this commit, or anew. */
  readonly before: Invocation | "none";
  readonly statusBefore: InvocationStatus | "none";
  /** `undefined`: it has been removed. */
  readonly header: Invocation | undefined;
}

/** In this order for each commit: headers, journal entries, rows, and the commit as a whole. */
export interface CommitObserver {
  header?(change: HeaderChange): void;
  /** An entry of a journal; `isCopied`: of the journal that it was restarted with. */
  entry?(known: KnownInvocation, message: EndpointMessage | ServerMessage, isCopied: boolean): void;
  row?(partition: number, write: Write): void;
  committed?(partition: number, commit: Commit): void;
}
