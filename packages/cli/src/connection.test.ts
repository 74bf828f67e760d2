import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ConnectionFlags, resolveConnection } from "./connection.ts";
import { loadSettings } from "./contexts/settings.ts";
import { TestTerminal, temporaryDirectory } from "./testing/test-environment.ts";

interface Given {
  readonly variables?: Readonly<Record<string, string>>;
  readonly flags?: ConnectionFlags;
  readonly cwd?: string;
}

async function resolve({ variables = {}, flags = {}, cwd }: Given = {}) {
  const own = cwd ?? (await temporaryDirectory());
  const { environment } = new TestTerminal({ variables, cwd: own });
  return resolveConnection(environment, flags, await loadSettings(environment));
}

const CONFIG = `
[staging]
admin_base_url = "https://admin.staging"
ingress_base_url = "ingress.staging:8080"
bearer_token = "secret"

[half]
admin_base_url = "http://half:9070"
`;

/** A directory with the environments; `current` is the one in use. */
async function configHome(text = CONFIG, current?: string) {
  const home = await temporaryDirectory();
  await writeFile(join(home, "config.toml"), text);
  if (current !== undefined) await writeFile(join(home, "environment"), `${current}\n`);
  return { REJOIN_CLI_CONFIG_HOME: home };
}

describe("where the server is", () => {
  it("is on the local ports by default", async () => {
    expect(await resolve()).toEqual({
      admin: { url: "http://127.0.0.1:9070", source: "default", token: undefined },
      ingress: { url: "http://127.0.0.1:8080", source: "default", token: undefined },
      environment: { name: "local", source: "default" },
    });
  });

  it("is what REJOIN_… says, and RESTATE_… without that", async () => {
    const variables = {
      RESTATE_ADMIN_URL: "http://a:1",
      RESTATE_INGRESS_URL: "http://b:2",
      RESTATE_AUTH_TOKEN: "t",
      REJOIN_INGRESS_URL: "https://c",
      REJOIN_AUTH_TOKEN: "",
    };
    expect(await resolve({ variables })).toMatchObject({
      admin: { url: "http://a:1", source: "RESTATE_ADMIN_URL", token: "t" },
      ingress: { url: "https://c", source: "REJOIN_INGRESS_URL", token: "t" },
    });
  });

  it("is what the flags say above all, http:// left out", async () => {
    const flags = { adminUrl: "host:9070", ingressUrl: "https://x/y" };
    expect(await resolve({ variables: { REJOIN_ADMIN_URL: "http://a:1" }, flags })).toMatchObject({
      admin: { url: "http://host:9070", source: "--admin-url" },
      ingress: { url: "https://x/y" },
    });
  });

  it("is a host with the usual ports", async () => {
    expect(await resolve({ variables: { REJOIN_HOST: "box" } })).toMatchObject({
      admin: { url: "http://box:9070", source: "REJOIN_HOST" },
      ingress: { url: "http://box:8080" },
    });
  });
});

describe("a URL with a password", () => {
  const url = "https://ada:secret@box:9070/x";

  it.each([
    [{ flags: { adminUrl: url } }, "--admin-url"],
    [{ flags: { ingressUrl: "ada:secret@box" } }, "--ingress-url"],
    [{ variables: { REJOIN_ADMIN_URL: url } }, "REJOIN_ADMIN_URL"],
    [{ variables: { RESTATE_HOST: "secret@box" } }, "RESTATE_HOST"],
  ] satisfies [Given, string][])("is refused and not shown, case %#", async (given, source) => {
    const error = await resolve(given).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      exitCode: 2,
      message: `the URL of ${source} has a user or a password in it`,
      hint: expect.stringContaining("REJOIN_AUTH_TOKEN"),
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("of an environment is refused where it is used, and not listed", async () => {
    const variables = await configHome(`[staging]\nadmin_base_url = "${url}"\n`);
    const flags = { environment: "staging" };
    await expect(resolve({ variables, flags })).rejects.toThrow("of environment staging has a");
    const terminal = new TestTerminal({ variables });
    expect(await terminal.run("config", "list-environments")).toBe(0);
    expect(terminal.stdout).toContain("(has a password)");
    expect(await terminal.run("config", "add-environment", "own", "--admin", url)).toBe(2);
    expect(await terminal.run("-e", "staging", "whoami")).toBe(2);
    expect(await terminal.run("deployments", "register", url)).toBe(2);
    expect(terminal.stdout + terminal.stderr).not.toContain("secret");
  });
});

describe("environments", () => {
  it("have URLs and a token of their own", async () => {
    const variables = await configHome();
    expect(await resolve({ variables, flags: { environment: "staging" } })).toEqual({
      admin: { url: "https://admin.staging", source: "environment staging", token: "secret" },
      ingress: {
        url: "http://ingress.staging:8080",
        source: "environment staging",
        token: "secret",
      },
      environment: { name: "staging", source: "--environment" },
    });
  });

  it("give way to variables unless a flag names them, and their token goes nowhere else", async () => {
    const home = await configHome(CONFIG, "staging");
    const variables = { ...home, REJOIN_ADMIN_URL: "http://a:1" };
    expect(await resolve({ variables })).toMatchObject({
      admin: { url: "http://a:1", token: undefined },
      ingress: { url: "http://ingress.staging:8080", token: "secret" },
      environment: { name: "staging", source: "rejoin config use-environment" },
    });
    const asked = await resolve({ variables, flags: { environment: "staging" } });
    expect(asked.admin.url).toBe("https://admin.staging");
  });

  it("are chosen by a variable before the file", async () => {
    const variables = { ...(await configHome(CONFIG, "staging")), REJOIN_ENVIRONMENT: "half" };
    expect(await resolve({ variables })).toMatchObject({
      admin: { url: "http://half:9070" },
      ingress: { url: "http://127.0.0.1:8080", source: "default" },
      environment: { name: "half", source: "REJOIN_ENVIRONMENT" },
    });
  });

  it("that do not exist are named, with those that do", async () => {
    const variables = await configHome();
    await expect(resolve({ variables, flags: { environment: "prod" } })).rejects.toMatchObject({
      message: expect.stringContaining("there is no environment prod in "),
      hint: expect.stringContaining("local, staging, half"),
    });
  });

  it.each([
    ["[x", /Invalid|expected|TOML/i],
    ['[x]\nadmin_url = "y"', /unknown key admin_url; it may have admin_base_url/],
    ["[x]\nadmin_base_url = 7", /must be a text/],
    ["x = 1", /x is no table/],
  ])(
    "in a file that is wrong (%j) are a problem for those who use them only",
    async (text, reason) => {
      const variables = await configHome(text);
      expect((await resolve({ variables })).admin.source).toBe("default");
      await expect(resolve({ variables, flags: { environment: "x" } })).rejects.toThrow(reason);
    },
  );

  it("are read from where XDG_CONFIG_HOME and HOME say", async () => {
    const home = await temporaryDirectory();
    await mkdir(join(home, ".config", "rejoin"), { recursive: true });
    await writeFile(join(home, ".config", "rejoin", "config.toml"), CONFIG);
    const flags = { environment: "half" };
    expect((await resolve({ variables: { HOME: home }, flags })).admin.url).toBe(
      "http://half:9070",
    );
    const xdg = { HOME: "/nowhere", XDG_CONFIG_HOME: join(home, ".config") };
    expect((await resolve({ variables: xdg, flags })).admin.url).toBe("http://half:9070");
  });
});

describe("a .env in the working directory", () => {
  it("says where the server is, below the real variables, and nothing else", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(
      join(cwd, ".env"),
      'REJOIN_ADMIN_URL="http://env:9070"\nREJOIN_INGRESS_URL=http://env:8080\nREJOIN_DATA_DIR=x\n',
    );
    const variables = { REJOIN_INGRESS_URL: "http://real:8080" };
    expect(await resolve({ cwd, variables })).toMatchObject({
      admin: { url: "http://env:9070", source: "REJOIN_ADMIN_URL in .env" },
      ingress: { url: "http://real:8080", source: "REJOIN_INGRESS_URL" },
    });
    const { environment } = new TestTerminal({ cwd });
    expect((await loadSettings(environment)).dotenv).not.toHaveProperty("REJOIN_DATA_DIR");
  });
});
