/** A server on sockets of its own, and what it shows of itself. Ends with the test. */
import { onTestFinished } from "vitest";
import { type RunningServer, type StartOptions, start } from "../../start.ts";
import { type ParsedMetric, parseExposition } from "./parse-exposition.ts";

type Labels = Readonly<Record<string, string>>;

export interface ObservedServer extends RunningServer {
  /** Calls a handler. */
  invoke(path: string, body?: unknown, headers?: Labels): Promise<Response>;
  scrape(): Promise<Scrape>;
}

export interface Scrape {
  readonly metrics: ReadonlyMap<string, ParsedMetric>;
  /** The sum of the samples of this name that have these labels. */
  value(name: string, labels?: Labels): number;
}

const quiet = () => undefined;

export async function startObserved(options: Partial<StartOptions> = {}): Promise<ObservedServer> {
  const server = await start({
    services: [],
    log: quiet,
    logger: quiet,
    drainTimeoutMs: 1,
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= server.close();
    return closed;
  };
  onTestFinished(close);
  return {
    ...server,
    close,
    invoke: (path, body, headers = {}) =>
      fetch(server.ingressUrl + path, {
        method: "POST",
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    scrape: async () => readScrape(await (await fetch(`${server.adminUrl}/metrics`)).text()),
  };
}

function readScrape(text: string): Scrape {
  const metrics = parseExposition(text);
  return {
    metrics,
    value: (name, labels = {}) => {
      const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ""));
      const found = (metric?.samples ?? []).filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}
