/** The commands against the real server: what they send is what it takes. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shareServer } from "../testing/real-server.ts";
import { temporaryDirectory } from "../testing/test-environment.ts";

const server = shareServer();

describe("call", () => {
  it("prints the result, whatever the way the body comes", async () => {
    expect(await server.text("call", "cart/a/add", '"milk"')).toBe("1");
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "article.json"), '"tea"');
    const fromFile = server.terminal({ cwd });
    expect(await fromFile.run("call", "cart/a/add", "@article.json")).toBe(0);
    expect(fromFile.stdout).toBe("2\n");
    const fromInput = server.terminal({ input: '"rice"' });
    expect(await fromInput.run("call", "cart/add", "-", "--key", "a")).toBe(0);
    expect(fromInput.stdout).toBe("3\n");
  });

  it("exits with 5 when the invocation fails, and says why", async () => {
    const result = await server.run("call", "worker/subtask", "7", "--json");
    expect(result.code).toBe(5);
    expect(JSON.parse(result.stdout)).toMatchObject({
      invocation_id: expect.stringMatching(/^inv_/),
      status: "failed",
      failure: { code: 404, message: "no such article" },
    });
    expect(result.stderr).toMatch(/^error: inv_\S+ has failed: \[404\] no such article\nhint: /);
  });

  it("takes a key with slashes, and a workflow that has run already", async () => {
    expect(await server.text("call", "cart/x/y/add", '"a"')).toBe("1");
    expect(await server.text("state", "get", "cart", "x/y", "--plain")).toContain("articles");
    expect(await server.text("call", "order/o1/run", "4")).toBe("5");
    const again = await server.run("call", "order/o1/run", "9");
    expect(again).toMatchObject({ code: 0, stdout: "5\n" });
    expect(again.stderr).toMatch(/^inv_\S+ had been called before/);
  });

  it("is stopped by Ctrl-C, the invocation is not", async () => {
    const terminal = server.terminal({ isTerminal: true });
    const called = terminal.run("call", "cart/stopped/wait");
    const [id] = await terminal.find(/inv_\w+/);
    terminal.signal("SIGINT");
    expect(await called).toBe(6);
    expect(terminal.stderr).toContain(`stopped waiting for ${id}, which goes on`);
    await server.run("inv", "kill", id ?? "", "--yes");
    expect(await server.run("inv", "attach", id ?? "")).toMatchObject({ code: 5 });
  });

  it.each([
    [["worker"], 'error: "worker" names no handler'],
    [["cart//add"], "names no handler"],
    [["worker/run", "{"], "the body is no JSON"],
    [["worker/run", "@nowhere"], "cannot be read"],
    [["worker/run", "-"], "stdin, which is a terminal"],
    [["cart/a/add", "1", "--key", "b"], "the key is given twice"],
  ])("refuses %j", async (args, message) => {
    const result = await server.run("call", ...args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(message);
  });
});

describe("send", () => {
  it("gives the same invocation for the same idempotency key", async () => {
    const args = ["send", "worker/subtask", "1", "--idempotency-key", "k1", "--json"];
    const first = JSON.parse((await server.run(...args)).stdout);
    const second = JSON.parse((await server.run(...args)).stdout);
    expect([first.status, second.status]).toEqual(["Accepted", "PreviouslyAccepted"]);
    expect(second.invocation_id).toBe(first.invocation_id);
    expect(await server.text("inv", "attach", first.invocation_id)).toBe("1");
  });

  it("waits for its time", async () => {
    const sent = await server.json("send", "worker/subtask", "2", "--delay", "1h");
    expect(Date.parse(sent.execution_time)).toBeGreaterThan(Date.now());
    const list = await server.text("inv", "ls", "worker/subtask", "--status", "scheduled");
    expect(list).toContain(sent.invocation_id);
    const output = await server.run("inv", "output", sent.invocation_id);
    expect(output).toMatchObject({ code: 6, stdout: "" });
    expect(await server.json("inv", "cancel", "worker/subtask", "--yes")).toEqual({
      operation: "cancel",
      succeeded: [sent.invocation_id],
      failed: [],
    });
  });
});

describe("awakeables", () => {
  const waiting = async (key: string) => {
    const id = await server.text("send", `cart/${key}/wait`);
    let awakeable: string | undefined;
    while (awakeable === undefined) {
      awakeable = JSON.parse(await server.text("state", "get", "cart", key, "--plain")).awakeable;
    }
    return { id, awakeable };
  };

  it("are resolved and rejected", async () => {
    const first = await waiting("w1");
    await server.text("awakeables", "resolve", first.awakeable, '"yes"');
    expect(await server.text("inv", "attach", first.id)).toBe('"yes"');
    const second = await waiting("w2");
    await server.text("awakeables", "reject", second.awakeable, "out of stock");
    const { code, stderr } = await server.run("inv", "attach", second.id);
    expect(code).toBe(5);
    expect(stderr).toContain("out of stock");
  });

  it("are not what is not one", async () => {
    const { code, stderr } = await server.run("awakeables", "resolve", "nonsense");
    expect(code).toBe(1);
    expect(stderr).toContain("bad awakeable id");
  });
});

describe("state", () => {
  it("is listed, shown, patched, edited and cleared", async () => {
    await server.text("call", "cart/s1/add", '"milk"');
    expect(await server.text("state", "list", "cart", "--prefix", "s1")).toMatch(
      /^s1 +1 +8 bytes/m,
    );
    expect(await server.text("state", "get", "cart", "s1")).toMatch(
      /^articles +8 bytes +\["milk"\]$/m,
    );
    const patch = [{ op: "add", path: "/articles/-", value: "tea" }];
    const patched = await server.json(
      "state",
      "patch",
      "cart",
      "s1",
      "-p",
      JSON.stringify(patch),
      "--yes",
    );
    expect(patched).toMatchObject({ outcome: "submitted", changed: ["articles"], added: [] });

    const editor = server.terminal({
      answer: true,
      variables: { VISUAL: "my-editor --wait" },
      edit: (text) => text.replace('"milk"', '"rice"').replace("{", '{ "note": 1,'),
    });
    expect(await editor.run("state", "edit", "cart", "s1"), editor.stderr).toBe(0);
    expect(editor.edits).toEqual(["my-editor --wait"]);
    expect(JSON.parse(await server.text("state", "get", "cart", "s1", "--plain"))).toEqual({
      articles: ["rice", "tea"],
      note: 1,
    });
    expect(await server.text("call", "cart/s1/add", '"salt"')).toBe("3");

    await server.text("state", "clear", "cart/s1", "--yes");
    expect(await server.text("state", "get", "cart", "s1", "--plain")).toBe("{}");
  });

  it.each([".", ".."])("belongs to the key %j too, which no URL can hold", async (key) => {
    const patch = '[{"op": "add", "path": "/note", "value": 7}]';
    const before = ["state", "patch", "cart", key, "-p", patch, "--yes", "--json"];
    expect(await server.json(...before)).toMatchObject({ outcome: "submitted", added: ["note"] });
    await expect
      .poll(() => server.json("state", "get", "cart", key, "--plain"))
      .toEqual({ note: 7 });
    const { code, stderr } = await server.run("call", `cart/${key}/add`, '"salt"');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be written into a URL"),
    });
    expect(await server.json("state", "clear", "cart", key, "--yes", "--json")).toMatchObject({
      cleared: [{ key }],
    });
  });

  it("is cleared for all objects, and left alone on a no", async () => {
    await server.text("call", "cart/all1/add", '"a"');
    const declined = server.terminal({ answer: false });
    expect(await declined.run("state", "clear", "cart", "--all")).toBe(3);
    const { cleared, failed } = await server.json("state", "clear", "cart", "--all", "--yes");
    expect(failed).toEqual([]);
    expect(cleared).toContainEqual({ service: "cart", key: "all1" });
    expect(await server.text("state", "list", "cart", "--prefix", "all1")).not.toContain("all1 ");
  });

  it.each([
    [["-p", "nope"], 2, "the patch is no JSON"],
    [["-p", "{}"], 2, "no JSON patch"],
    [["-p", '[{"op":"test","path":"/x","value":1}]'], 1, "step 0 of the patch (test /x)"],
    [["-p", '[{"op":"add","path":"/__proto__/x","value":1}]'], 2, "does not reach __proto__"],
    [["-p", '[{"op":"move","path":"/x","from":"/a/constructor"}]'], 2, "reach constructor"],
    [["-p", '[{"op":"remove","path":"/x"}]'], 1, "step 0 of the patch (remove /x)"],
  ])("is not changed by %j", async (args, code, message) => {
    const result = await server.run("state", "patch", "cart", "s9", ...args, "--yes");
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });
});

describe("rules", () => {
  it("are made, changed, switched and deleted, and asked about", async () => {
    const rule = await server.json(
      "rules",
      "set",
      "tenants/*",
      "--concurrency",
      "5",
      "--description",
      "each",
      "--yes",
    );
    expect(rule).toMatchObject({
      pattern: "tenants/*",
      limits: { concurrency: 5 },
      disabled: false,
    });
    expect(await server.json("rules", "disable", "tenants/*", "--yes")).toMatchObject({
      disabled: true,
      description: "each",
      limits: { concurrency: 5 },
    });
    await server.text("rules", "enable", "tenants/*", "--yes");
    await server.text("rules", "set", "tenants/*", "--unlimited", "--yes");
    expect(await server.text("rules", "list")).toMatch(
      /^tenants\/\* +unlimited +in force +4 .* each$/m,
    );
    const declined = server.terminal({ answer: false });
    expect(await declined.run("rules", "delete", "tenants/*")).toBe(3);
    expect(await server.json("rules", "delete", "tenants/*", "--yes")).toEqual({
      removed: ["tenants/*"],
    });
    expect(await server.run("rules", "enable", "tenants/*", "--yes")).toMatchObject({ code: 1 });
    expect(await server.run("rules", "set", "a")).toMatchObject({ code: 2 });
  });
});

describe("services", () => {
  it("show and change what is set on them", async () => {
    const before = await server.text("services", "config", "view", "order");
    expect(before).toMatch(/^journal_retention +1d +how long the journal/m);
    const args = ["--journal-retention", "2d", "--concurrency-limit", "4", "--yes"];
    expect(await server.json("services", "config", "patch", "order", ...args)).toMatchObject({
      journal_retention: "2d",
      concurrency_limit: 4,
    });
    const editor = server.terminal({
      answer: true,
      edit: (text) => text.replace("2d", "3d").replace(/^concurrency_limit.*$/m, ""),
    });
    expect(await editor.run("services", "config", "edit", "order"), editor.stderr).toBe(0);
    const after = await server.json("services", "config", "view", "order");
    expect(after.journal_retention).toBe("3d");
    expect(after.concurrency_limit).toBeUndefined();
  });

  it("refuse what makes no sense before anything is sent", async () => {
    const nothing = await server.run("services", "config", "patch", "order", "--yes");
    expect(nothing).toMatchObject({ code: 2 });
    const wrong = server.terminal({ answer: false, edit: (text) => `nonsense = 1\n${text}` });
    expect(await wrong.run("services", "config", "edit", "order")).toBe(1);
    expect(wrong.stderr).toContain("there is no setting nonsense; there are public, ");
  });

  it("say how they are doing", async () => {
    const id = await server.text("send", "cart/busy/wait");
    await server.until(["services", "status", "cart"], ({ keys }) => keys.length > 0);
    await server.text("send", "cart/busy/add", '"x"');
    await server.until(["services", "status", "cart"], ({ keys }) => keys[0]?.inbox_length === 1);
    const text = await server.text("services", "status", "cart");
    expect(text).toMatch(/^cart\/add +0 +1 +0/m);
    expect(text).toMatch(new RegExp(`^  busy +1 +${id}$`, "m"));
    expect(await server.text("services", "status")).toContain("worker/subtask");
    await server.text("inv", "kill", "cart/busy", "--yes");
  });
});

describe("sql", () => {
  it("prints tables, documents and lines", async () => {
    await server.text("call", "worker/subtask", "5");
    const statement =
      "select target_service_name as service, count(*) as n from sys_invocation where target_service_name = 'worker' group by 1;";
    const { stdout, stderr } = await server.run("sql", statement);
    expect(stdout).toMatch(/^service +n\nworker +\d+\n$/);
    expect(stderr).toMatch(/^1 row in /);
    expect((await server.json("sql", statement)).rows).toEqual([
      { service: "worker", n: expect.any(Number) },
    ]);
    expect(JSON.parse(await server.text("sql", statement, "--jsonl"))).toMatchObject({
      service: "worker",
    });
  });

  it("says what is wrong with a statement", async () => {
    const { code, stdout, stderr } = await server.run("sql", "select nothing from nowhere");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("nowhere");
  });
});

describe("top", () => {
  it("is printed once where there is no terminal", async () => {
    await server.text("call", "worker/subtask", "5");
    const text = await server.text("top");
    expect(text).toMatch(/^rejoin http:\/\/\S+ {2}1 deployment, \d+ invocations$/m);
    expect(text).toMatch(/^worker( +\d+){9}$/m);
    const { overview } = await server.json("top");
    expect(overview.invocations.by_service.length).toBeGreaterThan(0);
  });
});

describe("invocations", () => {
  it("are described with what they carry", async () => {
    const id = (await server.json("call", "cart/p1/add", '"milk"')).invocation_id;
    const text = await server.text("inv", "describe", id, "--payloads");
    expect(text).toContain('Input (6 bytes)\n   │    "milk"');
    const { journal } = await server.json("inv", "describe", id, "--payloads");
    expect(journal[0]).toMatchObject({ entry_type: "Command: Input", value: "milk" });
  });

  it("are paused, resumed, restarted from a place and purged", async () => {
    const id = await server.text("send", "cart/op1/wait");
    await server.until(
      ["inv", "describe", id],
      ({ status }) => status === "suspended" || status === "running",
    );
    expect(await server.json("inv", "pause", id, "--yes")).toMatchObject({ succeeded: [id] });
    await server.until(["inv", "describe", id], ({ status }) => status !== "running");
    await server.text("inv", "resume", id, "--yes");
    await server.text("inv", "kill", id, "--yes");
    const again = await server.json("inv", "restart", id, "--from", "0", "--yes");
    const restarted = again.succeeded[0].new_invocation_id;
    await server.text("inv", "kill", restarted, "--yes");
    expect(await server.json("inv", "purge", id, "--yes")).toMatchObject({ succeeded: [id] });
    const gone = await server.run("inv", "describe", id);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("hint: a completed invocation is gone after its retention");
  });

  it("are taken from stdin, and those that fail are told from the others", async () => {
    const done = (await server.json("call", "worker/subtask", "3")).invocation_id;
    const waiting = await server.text("send", "worker/subtask", "4", "--delay", "1h");
    const terminal = server.terminal({ input: `${done}\n${waiting}\n` });
    expect(await terminal.run("inv", "cancel", "-", "--yes", "--json")).toBe(4);
    const { succeeded, failed } = JSON.parse(terminal.stdout);
    expect(succeeded).toEqual([waiting]);
    expect(failed).toEqual([{ invocation_id: done, error: expect.any(String) }]);
    expect(terminal.stderr).toContain("cannot cancel 1 of 2 invocations");
  });
});

describe("config", () => {
  it("keeps servers by name, for this person only", async () => {
    const home = await temporaryDirectory();
    const variables = {
      REJOIN_CLI_CONFIG_HOME: home,
      REJOIN_ADMIN_URL: "",
      REJOIN_INGRESS_URL: "",
    };
    const run = async (...args: readonly string[]) => {
      const terminal = server.terminal({ variables });
      return { code: await terminal.run(...args), ...terminal, stdout: terminal.stdout };
    };
    const { REJOIN_ADMIN_URL: admin = "" } = server.terminal().environment.variables;
    expect(
      (await run("config", "add-environment", "here", "--admin", admin, "--token", "t", "--use"))
        .code,
    ).toBe(0);
    expect((await run("config", "add-environment", "here", "--admin", admin)).code).toBe(1);
    expect((await run("status")).stdout).toMatch(
      /^environment +here \(rejoin config use-environment\)$/m,
    );
    expect((await run("config", "list-environments")).stdout).toMatch(/^\* +here +http.* +set$/m);
    expect((await run("config", "use-environment", "nope")).code).toBe(1);
    expect((await run("-e", "nope", "status")).code).toBe(1);
    expect(await readFile(join(home, "config.toml"), "utf8")).toContain('bearer_token = "t"');
    const editor = server.terminal({
      variables,
      answer: true,
      edit: () => "[other]\nadmin_base_url = 'x:1'\n",
    });
    expect(await editor.run("config", "edit")).toBe(0);
    expect((await run("config", "view", "-e", "other", "--json")).stdout).toContain("http://x:1");
  });
});
