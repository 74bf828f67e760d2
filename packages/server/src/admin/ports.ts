/** What the admin API needs of the server. The composition root provides it. */
import type {
  AwaitTree,
  Instance,
  Invocation,
  InvocationEvent,
  Operation,
  OperationResult,
  StateMutation,
} from "@rejoin/engine";
import type { InvocationKey, Message } from "@rejoin/protocol";
import type { Log } from "../ports/ports.ts";
import type { OperatorSettings } from "../registry/operator-settings.ts";
import type { Registrar } from "../registry/registrar.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";

export interface AdminInfo {
  readonly version: string;
  /** Where handlers are called. */
  readonly ingressUrl: string;
  readonly clusterName: string;
  /** What the server can do of that for which the tools of the ecosystem ask; others it cannot. */
  readonly features: Readonly<Record<string, boolean>>;
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
  /** What happened beside the journal, the first first. */
  readonly events: readonly InvocationEvent[];
}

export interface InvocationsPort {
  list(query: InvocationQuery): Promise<InvocationPage>;
  /** `undefined` if there is no such invocation, or not any more. */
  read(
    key: InvocationKey,
    journal: { readonly from: number; readonly limit: number },
  ): Promise<InvocationDetail | undefined>;
}

/** Both reject with an `UnavailableError` when the server cannot say just now. */
export interface OperationsPort {
  operate(key: InvocationKey, operation: Operation): Promise<OperationResult>;
  mutateState(instance: Instance, mutation: StateMutation): Promise<OperationResult>;
}

/** What is asked for is durable when it is answered. Rejects with `UNAVAILABLE` if it may not be. */
export interface OperationsPort {
  operate(key: InvocationKey, operation: Operation): Promise<OperationResult>;
  /** Replaces the state of an object, at once or when it is its turn. */
  mutateState(instance: Instance, mutation: StateMutation): Promise<OperationResult>;
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
  readonly settings: Pick<OperatorSettings, "changeService" | "putRules" | "removeRules">;
  readonly invocations: InvocationsPort;
  readonly operations: OperationsPort;
}

export interface AdminLimits {
  readonly adminBodyBytesMax: number;
  /** Of a request that replaces the state of an object. */
  readonly adminStateBodyBytesMax: number;
  /** Requests at one time; beyond, they are answered with 429. */
  readonly adminRequestsMax: number;
}
