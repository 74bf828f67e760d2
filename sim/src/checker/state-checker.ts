/**
 * The state of each object and workflow, as the journals say it must be: what is read is what was
 * last written, and what lies on the disk is what all writes so far come to.
 */
import {
  type Commit,
  type InstanceId,
  instanceOf,
  instanceOfObjectKey,
  parseStateRowKey,
  Tag,
  type Write,
} from "@rejoin/engine";
import {
  type EndpointMessage,
  formatInvocationId,
  type NotificationResult,
  type ServerMessage,
  stateVersion,
} from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import { WORKFLOW } from "../script/script.ts";
import type { Stats } from "../stats.ts";
import type { CommitObserver } from "./commit-observer.ts";
import { binaryText, readState } from "./disk-rows.ts";
import type { AskedMutation, Interventions } from "./interventions.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import { printable } from "./object-checker.ts";
import type { Violations } from "./violations.ts";

type Values = ReadonlyMap<string, string>;

interface Options {
  readonly disk: MemoryDisk;
  readonly violations: Violations;
  readonly stats: Stats;
  readonly interventions: Interventions;
}

/** A write of a handler: what it makes of a state. */
type Change = (values: Map<string, string>) => void;

interface Model {
  values: Map<string, string>;
  /** The state before this commit, and what handlers have done to it since. */
  base: Values;
  changes: Change[];
  /** All that each name has ever been. */
  readonly ever: Set<string>;
  /** Every value that each name has had during this commit. */
  readonly taken: Map<string, Set<string | undefined>>;
  /** Every state, and the commit it came with. */
  readonly versions: { readonly order: number; readonly text: string }[];
}

interface SharedRead {
  readonly known: KnownInvocation;
  readonly instance: InstanceId;
  readonly name: string;
  readonly value: string | undefined;
}

/** The first byte of an inbox row that holds a change of state. */
const MUTATION_ROW = 1;
const SEQUENCE_CHARS = 8;

export class StateChecker implements CommitObserver {
  private readonly options: Options;
  private readonly models = new Map<InstanceId, Model>();
  private readonly changed = new Set<InstanceId>();
  private sharedReads: SharedRead[] = [];
  /** Names that lazy reads ask for, by invocation, life and completion id. */
  private readonly lazyReads = new Map<string, string>();
  /** Changes of state that wait in inboxes, by row key. */
  private readonly inboxes = new Map<string, AskedMutation>();
  private popped: AskedMutation[] = [];
  private order = 0;

  constructor(options: Options) {
    this.options = options;
  }

  entry(known: KnownInvocation, message: EndpointMessage | ServerMessage, isCopied: boolean): void {
    const { target } = known.header;
    if (isCopied || target.handlerKind === "service") return;
    const instance = instanceOf(target);
    const isAlone = target.handlerKind !== "shared";
    // What it wrote before it was restarted is in its journal and was not written again.
    const isFaithful = isAlone && known.header.seedOf === undefined;
    switch (message.kind) {
      case "setState":
        this.write(instance, binaryText(message.key), binaryText(message.value));
        break;
      case "clearState":
        this.write(instance, binaryText(message.key), undefined);
        break;
      case "clearAllState":
        this.replace(instance, new Map());
        this.model(instance).changes.push((values) => values.clear());
        this.options.stats.count("state cleared");
        break;
      case "getEagerState":
        if (!isFaithful) break;
        if (this.changesBeside(instance)) this.readCopy(known, message);
        else this.read(known, binaryText(message.key), message.result);
        break;
      case "getEagerStateKeys":
        if (isFaithful && !this.changesBeside(instance)) this.readKeys(known, message.keys);
        break;
      case "getLazyState":
        this.lazyReads.set(readId(known, message.resultCompletionId), binaryText(message.key));
        break;
      case "getLazyStateCompletion": {
        const name = this.lazyReads.get(readId(known, message.completionId)) ?? "";
        if (isAlone && !this.changesBeside(instance)) this.read(known, name, message.result);
        else {
          const value = valueIn(message.result);
          this.sharedReads.push({ known, instance, name, value });
        }
        break;
      }
      case "getLazyStateKeysCompletion":
        if (!isAlone || this.changesBeside(instance)) break;
        if (message.result.kind === "stateKeys") this.readKeys(known, message.result.keys);
        break;
      default:
    }
  }

  row(_partition: number, { key, value }: Write): void {
    if (key[0] === Tag.object) this.changed.add(instanceOfObjectKey(key));
    else if (key[0] === Tag.state) this.changed.add(parseStateRowKey(key).instance);
    else if (key[0] === Tag.inbox) this.inboxRow(key, value);
  }

  committed(partition: number, _commit: Commit): void {
    this.order += 1;
    for (const mutation of this.popped) this.mutate(mutation);
    this.popped = [];
    const disk = this.options.disk.partition(partition);
    for (const instance of this.changed) this.compare(instance, readState(disk, instance));
    for (const read of this.sharedReads) this.checkShared(read);
    this.sharedReads = [];
    for (const instance of this.changed) {
      const model = this.model(instance);
      model.taken.clear();
      model.base = new Map(model.values);
      model.changes = [];
      const text = textOf(model.values);
      if (model.versions.at(-1)?.text !== text) model.versions.push({ order: this.order, text });
    }
    this.changed.clear();
  }

  /**
   * Whether the state is changed while a handler has it: a workflow's run has no lock, so an operator
   * need not wait for it.
   */
  changesBeside(instance: InstanceId): boolean {
    if (!instance.startsWith(WORKFLOW)) return false;
    return this.options.interventions.mutations.some((asked) => asked.instance === instance);
  }

  /** Whether a name has ever had this value. */
  everHad(instance: InstanceId, name: string, value: string | undefined): boolean {
    return value === undefined || this.model(instance).ever.has(`${name}=${value}`);
  }

  /** Whether `state` was that of the object at any time since commit `order`. */
  wasSince(instance: InstanceId, state: Values, order: number): boolean {
    const { versions } = this.model(instance);
    const text = textOf(state);
    return versions.some((version, i) => {
      const until = versions[i + 1]?.order ?? Number.POSITIVE_INFINITY;
      return version.text === text && until > order;
    });
  }

  /** The state of the object now. */
  now(instance: InstanceId): Values {
    return this.model(instance).values;
  }

  // ---- reads ------------------------------------------------------------------------------------

  private read(known: KnownInvocation, name: string, result: NotificationResult): void {
    const instance = instanceOf(known.header.target);
    const value = this.model(instance).values.get(name);
    this.options.stats.count("state read");
    if (valueIn(result) === value) return;
    const text = `${formatInvocationId(known.key)} read ${valueIn(result)} as ${name} of ${printable(instance)}`;
    this.options.violations.report("stale-state", `${text}, which is ${value}`);
  }

  /** It has its own copy, of which an operator may have changed the original since. */
  private readCopy(
    known: KnownInvocation,
    { key, result }: Extract<ServerMessage | EndpointMessage, { kind: "getEagerState" }>,
  ): void {
    const instance = instanceOf(known.header.target);
    this.options.stats.count("state read of a copy");
    if (this.everHad(instance, binaryText(key), valueIn(result))) return;
    const text = `${formatInvocationId(known.key)} read ${valueIn(result)} as ${binaryText(key)}`;
    const what = `${text} of ${printable(instance)}, which it has never been`;
    this.options.violations.report("stale-state", what);
  }

  private readKeys(known: KnownInvocation, keys: readonly Uint8Array[]): void {
    const instance = instanceOf(known.header.target);
    const names = keys.map(binaryText).sort().join(" ");
    const expected = [...this.model(instance).values.keys()].sort().join(" ");
    if (names === expected) return;
    const text = `${formatInvocationId(known.key)} read the names ${names} of ${printable(instance)}`;
    this.options.violations.report("stale-state", `${text}, which are ${expected}`);
  }

  private checkShared({ known, instance, name, value }: SharedRead): void {
    const model = this.model(instance);
    this.options.stats.count("state read by a shared handler");
    if (model.values.get(name) === value || model.taken.get(name)?.has(value) === true) return;
    const text = `${formatInvocationId(known.key)} read ${value} as ${name} of ${printable(instance)}`;
    this.options.violations.report("stale-state", `${text}, which is ${model.values.get(name)}`);
  }

  // ---- writes -----------------------------------------------------------------------------------

  private write(instance: InstanceId, name: string, value: string | undefined): void {
    const model = this.model(instance);
    this.changed.add(instance);
    this.take(model, name);
    this.change(model, (values) => {
      if (value === undefined) values.delete(name);
      else values.set(name, value);
    });
    this.take(model, name);
    this.options.stats.count("state written");
  }

  private change(model: Model, change: Change): void {
    model.changes.push(change);
    change(model.values);
  }

  private replace(instance: InstanceId, values: Values): void {
    const model = this.model(instance);
    this.changed.add(instance);
    const names = new Set([...model.values.keys(), ...values.keys()]);
    for (const name of names) this.take(model, name);
    model.values = new Map(values);
    for (const name of names) this.take(model, name);
  }

  private take(model: Model, name: string): void {
    const taken = model.taken.get(name) ?? new Set();
    const value = model.values.get(name);
    model.taken.set(name, taken.add(value));
    model.ever.add(`${name}=${value}`);
  }

  private inboxRow(key: Uint8Array, value: Uint8Array | undefined): void {
    const row = binaryText(key);
    const known = this.inboxes.get(row);
    if (value === undefined) {
      if (known !== undefined) this.popped.push(known);
      this.inboxes.delete(row);
      return;
    }
    if (value[0] !== MUTATION_ROW) return;
    const instance = row.slice(1, -SEQUENCE_CHARS);
    const text = binaryText(value);
    const queued = new Set(this.inboxes.values());
    const [asked] = this.options.interventions.mutations
      .filter((mutation) => mutation.instance === instance && !queued.has(mutation))
      .filter((mutation) => mutation.state !== "applied" && isHeldBy(text, mutation))
      .sort((a, b) => weightOf(b) - weightOf(a));
    this.options.stats.count("change of state waited for its object");
    if (asked !== undefined) this.inboxes.set(row, asked);
  }

  /** A change of state whose turn has come. */
  private mutate(mutation: AskedMutation): void {
    const { instance, entries, version } = mutation;
    const model = this.model(instance);
    if (version !== undefined && versionOf(model.values) !== version) return;
    this.replace(instance, entries);
    this.applied(mutation);
  }

  private applied(mutation: AskedMutation): void {
    // The others of this commit may have come before, and left no trace.
    for (const other of this.options.interventions.mutations) {
      if (other.instance === mutation.instance && other.state === "asked") other.state = "maybe";
    }
    mutation.state = "applied";
    this.options.stats.count("state changed by an operator");
  }

  /** What is on the disk must be what the model says, or what an operator made of it just now. */
  private compare(instance: InstanceId, found: Values): void {
    const model = this.model(instance);
    if (textOf(found) === textOf(model.values) || this.explain(instance, model, found)) return;
    if (this.isDissolving(instance, model, found)) {
      this.replace(instance, found);
      return;
    }
    const text = `the state of ${printable(instance)} is ${textOf(found)}`;
    this.options.violations.report("stale-state", `${text} instead of ${textOf(model.values)}`);
    model.values = new Map(found);
  }

  private explain(instance: InstanceId, model: Model, found: Values): boolean {
    const open = this.options.interventions.mutations.filter(
      (mutation) => mutation.instance === instance && mutation.state !== "applied",
    );
    // What a run did may have come before an operator's change, or after it.
    const first = this.changesBeside(instance) ? 0 : model.changes.length;
    const fits = (mutation: AskedMutation) => {
      for (let cut = first; cut <= model.changes.length; cut++) {
        if (becomes(model, mutation, cut) === textOf(found)) return true;
      }
      return false;
    };
    const applied = open.find(fits);
    if (applied === undefined) return false;
    this.replace(instance, found);
    this.applied(applied);
    return true;
  }

  /** The state of a workflow goes a page at a time when its run is removed. */
  private isDissolving(instance: InstanceId, model: Model, found: Values): boolean {
    return (
      instance.startsWith(WORKFLOW) &&
      [...found].every(([name, value]) => model.values.get(name) === value)
    );
  }

  private model(instance: InstanceId): Model {
    let model = this.models.get(instance);
    if (model === undefined) {
      model = {
        values: new Map(),
        base: new Map(),
        changes: [],
        ever: new Set(),
        taken: new Map(),
        versions: [{ order: 0, text: "" }],
      };
      this.models.set(instance, model);
    }
    return model;
  }
}

/** What the state is if `mutation` came after so many of the changes; `undefined` if it cannot. */
function becomes(
  { values, base, changes }: Model,
  { entries, version }: AskedMutation,
  cut: number,
): string | undefined {
  // What was done by others than handlers is in the values alone.
  const before = new Map(cut === changes.length ? values : base);
  if (cut < changes.length) for (const change of changes.slice(0, cut)) change(before);
  if (version !== undefined && version !== versionOf(before)) return undefined;
  const after = new Map(entries);
  for (const change of changes.slice(cut)) change(after);
  return textOf(after);
}

/** Whether the text of a row holds all that a change of state says: its values are unique. */
function isHeldBy(text: string, { entries, version }: AskedMutation): boolean {
  const values = [...entries.values()].every((value) => text.includes(value));
  return values && (version === undefined || text.includes(version));
}

/** How much of a row's text a change of state explains. */
function weightOf({ entries, version }: AskedMutation): number {
  return 2 * entries.size + (version === undefined ? 0 : 1);
}

function readId({ key, lives }: KnownInvocation, completionId: number): string {
  return `${lives} ${completionId} ${key}`;
}

function valueIn(result: NotificationResult): string | undefined {
  return result.kind === "value" ? binaryText(result.value) : undefined;
}

function textOf(values: Values): string {
  const entries = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** The fingerprint of a state. */
export function versionOf(values: Values): string {
  const entries = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const toBytes = (text: string) => Buffer.from(text, "latin1");
  return stateVersion(
    entries.map(([name, value]) => ({ key: toBytes(name), value: toBytes(value) })),
  );
}
