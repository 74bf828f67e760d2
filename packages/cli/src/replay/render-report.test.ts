import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { renderReport } from "./render-report.ts";
import type { ReplayReport, StepReport } from "./report.ts";

const colours = pc.createColors(false);

const STEPS: readonly StepReport[] = [
  {
    command_index: 1,
    entry_index: 1,
    title: "run 'own'",
    type: "Run",
    name: "own",
    match: "recorded",
    outcome: "2 bytes",
    at: "src/app.ts:12:5",
  },
  { command_index: 2, title: "sleep", type: "Sleep", match: "new" },
];

function render(own: Partial<ReplayReport>): string {
  return renderReport(
    {
      outcome: "completed",
      id: "inv_1",
      target: "worker/sum",
      status: "running",
      protocol_version: 7,
      journal_size: 3,
      replayed_entries: 2,
      steps: STEPS,
      ...own,
    },
    colours,
  );
}

const AWAIT = {
  count: 1,
  results: [{ title: "sleep 'nap'", command_index: 2, at: "src/app.ts:13:9" }],
  stack: ["outer (src/app.ts:20:3)", "run (src/app.ts:13:3)"],
};

describe("a report", () => {
  it("begins with the invocation and its commands", () => {
    const result = { kind: "value", is_recorded: false, value: { a: 1 } } as const;
    expect(render({ result })).toBe(`worker/sum inv_1
running, protocol version 7, 2 of 3 journal entries

  #1 run 'own'  as recorded  → 2 bytes  src/app.ts:12:5
  #2 sleep  new

would complete now, which is not recorded: {"a":1}
`);
    expect(render({ steps: [], result })).toContain("(no commands)");
  });

  it("shows where the handler stands", () => {
    const many = { count: 30, results: Array(20).fill({ title: "call" }), stack: [] };
    const text = render({
      outcome: "stands",
      ended_from_outside: "[409] killed",
      stand: {
        awaiting: [AWAIT, many],
        would_execute: [{ name: "pay", command_index: 3, at: "src/app.ts:9:1" }],
      },
    });
    expect(text).toContain("stands here after journal entry 1, and there are more\n");
    const all = render({ outcome: "stands", replayed_entries: 3 });
    expect(all).toContain("stands here, with all that is recorded repeated (it is running)\n");
    expect(text).toContain("it was not its handler that ended it: [409] killed\n");
    expect(text).toContain("would execute run 'pay' now (#3 at src/app.ts:9:1)\n");
    expect(text).toContain(`awaits sleep 'nap' (#2, issued at src/app.ts:13:9)
    at outer (src/app.ts:20:3)
    at run (src/app.ts:13:3)
awaits 30 results
    call
`);
    expect(text).toContain("    … 25 more\n");
  });

  it("shows both sides of a divergence", () => {
    const expected = { title: "call a/b", type: "Call", fields: {} };
    const actual = { title: "call a/c", type: "Call", fields: {} };
    const divergence = {
      command_index: 2,
      entry_index: 4,
      expected,
      actual,
      differences: ["handler: 'b' != 'c'"],
      awaiting: [],
      stack: ["run (src/app.ts:14:3)"],
    };
    expect(
      render({ outcome: "diverged", divergence }),
    ).toContain(`parts from the journal at command #2, journal entry 4
  recorded:  call a/b
  this code: call a/c
    handler: 'b' != 'c'
    at run (src/app.ts:14:3)
`);
    const { expected: _none, ...ended } = divergence;
    expect(render({ outcome: "diverged", divergence: ended })).toContain("recorded:  nothing more");
    const { actual: _other, ...waiting } = { ...divergence, awaiting: [AWAIT] };
    const text = render({ outcome: "diverged", divergence: waiting });
    expect(text).toContain("this code: only awaits");
    expect(text).toContain("awaits sleep 'nap'");
  });

  it("shows a failure, and whether it is the recorded one", () => {
    const failure = {
      code: 500,
      message: "oops",
      stack: "Error: oops\n    at x",
      is_recorded: true,
    };
    const text = render({
      outcome: "failed",
      failure: { ...failure, related_command: "#1 'own'" },
    });
    expect(text).toContain(
      "fails, as its last attempt did: [500] oops\nrelated command: #1 'own'\n",
    );
    expect(text).toContain("    at x");
    const other = { ...failure, is_recorded: false };
    expect(render({ outcome: "failed", failure: other })).toContain(
      "not its last recorded failure",
    );
  });

  it("leaves out commands in the middle of many", () => {
    const steps = Array.from({ length: 1000 }, (_, i): StepReport => {
      return { command_index: i + 1, title: "run", type: "Run", match: "recorded" };
    });
    const lines = render({ steps, outcome: "stuck", message: "it hangs" }).split("\n");
    expect(lines).toHaveLength(3 + 201 + 3);
    expect(lines).toContain("  … 800 more; --json has all …");
    expect(lines).toContain("  #1000 run  as recorded");
    expect(lines).toContain("it hangs");
  });

  it("shortens values", () => {
    const result = { kind: "value", is_recorded: true, value: "x".repeat(1000) } as const;
    expect(render({ result }).length).toBeLessThan(800);
    expect(render({ result: { kind: "value", is_recorded: true } })).toContain(": nothing");
    const failed = { kind: "failure", is_recorded: true, code: 409, message: "no" } as const;
    expect(render({ result: failed })).toContain("completes as recorded: failed: [409] no");
  });
});
