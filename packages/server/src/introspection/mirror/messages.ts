/** What the server and the process that holds the mirror say to each other. */
import type { Answers, Question } from "./questions.ts";

/** An open attempt. */
export interface InFlight {
  readonly id: string;
  readonly startedAt: number;
  readonly deploymentId: string;
}

/** Those of the server's limits that hold for the process: see `limits.ts`. */
export interface ProcessLimits {
  readonly sqlMemoryBytesMax: number;
  readonly sqlProcessBytesMax: number;
  readonly sqlStatementsMax: number;
  readonly sqlStatementsWaitingMax: number;
  readonly sqlStatementMs: number;
  readonly sqlAnswerRowsMax: number;
  readonly sqlAnswerBytesMax: number;
  readonly sqlTableRowsMax: number;
  readonly sqlTableBytesMax: number;
}

export type ToProcess =
  | { readonly kind: "start"; readonly partitions: number; readonly limits: ProcessLimits }
  /** Headers that have changed, packed. */
  | { readonly kind: "changed"; readonly headers: Uint8Array }
  | {
      readonly kind: "ask";
      readonly ask: number;
      readonly nowMs: number;
      readonly question: Question;
      readonly inFlight: readonly InFlight[];
    }
  /** Asks for a sign of life. */
  | { readonly kind: "ping" }
  /** A question has had its time. */
  | { readonly kind: "cancel"; readonly ask: number }
  | { readonly kind: "gave"; readonly call: number; readonly given: unknown }
  | { readonly kind: "failed"; readonly call: number; readonly message: string };

/** What the process asks the server for. */
export type Call =
  | {
      readonly kind: "scan";
      readonly partition: number;
      readonly gte: Uint8Array;
      readonly lt: Uint8Array;
      readonly limit: number;
      readonly reverse?: boolean;
    }
  | {
      readonly kind: "getMany";
      readonly partition: number;
      readonly keys: readonly Uint8Array[];
    }
  | { readonly kind: "registry" };

/** What comes back: packed rows for the first two. */
export interface Given {
  readonly scan: Uint8Array;
  readonly getMany: Uint8Array;
  readonly registry: RegistryFacts;
}

/** What the registry says, as rows. */
export interface RegistryFacts {
  readonly services: readonly {
    readonly name: string;
    readonly revision: number;
    readonly isPublic: boolean;
    readonly type: "service" | "virtual_object" | "workflow";
    /** Of a virtual object or workflow. */
    readonly sharedHandlers: readonly string[];
    readonly deploymentId: string;
  }[];
  readonly deployments: readonly {
    readonly id: string;
    readonly type: "http" | "lambda";
    readonly endpoint: string;
    readonly createdAt: number;
    readonly minProtocolVersion: number;
    readonly maxProtocolVersion: number;
    readonly services: readonly string[];
  }[];
  readonly rules: readonly {
    readonly pattern: string;
    readonly concurrency: number | undefined;
    readonly description: string | undefined;
    readonly disabled: boolean;
    readonly version: number;
    readonly lastModifiedAt: number | undefined;
  }[];
}

/** Why a question has no answer. */
export type Refusal = "statement" | "busy" | "failed" | "absent" | "unavailable";

export type FromProcess =
  | { readonly kind: "alive" }
  /** All partitions have been read. */
  | { readonly kind: "loaded" }
  /** They cannot be: there is no room for them. */
  | { readonly kind: "overfull"; readonly message: string }
  | {
      readonly kind: "answered";
      readonly ask: number;
      readonly answer: Answers[keyof Answers];
    }
  | {
      readonly kind: "refused";
      readonly ask: number;
      readonly why: Refusal;
      readonly message: string;
    }
  | { readonly kind: "call"; readonly call: number; readonly wanted: Call }
  /** The last that it says. */
  | { readonly kind: "ends"; readonly reason: string };

/** The other end of a process, or of anything that behaves like one. */
export interface MirrorProcess {
  /** By which the operating system knows it, if it is one of its processes. */
  readonly pid?: number | undefined;
  post(message: ToProcess): void;
  /** Ends it at once; its listener is told why. */
  kill(why: string): void;
  /** Likewise, and nobody is told. Resolves when it has ended. */
  close(): Promise<void>;
}

export interface ProcessListener {
  onMessage(message: FromProcess): void;
  /** It is gone, and not because it was closed. */
  onEnd(reason: string): void;
}

export type OpenProcess = (listener: ProcessListener) => MirrorProcess;
