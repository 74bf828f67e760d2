/**
 * A journal as a reader sees it: what the code did, one step each, with the time it took. A step is a
 * command joined with the notifications that answered it; a signal is a step of its own.
 *
 * Entries come in pages, in the order of the journal; each is looked at once.
 */
import type { EntryResult, JournalEntryResource } from "@rejoin/client";

export type StepKind =
  | "input"
  | "output"
  | "run"
  | "call"
  | "send"
  | "sleep"
  | "state"
  | "promise"
  | "awakeable"
  | "attach"
  | "signal"
  | "other";

/** `none`: there is nothing to wait for. */
export type StepState = "none" | "waiting" | "succeeded" | "failed";

export interface Step {
  readonly index: number;
  readonly kind: StepKind;
  /** What it is, such as `Call` or `Set state`. */
  readonly title: string;
  /** What it is about: a target, a name, a key. */
  readonly subject: string;
  readonly entry: JournalEntryResource;
  readonly startedAt: number | undefined;
  endedAt: number | undefined;
  state: StepState;
  /** The entry that answered it. */
  answer: JournalEntryResource | undefined;
  /** The invocation that it called or attached to. */
  invokedId: string | undefined;
}

/** Takes the entries of a journal in their order. */
export class JournalReader {
  readonly steps: Step[] = [];
  readonly #waiting = new Map<number, Step>();
  readonly #ids = new Map<number, Step>();
  readonly #byCompletion = new Map<number, Step>();
  #next = 0;

  /** The index of the entry to read next. */
  get next(): number {
    return this.#next;
  }

  /** The step that a completion answers, or will answer. */
  stepOf(completionId: number): Step | undefined {
    return this.#byCompletion.get(completionId);
  }

  /** Entries that were read before are passed over. */
  add(entries: readonly JournalEntryResource[]): void {
    for (const entry of entries) {
      if (entry.index < this.#next) continue;
      this.#next = entry.index + 1;
      if (entry.entry_type.startsWith("Notification: ")) this.#answer(entry);
      else this.#begin(entry);
    }
  }

  #begin(entry: JournalEntryResource): void {
    const { completion_id: completion, invocation_id_completion_id: idCompletion } = entry;
    const name = entry.entry_type.replace(/^Command: /, "");
    const { kind, title } = KINDS[name] ?? { kind: "other", title: spaced(name) };
    const startedAt = toInstant(entry.appended_at);
    const awaits = kind === "send" ? idCompletion : completion;
    const step: Step = {
      index: entry.index,
      kind,
      title,
      subject: subjectOf(entry),
      entry,
      startedAt,
      endedAt: awaits === undefined ? startedAt : undefined,
      state: awaits === undefined ? stateOf(entry.result) : "waiting",
      answer: undefined,
      invokedId: entry.invoked_id,
    };
    this.steps.push(step);
    if (idCompletion !== undefined) this.#ids.set(idCompletion, step);
    if (awaits === undefined) return;
    this.#waiting.set(awaits, step);
    this.#byCompletion.set(awaits, step);
  }

  #answer(entry: JournalEntryResource): void {
    const id = entry.completion_id;
    if (id === undefined) return this.#signal(entry);
    const called = this.#ids.get(id);
    if (called !== undefined) {
      called.invokedId = entry.result?.invocation_id ?? called.invokedId;
      this.#ids.delete(id);
    }
    const step = this.#waiting.get(id);
    if (step === undefined) return;
    this.#waiting.delete(id);
    step.endedAt = toInstant(entry.appended_at);
    step.state = entry.result?.kind === "failure" ? "failed" : "succeeded";
    step.answer = entry;
  }

  #signal(entry: JournalEntryResource): void {
    const at = toInstant(entry.appended_at);
    const index = entry.signal_index;
    this.steps.push({
      index: entry.index,
      kind: "signal",
      title: index === CANCEL_SIGNAL ? "Cancel signal" : "Signal",
      subject: entry.signal_name ?? (index === undefined || index === 1 ? "" : `#${index}`),
      entry,
      startedAt: at,
      endedAt: at,
      state: stateOf(entry.result),
      answer: entry,
      invokedId: undefined,
    });
  }
}

const CANCEL_SIGNAL = 1;

const KINDS: Readonly<Record<string, { readonly kind: StepKind; readonly title: string }>> = {
  Input: { kind: "input", title: "Input" },
  Output: { kind: "output", title: "Output" },
  Run: { kind: "run", title: "Run" },
  Call: { kind: "call", title: "Call" },
  OneWayCall: { kind: "send", title: "Send" },
  Sleep: { kind: "sleep", title: "Sleep" },
  GetLazyState: { kind: "state", title: "Get state" },
  GetEagerState: { kind: "state", title: "Get state" },
  GetLazyStateKeys: { kind: "state", title: "List state" },
  GetEagerStateKeys: { kind: "state", title: "List state" },
  SetState: { kind: "state", title: "Set state" },
  ClearState: { kind: "state", title: "Clear state" },
  ClearAllState: { kind: "state", title: "Clear all state" },
  GetPromise: { kind: "promise", title: "Await promise" },
  PeekPromise: { kind: "promise", title: "Peek promise" },
  CompletePromise: { kind: "promise", title: "Complete promise" },
  SendSignal: { kind: "signal", title: "Send signal" },
  CompleteAwakeable: { kind: "awakeable", title: "Complete awakeable" },
  AttachInvocation: { kind: "attach", title: "Attach" },
  GetInvocationOutput: { kind: "attach", title: "Get output" },
};

function subjectOf(entry: JournalEntryResource): string {
  const { target, name, state_key, promise_name, awakeable_id, signal_name, invoked_id } = entry;
  const subject = target ?? state_key ?? promise_name ?? awakeable_id ?? signal_name ?? invoked_id;
  if (subject === undefined) return name ?? "";
  return name === undefined ? subject : `${name} · ${subject}`;
}

function stateOf(result: EntryResult | undefined): StepState {
  if (result === undefined) return "none";
  return result.kind === "failure" ? "failed" : "succeeded";
}

function toInstant(text: string | undefined): number | undefined {
  const instant = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** `GetLazyState` as `Get lazy state`. */
function spaced(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
