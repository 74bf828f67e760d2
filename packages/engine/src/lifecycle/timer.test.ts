/** Timers that still matter, and those that do not any more. */
import { beforeEach, describe, expect, it } from "vitest";
import { TIMER_RETRY, TIMER_START, type TimerId } from "../rows/keys.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  call,
  errorMessage,
  finish,
  fire,
  fireNext,
  invoke,
  keyOf,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

function timer(id: number, timeMs = partition.timeMs): TimerId {
  return { timeMs, invocation: key, id, bornIn: partition.invocation(key)?.bornIn ?? 1 };
}

describe("a scheduled invocation", () => {
  it("starts when it is due, once", () => {
    partition.apply(invoke(key, { scheduledFor: partition.timeMs + 10 }));
    const [due] = partition.timers();
    if (due === undefined) throw new Error("there is no timer");
    expect(started(fire(partition, due))).toEqual([key]);
    const again = fire(partition, due);
    expect(started(again)).toEqual([]);
    expect(again.commit.writes).toHaveLength(1);
  });
});

describe("any timer", () => {
  const reaches: readonly (readonly [string, () => void])[] = [
    ["unknown", () => undefined],
    [
      "completed",
      () => {
        partition.apply(invoke(key));
        send(partition, key, finish());
      },
    ],
  ];
  for (const [what, reach] of reaches) {
    it(`of an invocation that is ${what} is deleted and does nothing`, () => {
      reach();
      for (const id of [1, TIMER_START, TIMER_RETRY]) {
        const applied = partition.apply({ kind: "timer", timer: timer(id) });
        expect(applied.actions).toEqual([]);
        expect(applied.commit.writes).toHaveLength(1);
      }
    });
  }

  it("of a sleep reaches its invocation in every status before the end", () => {
    const due = partition.timeMs + 10;
    partition.apply(invoke(key));
    send(
      partition,
      key,
      [1, 2, 3].map((id) => sleep(id, due + id)),
    );
    expect(fireNext(partition).actions).toMatchObject([{ kind: "notify", index: 4, start: 1 }]);
    send(partition, key, [suspension(anyOf(3))]);
    expect(fireNext(partition).actions).toEqual([]);
    partition.forget();
    expect(started(fireNext(partition))).toEqual([key]);
    const paused = new TestPartition();
    partition = paused;
    paused.apply(invoke(key));
    send(paused, key, [sleep(1, due), errorMessage({ behavior: 1 })]);
    expect(fireNext(paused).actions).toEqual([]);
    expect(paused.journal(key)).toHaveLength(2);
  });

  it("of a start does nothing to an invocation that was not delayed", () => {
    partition.apply(invoke(key));
    const before = partition.get(key);
    const applied = partition.apply({ kind: "timer", timer: timer(TIMER_START) });
    expect(applied.actions).toEqual([]);
    expect(partition.get(key)).toEqual(before);
  });
});

describe("an id that lives a second time", () => {
  const page = (bornIn: number) =>
    ({
      kind: "taskPage",
      task: "expiry",
      page: [{ key, bornIn, what: "invocation", rows: [], more: false, isHeld: false }],
      list: { second: 1, batch: 1 },
      rest: [],
    }) as const;

  /** The first life sleeps and calls, and ends without waiting; the second does the same. */
  function liveTwice(): { readonly timer: TimerId; readonly child: string } {
    partition.apply(invoke(key, { fresh: false }));
    send(partition, key, [sleep(1, partition.timeMs + 50), call(3), ...finish()]);
    const [timer] = partition.timers();
    const child = partition.invocations().find((invocation) => invocation.key !== key);
    if (timer === undefined || child === undefined) throw new Error("the first life left nothing");
    partition.apply(page(partition.get(key).bornIn));
    expect(partition.invocation(key)).toBeUndefined();
    partition.apply(invoke(key, { fresh: false }));
    send(partition, key, [sleep(1, partition.timeMs + 9000), sleep(3, partition.timeMs + 9000)]);
    return { timer, child: child.key };
  }

  it("is not reached by the timers of the first", () => {
    const { timer: old } = liveTwice();
    expect(fire(partition, old).actions).toEqual([]);
    expect(partition.get(key).notificationCount).toBe(0);
    expect(partition.timers()).toHaveLength(2);
  });

  it("is not reached by the results that the first had asked for", () => {
    const { child } = liveTwice();
    send(partition, child, finish());
    expect(partition.get(key)).toMatchObject({ notificationCount: 0, childrenSucceeded: 0 });
  });
});
