import type { InvocationDetails, JournalEntryResource } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { type FakeAdmin, startFakeAdmin } from "../testing/fake-admin.ts";
import { invocation } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";

async function startAdmin(...invocations: readonly InvocationDetails[]): Promise<FakeAdmin> {
  const admin = await startFakeAdmin();
  admin.invocations = [...invocations];
  return admin;
}

const at = (time: string) => `2026-11-21T${time}.000000000Z`;

describe("invocations list", () => {
  it("prints a table with what is wrong", async () => {
    const admin = await startAdmin(
      invocation({ id: "inv_6", status: "running" }),
      invocation({
        id: "inv_5",
        status: "backing-off",
        retry_count: 2,
        last_failure: `[500 Internal] ${"no ".repeat(40)}\nat x.ts:1`,
      }),
      invocation({ id: "inv_4", status: "paused", retry_count: 1, last_failure: "[500] gone" }),
      invocation({ id: "inv_3", status: "scheduled", scheduled_start_at: at("18:00:00") }),
      invocation({ id: "inv_2", status: "completed", completion_failure: "[409] killed" }),
      invocation({ id: "inv_1", status: "completed", retry_count: 3, last_failure: "[500] x" }),
    );
    const { code, stdout, stderr } = await runAgainst(admin, ["invocations", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "ID     TARGET         STATUS       CREATED              NOTE",
      "inv_6  greeter/greet  running      2026-11-21 17:37:46",
      expect.stringMatching(/^inv_5 .* backing-off .* 2 attempts failed: \[500 Internal\] no .*…$/),
      "inv_4  greeter/greet  paused       2026-11-21 17:37:46  1 attempt failed: [500] gone",
      "inv_3  greeter/greet  scheduled    2026-11-21 17:37:46  starts 2026-11-21 18:00:00",
      "inv_2  greeter/greet  completed    2026-11-21 17:37:46  failed: [409] killed",
      "inv_1  greeter/greet  completed    2026-11-21 17:37:46",
      "",
    ]);
  });

  it("passes the filters on", async () => {
    const admin = await startAdmin();
    const filters = ["--status", "paused,running", "--service", "a", "--limit", "7"];
    const result = await runAgainst(admin, ["inv", "ls", ...filters]);
    expect(result).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "there are no such invocations\n",
    });
    expect(admin.requests[0]?.path).toBe("/invocations?status=paused%2Crunning&service=a&limit=7");
  });

  it("goes on to the next page, up to the limit", async () => {
    const admin = await startAdmin();
    const pages = [
      { invocations: [invocation({ id: "inv_3" })], next: "inv_3" },
      { invocations: [], next: "inv_2" },
      { invocations: [invocation({ id: "inv_1" })], next: "inv_1" },
    ];
    admin.override = () => ({ status: 200, body: pages.shift() });
    const result = await runAgainst(admin, ["inv", "ls", "--limit", "2", "--json"]);
    const ids = JSON.parse(result.stdout).invocations.map((own: InvocationDetails) => own.id);
    expect(ids).toEqual(["inv_3", "inv_1"]);
    expect(result.stderr).toBe("the newest 2, and there are more: see --limit\n");
  });

  it.each(["0", "-1", "x", "1.5"])("refuses --limit %s", async (limit) => {
    const result = await runAgainst(await startAdmin(), ["inv", "ls", "--limit", limit]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("whole number");
  });
});

const command = (index: number, type: string, own: Partial<JournalEntryResource> = {}) => ({
  index,
  entry_type: `Command: ${type}`,
  ...own,
});
const notification = (index: number, type: string, own: Partial<JournalEntryResource> = {}) => ({
  index,
  entry_type: `Notification: ${type}`,
  ...own,
});

const busy = invocation({
  status: "suspended",
  target: "worker/run",
  retry_count: 1,
  last_failure: "[500 Internal] no luck",
  last_failure_error_code: "RT0007",
  last_failure_related_command_index: 1,
  last_failure_related_command_type: "Run",
  last_failure_related_command_name: "split",
  children: { started: 2, succeeded: 1, failed: 0 },
  pinned_deployment_id: "dp_1",
  awaiting_on: {
    combinator: "all_completed",
    completions: { count: 2, first: [5, 6] },
    signals: { count: 0, first: [] },
    signal_names: ["go"],
    nested: [],
  },
  journal: [
    command(0, "Input", { value_length: 42 }),
    command(1, "Run", { name: "split", completion_id: 1 }),
    notification(2, "Run", { completion_id: 1, result: { kind: "success", length: 7 } }),
    command(3, "Call", {
      target: "worker/runSubtask",
      invocation_id_completion_id: 2,
      completion_id: 3,
      value_length: 3,
    }),
    notification(4, "CallInvocationId", {
      completion_id: 2,
      result: { kind: "invocation_id", invocation_id: "inv_child" },
    }),
    command(5, "Sleep", { sleep_wakeup_at: at("20:00:00"), completion_id: 4 }),
    notification(6, "Signal", { signal_name: "go", result: { kind: "void" } }),
    command(7, "SetState", { state_key: "count", value_length: 1 }),
    command(8, "Call", { target: "a/k/b", completion_id: 5 }),
    notification(9, "Call", {
      completion_id: 5,
      result: { kind: "failure", code: 409, message: "taken\nat x" },
    }),
    command(10, "GetLazyStateKeys", { completion_id: 6 }),
    notification(11, "GetLazyStateKeys", {
      completion_id: 6,
      result: { kind: "state_keys", count: 3 },
    }),
  ],
});

describe("invocations describe", () => {
  it("says where a journal is damaged, and why", async () => {
    const damage = "entry 12 of its journal is missing";
    const admin = await startAdmin(invocation({ ...busy, journal_damage: damage }));
    const { stdout } = await runAgainst(admin, ["inv", "describe", "inv_1"]);
    expect(stdout).toContain(`\nthe journal is damaged: ${damage}\n`);
  });

  it("shows the journal as a tree, each command with its outcome", async () => {
    const { stdout } = await runAgainst(await startAdmin(busy), ["inv", "describe", "inv_1"]);
    expect(stdout.slice(stdout.indexOf("[ingress]"))).toBe(
      [
        "[ingress]",
        "└─ worker/run",
        "   ├─ #0 Input (42 bytes)",
        '   ├─ #1 Run "split" → 7 bytes',
        "   ├─ #3 Call worker/runSubtask (3 bytes) inv_child → waiting",
        "   ├─ #5 Sleep until 2026-11-21 20:00:00 → waiting",
        "   ├─ #6 Signal go → done",
        "   ├─ #7 SetState count (1 byte)",
        "   ├─ #8 Call a/k/b → failed: [409] taken",
        "   ├─ #10 GetLazyStateKeys → 3 keys",
        "   └─ suspended",
        "",
      ].join("\n"),
    );
  });

  it("says why it does not get on", async () => {
    const { stdout } = await runAgainst(await startAdmin(busy), ["inv", "describe", "inv_1"]);
    expect(stdout).toMatch(/^status {2,}suspended, 1 failed so far$/m);
    expect(stdout).toMatch(/^waits for {2,}all completed of 2 results, signal "go"$/m);
    expect(stdout).toMatch(/^last failure {2,}\[500 Internal\] no luck \(RT0007\)$/m);
    expect(stdout).toMatch(/^related command {2,}command 1 Run split$/m);
    expect(stdout).toMatch(/^children {2,}2 started, 1 succeeded, 0 failed$/m);
  });

  it("says when it is tried again, and how old it is", async () => {
    const admin = await startAdmin(
      invocation({ status: "backing-off", retry_count: 3, next_retry_at: at("17:38:00") }),
    );
    const overrides = { now: () => Date.parse("2026-11-21T17:37:56.475Z") };
    const { stdout } = await runAgainst(admin, ["inv", "get", "inv_1"], { overrides });
    expect(stdout).toMatch(/^status {2,}backing-off, 3 failed so far, next attempt in 3 s$/m);
    expect(stdout).toMatch(/^created {2,}2026-11-21 17:37:46 \(10 s ago\)$/m);
  });

  it("shows how a completed one ended, and who called it", async () => {
    const failed = invocation({
      status: "completed",
      completion_result: "failure",
      completion_failure: "[409] taken",
      invoked_by: "service",
      invoked_by_id: "inv_parent",
    });
    const { stdout } = await runAgainst(await startAdmin(failed), ["inv", "get", "inv_1"]);
    expect(stdout).toMatch(/^status {2,}completed, failed: \[409\] taken$/m);
    expect(stdout).toContain("\ninv_parent\n└─ greeter/greet\n");
  });

  it("tells of failed attempts and pauses, which the journal does not", async () => {
    const event = (attempt: number, own: object) => ({
      event_type: "TransientError" as const,
      appended_at: at("18:00:00"),
      after_journal_entry_index: 3,
      attempt,
      error_code: 500,
      error_message: "no luck\nat x.ts:1",
      ...own,
    });
    const paused = invocation({
      status: "paused",
      events: [event(1, {}), event(2, { event_type: "Paused", error_message: undefined })],
    });
    const { stdout } = await runAgainst(await startAdmin(paused), ["inv", "get", "inv_1"]);
    expect(stdout.slice(stdout.indexOf("events"))).toBe(
      [
        "events",
        "  AT                   WHAT    ATTEMPT  AFTER ENTRY  WHY",
        "  2026-11-21 18:00:00  failed  1        3            [500] no luck",
        "  2026-11-21 18:00:00  paused  2        3",
        "",
      ].join("\n"),
    );
  });

  it("pages through the journal, up to --entries", async () => {
    const admin = await startAdmin();
    const pages = [
      { ...busy, journal: busy.journal.slice(0, 2), journal_next: 2 },
      { ...busy, journal: busy.journal.slice(2, 4), journal_next: 4 },
    ];
    admin.override = () => ({ status: 200, body: pages.shift() });
    const result = await runAgainst(admin, ["inv", "get", "inv_1", "--entries", "4", "--json"]);
    expect(JSON.parse(result.stdout).journal).toEqual(busy.journal.slice(0, 4));
    expect(result.stderr).toBe("the first 4 entries, and there are more: see --entries\n");
  });

  it("fails for an id that there is not", async () => {
    const result = await runAgainst(await startAdmin(), ["inv", "get", "inv_9"]);
    expect(result).toMatchObject({ code: 1, stdout: "" });
  });
});
