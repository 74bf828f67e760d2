/** A test environment: a real server in this process, with services, on a clock of its own. */
import type { Ingress } from "@rejoin/client";
import type { Duration, Serde, TypedState, UntypedState } from "@rejoin/sdk";
import type { ClientFactory, SendClientFactory } from "./clients.ts";
import type { Faults } from "./endpoint/faults.ts";
import type { Mismatch } from "./errors.ts";
import type { Awakeable } from "./inspect/awakeables.ts";
import type { InvocationFilter, InvocationView } from "./inspect/invocations.ts";
import type { JournalEntry } from "./inspect/journal.ts";
import type { StateProxy } from "./inspect/state.ts";

/** A definition or a contract of an object or workflow, or its name alone. */
export type Named = string | { readonly name: string };

/** A server with services, for a test. Close it when the test is over. */
export interface TestEnvironment extends AsyncDisposable {
  /** The whole client of the ingress, without a socket. */
  readonly ingress: Ingress;
  /** A client of a definition's handlers: `env.client(counter, "key").add(1)`. */
  readonly client: ClientFactory;
  /** The same, without waiting for results. */
  readonly sendClient: SendClientFactory;
  /** Lets things go wrong. */
  readonly faults: Faults;

  /** Opens the ingress on a loopback port; such as `http://127.0.0.1:40001`. */
  ingressUrl(): Promise<string>;
  /** Opens the admin API on a loopback port. */
  adminUrl(): Promise<string>;

  /** The server's time, in milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Lets time pass: everything that becomes due happens at its time, in order. Waits until handlers
   * have come to rest before and after; with `evenWhileRunning` not for code of handlers.
   */
  advance(
    duration: Duration | number,
    options?: { readonly evenWhileRunning?: boolean },
  ): Promise<void>;
  /** Resolves when everything that can happen without time has happened. */
  settled(): Promise<void>;
  /** Lets as much time pass as it takes until no invocation waits for a timer. */
  runUntilIdle(): Promise<void>;
  /**
   * Keeps the clock from jumping to the next timer, in the mode `skip`, until the result is called:
   * around what takes real time in a test while a call is waited for.
   */
  freeze(): () => void;

  /** The state of an object or workflow. */
  stateOf<TState extends TypedState = UntypedState>(
    definition: Named,
    key: string,
  ): StateProxy<TState>;
  /** Invocations in the order in which they were born. */
  invocations(filter?: InvocationFilter): Promise<readonly InvocationView[]>;
  /** The journal of an invocation; rejects if there is none of this id. */
  journalOf(invocationId: string): Promise<readonly JournalEntry[]>;
  /** The awakeables that are awaited and that nobody has completed. */
  awakeables(): Promise<readonly Awakeable[]>;
  /** Waits for the result of any invocation, and rejects if it fails. */
  attach<T = unknown>(invocationId: string, serde?: Serde<T>): Promise<T>;
  /** What each open invocation waits for, as text; empty if none is open. */
  explainOpen(): Promise<string>;
  /**
   * What replays have differed in since the last call. `close` does not fail for what was taken.
   */
  takeMismatches(): readonly Mismatch[];

  /**
   * Loses the server's process as `kill -9` does, attempts included, and starts another over what
   * was durable. Calls that are being waited for go on.
   */
  crash(): Promise<void>;
  /** Ends everything. Rejects with a `NonDeterminismError` if a replay has differed. */
  close(): Promise<void>;
}
