/** What answers at the URL is no Rejoin server: that is said, whatever it answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { TestTerminal } from "../testing/test-environment.ts";

async function runAgainstStranger(body: string, args: readonly string[]) {
  const type = body.startsWith("<") ? "text/html" : "application/json";
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = { REJOIN_ADMIN_URL: url, REJOIN_INGRESS_URL: url };
  const terminal = new TestTerminal({ variables });
  const code = await terminal.run(...args);
  return { code, stderr: terminal.stderr, url };
}

const BODIES = [
  "<html><body>Welcome</body></html>",
  "{}",
  "[]",
  "null",
  '"ok"',
  '{"message":"hello","status":200,"id":7}',
  '{"services":[{}],"deployments":[{}],"invocations":[{}],"entries":[{}],"objects":[{}],"rules":[1]}',
  '{"services":{},"deployments":7,"invocations":null,"entries":"x","rows":"x","groups":{}}',
];
const COMMANDS = [
  ["services", "list"],
  ["services", "describe", "cart"],
  ["state", "get", "cart", "ada"],
  ["state", "list", "cart"],
  ["deployments", "list"],
  ["deployments", "describe", "dp_1"],
  ["invocations", "list"],
  ["invocations", "describe", "inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz"],
  ["invocations", "summary"],
  ["rules", "list"],
  ["sql", "SELECT 1"],
];

it.each(COMMANDS.map((args) => [args.join(" "), args] as const))(
  "%s names the URL, and is no bug",
  async (_name, args) => {
    for (const body of BODIES) {
      const { code, stderr, url } = await runAgainstStranger(body, args);
      expect({ body, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `what answered at ${url} (status 200) is not the admin API`,
        ),
      });
      expect(stderr).not.toContain("this is a bug");
    }
  },
);
