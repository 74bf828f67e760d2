/** The lock of an object against a model that is a list of who came, and in which order. */
import { type InvocationKey, stateVersion } from "@rejoin/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectObjectsSound } from "../testing/checks.ts";
import { mutateState, objectTarget, operate, resultOf, setState } from "../testing/commands.ts";
import { holderOf, inboxedOf, objectId, stateOf } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import { bytes, finish, invoke, keyOf, send } from "../testing/records.ts";
import { runTasks, stepOf, tasksOf } from "../testing/tasks.ts";

const OBJECT = objectId("o");
const TARGET = objectTarget("o");

type State = Readonly<Record<string, string>>;
type Waiting =
  | { readonly kind: "invocation"; readonly key: InvocationKey }
  | { readonly kind: "mutation"; readonly state: State; readonly version: string | undefined };

function versionOf(state: State): string {
  const entries = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  return stateVersion(entries.map(([key, value]) => ({ key: bytes(key), value: bytes(value) })));
}

/** The object as it should be, and the partition that has it. */
class World {
  readonly partition = new TestPartition();
  /** Who came and is not gone; the first invocation has the object. */
  line: Waiting[] = [];
  state: State = {};
  private count = 0;

  /** Changes of state at the front take effect; then the first in the line has the object. */
  private settle(): void {
    for (;;) {
      const [first] = this.line;
      if (first?.kind !== "mutation") return;
      this.line.shift();
      this.mutate(first.state, first.version);
    }
  }

  private mutate(state: State, version: string | undefined): void {
    if (version === undefined || version === versionOf(this.state)) this.state = state;
  }

  get holder(): InvocationKey | undefined {
    const [first] = this.line;
    return first?.kind === "invocation" ? first.key : undefined;
  }

  invoke(count: number): void {
    for (let i = 0; i < count; i++) {
      const key = keyOf(++this.count);
      this.partition.apply(invoke(key, { target: TARGET }));
      this.line.push({ kind: "invocation", key });
    }
  }

  replace(n: number): void {
    const state = { [`m${n % 3}`]: `v${n}` };
    const version = [undefined, versionOf(this.state), "other"][n % 3];
    const isHeld = holderOf(this.partition, OBJECT) !== undefined;
    const result = resultOf(this.partition.apply(mutateState("o", state, version)));
    expect(result.kind).toBe(isHeld ? "requested" : version === "other" ? "refused" : "done");
    this.line.push({ kind: "mutation", state, version });
  }

  /** The holder writes state and completes, or is killed: the next one has the object. */
  end(n: number): void {
    const holder = holderOf(this.partition, OBJECT);
    if (holder === undefined || holder === "task") return;
    expect(holder).toBe(this.holder);
    if (n % 3 === 0) this.partition.apply(operate(holder, "kill"));
    else {
      send(this.partition, holder, [setState("h", `${n}`), ...finish()]);
      this.state = { ...this.state, h: `${n}` };
    }
    this.line.shift();
  }

  /** Some of those who wait give up. */
  leave(n: number): void {
    for (const [i, key] of inboxedOf(this.partition).entries()) {
      if ((i + n) % 41 === 0) continue;
      this.partition.apply(operate(key, n % 2 === 0 ? "cancel" : "kill"));
      this.line = this.line.filter((one) => one.kind !== "invocation" || one.key !== key);
    }
  }

  step(times: number): void {
    const [task] = tasksOf(this.partition);
    if (task === undefined) return;
    const record = stepOf(this.partition, task);
    for (let i = 0; i < times; i++) this.partition.apply(record);
  }

  check(): void {
    expectObjectsSound(this.partition);
    if (holderOf(this.partition, OBJECT) === "task") return;
    this.settle();
    expect(holderOf(this.partition, OBJECT)).toBe(this.holder);
    expect(stateOf(this.partition, OBJECT)).toEqual(this.state);
  }
}

function act(world: World, what: number, n: number): void {
  switch (what % 8) {
    case 0:
      return world.invoke(1);
    case 1:
      return world.invoke(1 + (n % 50));
    case 2:
    case 3:
      return world.replace(n);
    case 4:
      return world.leave(n);
    case 5:
      return world.step(1 + (n % 3));
    default:
      return world.end(n);
  }
}

const plans = fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 40, size: "max" });

describe("the lock of an object", () => {
  it("goes to those who wait in the order in which they came, past all who gave up", () => {
    const property = fc.property(plans, (plan) => {
      const world = new World();
      for (const [what, n] of plan) {
        act(world, what, n);
        world.check();
      }
      for (let i = 0; i < 10_000 && world.line.length > 0; i++) {
        runTasks(world.partition);
        world.check();
        world.end(1);
        world.check();
      }
      runTasks(world.partition);
      world.check();
      expect(world.line).toEqual([]);
      expect(holderOf(world.partition, OBJECT)).toBeUndefined();
      expect(inboxedOf(world.partition)).toEqual([]);
    });
    fc.assert(property, { seed: 11, numRuns: 40 });
  });
});
