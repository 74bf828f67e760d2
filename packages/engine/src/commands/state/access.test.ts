/** Who may use state, and how (server.md §1.6.13, §5.2). */
import { beforeEach, describe, expect, it } from "vitest";
import type { Target } from "../../model/invocation.ts";
import {
  CLEAR_ALL_STATE,
  clearState,
  getLazyState,
  getLazyStateKeys,
  objectTarget,
  queryTarget,
  setState,
  sharedTarget,
  workflowTarget,
} from "../../testing/commands.ts";
import { TestPartition } from "../../testing/partition.ts";
import { bytes, type EndpointItem, invoke, keyOf, run, SVC, send } from "../../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

const EAGER: readonly EndpointItem[] = [
  { kind: "getEagerState", name: "", key: bytes("a"), result: { kind: "void" } },
  { kind: "getEagerStateKeys", name: "", keys: [bytes("a")] },
];
const READS = [getLazyState(1, "a"), getLazyStateKeys(2), ...EAGER];
const WRITES = [setState("a", "1"), clearState("a"), CLEAR_ALL_STATE];

function kindsStored(target: Target, item: EndpointItem): string[] {
  partition = new TestPartition();
  partition.apply(invoke(key, { target }));
  send(partition, key, [item, run(9)]);
  return partition.journal(key).map(({ message }) => message.kind);
}

describe("state", () => {
  for (const item of [...READS, ...WRITES]) {
    it(`is refused to a plain service: ${item.kind}`, () => {
      expect(kindsStored(SVC, item)).toEqual([]);
      const { lastFailure, pin, status } = partition.get(key);
      expect(lastFailure).toMatchObject({ docCode: "RT0017", code: 500 });
      expect(lastFailure?.message).toContain("Svc/work");
      expect({ pin, status }).toEqual({ pin: undefined, status: "invoked" });
    });
  }

  for (const target of [objectTarget("o"), workflowTarget("w")]) {
    for (const item of [...READS, ...WRITES]) {
      it(`can be used by ${target.service}/${target.handler}: ${item.kind}`, () => {
        const kinds = kindsStored(target, item);
        expect(kinds[0]).toBe(item.kind);
        expect(kinds.at(-1)).toBe("run");
      });
    }
  }

  for (const target of [sharedTarget("o"), queryTarget("w")]) {
    for (const item of READS) {
      it(`can be read by ${target.service}/${target.handler}: ${item.kind}`, () => {
        expect(kindsStored(target, item)[0]).toBe(item.kind);
      });
    }
    for (const item of WRITES) {
      it(`cannot be written by ${target.service}/${target.handler}: ${item.kind}`, () => {
        expect(kindsStored(target, item)).toEqual([]);
        expect(partition.get(key).lastFailure).toMatchObject({ docCode: "RT0017" });
      });
    }
  }
});
