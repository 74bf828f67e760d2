/** CompleteAwakeable: a signal for the invocation that made the awakeable (server.md §5.10). */
import { formatAwakeableId } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { completeAwakeable } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  failure,
  invoke,
  keyOf,
  run,
  send,
  started,
  suspension,
  value,
} from "../testing/records.ts";

const from = keyOf(1);
const creator = keyOf(2);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(from));
  partition.apply(invoke(creator));
});

const awaiting17 = suspension({
  combinator: 1,
  completions: [],
  signals: [17],
  namedSignals: [],
  nested: [],
});

describe("an awakeable", () => {
  for (const result of [value("v"), failure(500, "no")]) {
    it(`that is completed wakes its creator with the ${result.kind}`, () => {
      send(partition, creator, [awaiting17]);
      const applied = send(partition, from, [completeAwakeable(creator, 17, result)]);
      expect(started(applied)).toEqual([creator]);
      expect(partition.journal(creator).map(({ message }) => message)).toEqual([
        { kind: "signal", signalIndex: 17, result },
      ]);
      expect(partition.journal(from).map(({ message }) => message.kind)).toEqual([
        "completeAwakeable",
      ]);
    });
  }

  it("in the older form of its id names the same", () => {
    const id = formatAwakeableId(creator, 17).replace("sign_", "prom_");
    const command = { ...completeAwakeable(creator, 17, value("v")), awakeableId: id };
    send(partition, from, [command as never]);
    expect(partition.journal(creator)).toMatchObject([{ message: { signalIndex: 17 } }]);
  });

  it("whose id is none fails the attempt, and nothing from it on is stored", () => {
    for (const awakeableId of ["", "sign_1short", "inv_1", `${formatAwakeableId(from, 1)}x`]) {
      partition = new TestPartition();
      partition.apply(invoke(from));
      const command = { ...completeAwakeable(creator, 17, value("v")), awakeableId };
      send(partition, from, [run(1), command as never, run(2)]);
      expect(partition.journal(from)).toHaveLength(1);
      const { lastFailure } = partition.get(from);
      expect(lastFailure).toMatchObject({ docCode: "RT0012", code: 571 });
      expect(lastFailure?.message).toContain(`${awakeableId} is no awakeable id`);
    }
  });

  it("of an invocation that is gone is completed without a word", () => {
    send(partition, from, [completeAwakeable(keyOf(99), 17, value("v")), run(1)]);
    expect(partition.journal(from)).toHaveLength(2);
  });
});
