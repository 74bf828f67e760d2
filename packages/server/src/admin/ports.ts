/** What the admin API needs of the server. The composition root provides it. */
import type { AwaitTree, Invocation } from "@rejoin/engine";
import type { InvocationKey, Message } from "@rejoin/protocol";
import type { Log } from "../ports/ports.ts";
import type { Registrar } from "../registry/registrar.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";

export interface AdminInfo {
  readonly version: string;
  /** Where handlers are called. */
  readonly ingressUrl: string;
}

export interface InvocationQuery {
  readonly matches: (invocation: Invocation) => boolean;
  readonly limit: number;
  /** Goes on after this one. */
  readonly after: InvocationKey | undefined;
}

export interface InvocationPage {
  /** The newest first. */
  readonly invocations: readonly Invocation[];
  /** Where to go on; `undefined` if there is nothing more. */
  readonly next: InvocationKey | undefined;
}

export interface JournalItem {
  readonly index: number;
  /** The wire code of its type. */
  readonly code: number;
  readonly appendedAt: number;
  /** Bytes of the entry as it is sent. */
  readonly length: number;
  /** `undefined` for an entry that is too large to be read for a look at it. */
  readonly message: Message | undefined;
}

export interface JournalPage {
  readonly items: readonly JournalItem[];
  /** The index to go on from; `undefined` if there is nothing more. */
  readonly next: number | undefined;
}

export interface InvocationDetail {
  readonly invocation: Invocation;
  readonly journal: JournalPage;
  /** What a suspended invocation waits for. */
  readonly awaiting: AwaitTree | undefined;
}

export interface InvocationsPort {
  list(query: InvocationQuery): Promise<InvocationPage>;
  /** `undefined` if there is no such invocation, or not any more. */
  read(
    key: InvocationKey,
    journal: { readonly from: number; readonly limit: number },
  ): Promise<InvocationDetail | undefined>;
}

export interface AdminPorts {
  readonly info: AdminInfo;
  /** Whether requests to the ingress would be taken. */
  readonly isReady: () => boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly log: Log;
  readonly registry: () => RegistrySnapshot;
  readonly deployments: Pick<Registrar, "register" | "update" | "remove">;
  readonly invocations: InvocationsPort;
}

export interface AdminLimits {
  readonly adminBodyBytesMax: number;
}
