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
import type { InvocationKey, Message, StateEntry } from "@rejoin/protocol";
import type { Log } from "../ports/ports.ts";
import type { DeploymentRecord } from "../registry/document.ts";
import type { OperatorSettings } from "../registry/operator-settings.ts";
import type { Registrar } from "../registry/registrar.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";
import type { IntrospectionPort } from "./introspection-port.ts";

export interface AdminInfo {
  readonly version: string;
  /** Where handlers are called. */
  readonly ingressUrl: string;
  readonly clusterName: string;
  /** What the server can do of that for which the tools of the ecosystem ask; others it cannot. */
  readonly features: Readonly<Record<string, boolean>>;
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
  /** Why it cannot be read from there on: its rows are damaged. */
  readonly damage?: string;
}

export interface InvocationDetail {
  readonly invocation: Invocation;
  readonly journal: JournalPage;
  /** What a suspended invocation waits for. */
  readonly awaiting: AwaitTree | undefined;
  /** What happened beside the journal, the first first. */
  readonly events: readonly InvocationEvent[];
}

export interface RecordedEntry {
  readonly index: number;
  /** The wire code of its type. */
  readonly code: number;
  readonly appendedAt: number;
  /** As it is sent to an endpoint, without its frame. */
  readonly body: Uint8Array;
}

/** A page of a journal with its payloads. */
export interface RecordingPage {
  readonly invocation: Invocation;
  readonly entries: readonly RecordedEntry[];
  readonly next: number | undefined;
  /** What an attempt would be given now, if it was asked for. */
  readonly state: RecordedState | undefined;
}

export interface RecordedState {
  readonly entries: readonly StateEntry[];
  readonly isPartial: boolean;
}

export interface InvocationsPort extends IntrospectionPort {
  /** `undefined` if there is no such invocation, or not any more. */
  read(
    key: InvocationKey,
    journal: { readonly from: number; readonly limit: number },
  ): Promise<InvocationDetail | undefined>;
  /** Likewise. A page ends before the entry that would exceed `bytesMax`; one always fits. */
  readRecording(
    key: InvocationKey,
    range: {
      readonly from: number;
      readonly limit: number;
      readonly bytesMax: number;
      readonly stateBytesMax: number | undefined;
    },
  ): Promise<RecordingPage | undefined>;
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

/** A file of the web UI, and its forms for browsers that take them. */
export interface UiFile {
  readonly plain: Uint8Array;
  readonly gzip: Uint8Array | undefined;
  readonly brotli: Uint8Array | undefined;
}

export interface UiFilesPort {
  /** By its path below the UI's folder; `undefined` if there is no such file. */
  read(path: string): Promise<UiFile | undefined>;
}

/** Values of handlers, converted by the deployments that know how. */
export interface ConversionsPort {
  /** Rejects with a `RegistryError` that says why there is nothing to show. */
  convert(
    deployment: DeploymentRecord,
    conversion: {
      readonly service: string;
      readonly direction: "encode" | "decode";
      /** `<handler>/input` or `<handler>/output`. */
      readonly serde: string;
      readonly body: Uint8Array;
    },
  ): Promise<{ readonly contentType: string; readonly body: Uint8Array }>;
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
  readonly conversions: ConversionsPort;
  /** The text for Prometheus, if it is wanted. */
  readonly metrics?:
    | (() => Promise<{ readonly text: string; readonly contentType: string }>)
    | undefined;
  /** The web UI, if it is installed. */
  readonly ui?: UiFilesPort | undefined;
}

export interface AdminLimits {
  readonly adminBodyBytesMax: number;
  /** Of a request that replaces the state of an object. */
  readonly adminStateBodyBytesMax: number;
  /** Of a request with a value to convert. */
  readonly requestBytesMax: number;
  /** Payloads in one page of a journal; an entry that is larger is a page of its own. */
  readonly adminJournalBytesMax: number;
  /** State that an attempt is given when it opens. */
  readonly eagerStateBytesMax: number;
  /** Requests at one time; beyond, they are answered with 429. */
  readonly adminRequestsMax: number;
}
