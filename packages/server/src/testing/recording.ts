/** What an engine was told and what it made of it, in a form that can be compared and told again. */
import { createHash } from "node:crypto";
import {
  type ApplyResult,
  type Effects,
  Engine,
  type EngineRecord,
  type RecordContext,
} from "@rejoin/engine";

/** A record that was applied. */
export interface Recorded {
  readonly partition: number;
  readonly record: EngineRecord;
  readonly context: RecordContext;
  /** Of its effects: see {@link fingerprintOf}. */
  readonly effects: string;
}

/** Records everything that any engine applies until `stop` is called. */
export function recordEngines(): { readonly recorded: readonly Recorded[]; stop(): void } {
  const recorded: Recorded[] = [];
  const { apply } = Engine.prototype;
  Engine.prototype.apply = function recording(this: Engine, record, context, reader, registry) {
    const result = apply.call(this, record, context, reader, registry);
    if (result.kind === "applied") {
      const effects = fingerprintOf(result.effects);
      recorded.push({ partition: this.partition, record, context, effects });
    }
    return result;
  };
  return {
    recorded,
    stop: () => {
      Engine.prototype.apply = apply;
    },
  };
}

/** An engine to which every record happens in the context in which it was recorded. */
export class ReplayingEngine extends Engine {
  /** The fingerprints of the effects so far. */
  readonly effects: string[] = [];
  private readonly contexts: readonly RecordContext[];

  constructor(partition: number, partitionCount: number, recorded: readonly Recorded[]) {
    super(partition, partitionCount);
    this.contexts = recorded.map((entry) => entry.context);
  }

  override apply(
    record: EngineRecord,
    _context: RecordContext,
    ...rest: [reader: Parameters<Engine["apply"]>[2], registry: Parameters<Engine["apply"]>[3]]
  ): ApplyResult {
    const context = this.contexts[this.effects.length];
    if (context === undefined) throw new Error("more records are applied than were recorded");
    const result = super.apply(record, context, ...rest);
    if (result.kind === "applied") this.effects.push(fingerprintOf(result.effects));
    return result;
  }
}

/** Short text that is the same for the same effects, and tells a reader what kind they are of. */
export function fingerprintOf(effects: Effects): string {
  const { writes, ...rest } = effects;
  const rows = writes.map(({ kind, key, value }) => [
    kind.slot,
    key,
    value === undefined ? undefined : kind.encode(value),
  ]);
  const digest = createHash("sha256")
    .update(JSON.stringify([rows, rest], inOrder))
    .digest("hex");
  const actions = effects.actions.map((action) => action.kind).join(",");
  return `${writes.length} rows, ${effects.appends.length} entries, [${actions}] ${digest.slice(0, 16)}`;
}

/** Bytes as text, and fields in the order of their names. Whoever waits changes on its own. */
function inOrder(name: string, value: unknown): unknown {
  if (name === "waiter") return "someone";
  if (value instanceof Uint8Array) return hashed(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("encode" in value && "slot" in value) return undefined;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hashed(bytes: Uint8Array): string {
  if (bytes.length <= 64) return Buffer.from(bytes).toString("latin1");
  return createHash("sha256").update(bytes).digest("hex");
}
