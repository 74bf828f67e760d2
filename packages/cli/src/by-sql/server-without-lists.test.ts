/** A server of the ecosystem that has no lists of its own. */
import { describe, expect, it } from "vitest";
import { type FakeAdmin, startFakeAdmin } from "../testing/fake-admin.ts";
import { runAgainst } from "../testing/run-against.ts";
import { listStatement, quote } from "./statements.ts";

const ID = "inv_1kGIk6ZnWOcl2Sz1Pg9UM0sauwReGXYWYK";
const ROW = {
  id: ID,
  status: "suspended",
  target: "worker/run",
  target_service_name: "worker",
  target_handler_name: "run",
  invoked_by: "ingress",
  created_at: "2026-11-21T17:37:46.475Z",
  modified_at: "2026-11-21T17:37:46.475Z",
};

/** It answers these rows to each statement in turn. */
async function startOther(...answers: readonly (readonly object[])[]) {
  const admin = await startFakeAdmin();
  const statements: string[] = [];
  const left = [...answers];
  admin.override = ({ method, path, body }) => {
    if (path.startsWith("/query")) {
      statements.push((body as { readonly query: string }).query);
      return { status: 200, body: { rows: left.shift() ?? [] } };
    }
    return method === "GET" ? { status: path.includes("inv_") ? 405 : 404 } : undefined;
  };
  return { admin, statements };
}

const run = (admin: FakeAdmin, ...args: readonly string[]) => runAgainst(admin, args);

describe("a server without lists", () => {
  it("is asked for invocations in SQL", async () => {
    const { admin, statements } = await startOther([ROW, { ...ROW, id: "inv_2" }]);
    const { stdout, stderr } = await run(admin, "inv", "ls", "worker", "--limit", "1");
    expect(stdout).toMatch(/worker\/run +suspended +2026-11-21 17:37:46\n$/);
    expect(stderr).toContain("the newest 1, and there are more");
    expect(statements[0]).toContain(
      "WHERE target_service_name = 'worker' ORDER BY created_at DESC LIMIT 2",
    );
  });

  it("is asked for one, and for its journal", async () => {
    const journal = [
      { index: 0, entry_type: "Command: Input", name: "", raw_length: 9 },
      { index: 1, entry_type: "Command: Run", name: "split" },
    ];
    const { admin } = await startOther([ROW], journal);
    const { stdout } = await run(admin, "inv", "describe", ID);
    expect(stdout).toContain('   ├─ #0 Input\n   ├─ #1 Run "split"\n   └─ suspended\n');
  });

  it("says that there is none", async () => {
    const { admin } = await startOther([]);
    const { code, stderr } = await run(admin, "inv", "describe", ID);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: there is no invocation ${ID}\nhint: `);
  });

  it("gives state in hexadecimal", async () => {
    const value = Buffer.from('"milk"').toString("hex");
    const { admin, statements } = await startOther([{ key: "article", value }]);
    const { stdout } = await run(admin, "state", "get", "cart", "o'hara", "--plain");
    expect(JSON.parse(stdout)).toEqual({ article: "milk" });
    expect(statements[0]).toContain("service_key = 'o''hara'");
  });

  it("says what it does not offer", async () => {
    const { admin } = await startOther();
    const { code, stderr } = await run(admin, "top");
    expect(code).toBe(1);
    expect(stderr).toContain("Others of the ecosystem do not offer this");
    const tree = await run(admin, "inv", "ls", "--root", ID);
    expect(tree).toMatchObject({ code: 1 });
    expect(tree.stderr).toContain("this server cannot list a call tree");
  });
});

describe("filters as SQL", () => {
  it("keep what people write a text", () => {
    expect(quote("it's'; DROP TABLE x; --")).toBe("'it''s''; DROP TABLE x; --'");
    const filter = {
      key: "a' OR '1'='1",
      status: "paused,running",
      error: "Can't",
      created_after: 0,
    };
    const statement = listStatement({ filter, order: "oldest", limit: 5 });
    expect(statement).toContain("target_service_key = 'a'' OR ''1''=''1'");
    expect(statement).toContain("status IN ('paused', 'running')");
    expect(statement).toContain("strpos(lower(coalesce(last_failure, '')), 'can''t') > 0");
    expect(statement).toContain("created_at >= to_timestamp('1970-01-01T00:00:00.000Z')");
    expect(statement).toMatch(/ORDER BY created_at ASC LIMIT 5$/);
  });

  it.each([
    ["worker", "target_service_name = 'worker' ORDER"],
    ["cart/ada", "AND (target = 'cart/ada' OR starts_with(target, 'cart/ada/'))"],
  ])("take the target %s by whole components", (target, part) => {
    expect(listStatement({ filter: { target }, order: "newest", limit: 1 })).toContain(part);
  });
});
