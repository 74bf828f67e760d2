/** Scenarios of what parents await, and of runs, in every version of the protocol. */
import { Combinator, type ProtocolVersion } from "@rejoin/protocol";
import { expect } from "vitest";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import { all, first, future, type Script, ScriptFailure } from "./script.ts";

/** all( first(a, b), c, d ): needs c and d, and the quicker one of a and b. */
const tree: Script = function* (io) {
  const [a, b, c, d] = ["30", "300", "80", "50"].map((ms) =>
    io.call("wait", ms, keyed(io, ms)),
  ) as [number, number, number, number];
  yield future(Combinator.allCompleted, [c, d], [first(a, b)]);
  // Journaled: when this is replayed, all of them are there.
  const when = io.run(() => (io.result(b) === undefined ? "early" : "late"));
  yield all(b, when);
  return [when, a, b, c, d].map((id) => io.take(id)).join(" ");
};

const wait: Script = function* (io) {
  yield first(io.sleep(Number(io.text)));
  return io.text;
};

const runs: Script = function* (io) {
  const asked = io.run(() => "acknowledged");
  yield first(asked);
  const told = io.run(() => "told", { requestAck: false });
  const both = [
    io.run(() => "x"),
    ...["5", "6", "7"].map((ms) => io.call("wait", ms, keyed(io, ms))),
  ];
  yield all(told, ...both);
  return [asked, told, ...both].map((id) => io.take(id)).join(" ");
};

export function onVersion(version: ProtocolVersion): readonly Scenario[] {
  return [
    {
      name: `a suspended parent that awaits a tree, version ${version}`,
      handlers: { tree: { script: tree, ...SUSPENDS }, wait },
      version,
      run: async (host) => {
        expect((await host.call("tree", "t")).text).toBe("early 30 300 80 50");
        await host.rest();
      },
    },
    {
      name: `an open parent that awaits a tree, version ${version}`,
      handlers: { tree, wait },
      version,
      run: async (host) => {
        expect((await host.call("tree", "t")).text).toBe("early 30 300 80 50");
        await host.rest();
      },
    },
    {
      name: `runs, acknowledged and told, version ${version}`,
      handlers: { runs, wait },
      version,
      run: async (host) => {
        expect((await host.call("runs", "r")).text).toBe("acknowledged told x 5 6 7");
        await host.rest();
      },
    },
  ];
}

export const ALL_OR_FIRST: readonly Scenario[] = [
  {
    name: "the first success, and the first failure, of callees that fail and succeed",
    handlers: {
      judge: {
        *script(io) {
          const ids = ["fail 10", "ok 40", "fail 90", "ok 200"].map((what) =>
            io.call("verdict", what, keyed(io, what)),
          );
          const [, second] = ids as [number, number, number, number];
          yield future(Combinator.firstSucceededOrAllFailed, ids);
          const success = io.result(second)?.kind;
          yield future(Combinator.allSucceededOrFirstFailed, ids.slice(1));
          const states = ids.map((id) => io.result(id)?.kind ?? "open").join(" ");
          return `${success} ${states}`;
        },
        ...SUSPENDS,
      },
      *verdict(io) {
        const [verdict, ms] = io.text.split(" ");
        yield first(io.sleep(Number(ms)));
        if (verdict === "fail") throw new ScriptFailure({ code: 400, message: io.text });
        return io.text;
      },
    },
    run: async (host) => {
      expect((await host.call("judge", "j")).text).toBe("value failure value failure open");
      await host.rest();
    },
  },
];
