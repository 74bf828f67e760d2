/** What the documentation and the dashboard say there is, beside what a server shows. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, service } from "@rejoin/sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { startCollector } from "./testing/collector.ts";
import { type Scrape, startObserved } from "./testing/observed-server.ts";

const DOCS = fileURLToPath(new URL("../../../../docs/", import.meta.url));
const PATIENCE = { timeout: 15_000 };

const stumbler = service({
  name: "stumbler",
  handlers: {
    run: async (ctx: Context): Promise<void> => {
      await ctx.sleep(3_600_000);
    },
    fail: async (): Promise<never> => {
      throw new Error("oops");
    },
    echo: async (_ctx: Context, n: number): Promise<number> => n,
  },
});

/** Of a server to which everything has happened that is measured. */
async function scrapeAll(): Promise<Scrape> {
  const dataDir = await mkdtemp(join(tmpdir(), "rejoin-dashboard-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const collector = await startCollector();
  const services = [stumbler];
  const server = await startObserved({
    services,
    dataDir,
    tracing: { endpoint: collector.url },
  });
  await server.invoke("/stumbler/echo", 1);
  await server.invoke("/stumbler/run/send");
  await server.invoke("/stumbler/fail/send");
  const failed = async () => (await server.scrape()).value("rejoin_invoker_attempt_failures_total");
  await expect.poll(failed, PATIENCE).toBeGreaterThan(0);
  // Garbage is collected sooner or later.
  const collected = async () => {
    Array.from({ length: 200_000 }, (_, i) => ({ i }));
    return (await server.scrape()).value("nodejs_gc_duration_seconds_count");
  };
  await expect.poll(collected, PATIENCE).toBeGreaterThan(0);
  return await server.scrape();
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}

async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(join(DOCS, "grafana/rejoin.json"), "utf8")) as Dashboard;
}

const SAMPLE = /\b((?:rejoin|restate|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g;
const MATCHER = /([a-z_]+)\s*(?:=~|=|!=|!~)\s*"/g;

describe("the dashboard", () => {
  it("asks for nothing that a server does not show", async () => {
    const [dashboard, { metrics }] = await Promise.all([readDashboard(), scrapeAll()]);
    const samples = [...metrics.values()].flatMap((metric) => metric.samples);
    const names = new Set(samples.map(({ name }) => name));
    const labelsOf = (name: string) =>
      new Set(samples.filter((one) => one.name === name).flatMap((one) => Object.keys(one.labels)));
    let asked = 0;
    for (const { title, targets = [] } of dashboard.panels) {
      for (const { expr } of targets) {
        const found = [...expr.matchAll(SAMPLE)];
        expect(found.length, `${title}: ${expr}`).toBeGreaterThan(0);
        for (const [, name = "", matchers = ""] of found) {
          asked += 1;
          expect(names, `${title}: ${expr}`).toContain(name);
          // Prometheus itself adds where a sample comes from.
          const labels = [...matchers.matchAll(MATCHER)].map(([, label = ""]) => label);
          for (const label of labels.filter((one) => one !== "instance")) {
            expect(labelsOf(name), `${title}: ${expr}`).toContain(label);
          }
        }
        for (const [, by = ""] of expr.matchAll(/ by \(([^)]*)\)/g)) {
          for (const label of by.split(",").map((one) => one.trim())) {
            const known = found.some(([, name = ""]) => labelsOf(name).has(label));
            expect(known || label === "instance", `${title}: ${label} in ${expr}`).toBe(true);
          }
        }
      }
    }
    expect(asked).toBeGreaterThan(40);
    for (const { query } of dashboard.templating.list) {
      const [, name] = /label_values\((\w+),/.exec(JSON.stringify(query)) ?? [];
      if (name !== undefined) expect(names).toContain(name);
    }
  });

  it("has a panel of its own for each thing", async () => {
    const { panels } = await readDashboard();
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the documentation", () => {
  it("names every metric, with its type, and no other", async () => {
    const text = await readFile(join(DOCS, "observability.md"), "utf8");
    const { metrics } = await scrapeAll();
    const rows = [...text.matchAll(/^\| `(rejoin_\w+)` \| (\w+) \|([^|]*)\|/gm)];
    const documented = new Map(rows.map(([, name = "", type = ""]) => [name, type]));
    const own = [...metrics.values()].filter(({ name }) => name.startsWith("rejoin_"));
    expect(documented).toEqual(new Map(own.map(({ name, type }) => [name, type])));
    for (const [, name = "", , list = ""] of rows) {
      const labels = list
        .split(",")
        .map((label) => label.trim())
        .filter((label) => label !== "");
      const shown = (metrics.get(name)?.samples ?? []).flatMap((one) => Object.keys(one.labels));
      expect(new Set(shown.filter((label) => label !== "le")), name).toEqual(new Set(labels));
    }
    const others = [...text.matchAll(/`((?:restate|process|nodejs)_[a-z0-9_]+)`/g)];
    const mentioned = new Set(others.map(([, name = ""]) => name));
    const foreign = [...metrics.keys()].filter((name) => !name.startsWith("rejoin_"));
    expect([...mentioned].filter((name) => metrics.has(name)).sort()).toEqual(foreign.sort());
  });
});
