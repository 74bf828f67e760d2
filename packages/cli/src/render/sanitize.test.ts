import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { invocation } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";
import { sanitize } from "./sanitize.ts";

const HOSTILE = "a\u001b]0;title\u0007b\u001b[2Jc\rd\u009b5n\u0000e";

describe("control characters of others", () => {
  it("are left out, colours, tabs and lines are not", () => {
    expect(sanitize(HOSTILE)).toBe("a]0;titleb[2Jcd5ne");
    expect(sanitize("\u001b[31mred\u001b[39m\tx\n")).toBe("\u001b[31mred\u001b[39m\tx\n");
  });

  it("do not reach a terminal", async () => {
    const admin = await startFakeAdmin();
    admin.invocations = [
      invocation({ status: "completed", completion_failure: `[500] ${HOSTILE}` }),
    ];
    const shown = await runAgainst(admin, ["inv", "ls"], {
      isTerminal: true,
      variables: { NO_COLOR: "1" },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    expect(shown.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(shown.stdout).toContain("titleb");
    admin.override = () => ({ status: 400, body: { message: HOSTILE } });
    const failed = await runAgainst(admin, ["inv", "ls"], {
      isTerminal: true,
      variables: { NO_COLOR: "1" },
    });
    expect(failed.stderr).toBe("error: a]0;titleb[2Jcd5ne\n");
  });
});
