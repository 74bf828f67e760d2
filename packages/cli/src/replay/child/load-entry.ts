/** Loads a program of the user without letting it serve, and finds the services that it has. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { Server } from "node:net";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CapturedEndpoint, createReplay } from "@rejoin/sdk";
import { CliError } from "../../cli-error.ts";

type Options = CapturedEndpoint["options"];
type CreateReplay = typeof createReplay;

/** An endpoint of the program, or what it would be. */
export interface LoadedEndpoint {
  readonly options: Options;
  readonly createReplay: CreateReplay;
}

const CAPTURE = Symbol.for("@rejoin/sdk/capture");
const DEFINITION = Symbol.for("@rejoin/sdk/definition");
const SDK = "@rejoin/sdk";
const globals = globalThis as unknown as Record<symbol, unknown>;

/** Keeps programs of this process from serving, and takes what they would serve. */
export class HeldBack {
  readonly #captured: CapturedEndpoint[] = [];
  readonly #listenAgain = pretendToListen();
  #onCaptured: () => void = () => undefined;

  constructor() {
    globals[CAPTURE] = (endpoint: CapturedEndpoint) => {
      this.#captured.push(endpoint);
      this.#onCaptured();
    };
  }

  get names(): readonly string[] {
    return this.#captured.flatMap(({ options }) => names(options.services));
  }

  find(service: string): LoadedEndpoint | undefined {
    return this.#captured.find(({ options }) => names(options.services).includes(service));
  }

  /** Resolves when the service is there, or after so long. */
  async waitFor(service: string, patienceMs: number): Promise<void> {
    if (this.find(service) !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#onCaptured = () => {
        if (this.find(service) === undefined) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Lets programs serve from now on. */
  release(): void {
    this.#listenAgain();
    delete globals[CAPTURE];
  }
}

/**
 * The endpoint of the program at `path` that has the service: one that it would serve, at once or
 * within `patienceMs`, else its exports. Throws a `CliError` that says what there is instead.
 */
export async function loadEndpoint(
  path: string,
  service: string,
  { held, patienceMs }: { readonly held: HeldBack; readonly patienceMs: number },
): Promise<LoadedEndpoint> {
  const definitions = [...findDefinitions(await load(path))];
  const isExported = names(definitions).includes(service);
  if (!isExported) await held.waitFor(service, patienceMs);
  const found = held.find(service);
  if (found !== undefined) return found;
  if (isExported) {
    return { options: { services: definitions }, createReplay: await loadCreateReplay(path) };
  }
  throw notFound(path, service, [...held.names, ...names(definitions)]);
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new CliError(`${path} cannot be loaded: ${text}`, { cause });
  }
}

/** Servers that listen are told that they do, and no port is opened; the result ends that. */
function pretendToListen(): () => void {
  const { listen } = Server.prototype;
  Server.prototype.listen = function pretend(this: Server, ...given: readonly unknown[]): Server {
    this.address = () => ({ address: "127.0.0.1", family: "IPv4", port: 0 });
    const callback = given.find((own) => typeof own === "function");
    if (callback !== undefined) this.once("listening", callback as () => void);
    setImmediate(() => this.emit("listening"));
    return this;
  } as typeof listen;
  return () => {
    Server.prototype.listen = listen;
  };
}

/** Definitions that a module exports, by themselves or in lists and objects. */
function* findDefinitions(exported: unknown, depth = 0): Iterable<Options["services"][number]> {
  if (typeof exported !== "object" || exported === null) return;
  if (DEFINITION in exported) {
    yield exported as unknown as Options["services"][number];
    return;
  }
  if (depth > 2) return;
  for (const value of tryOr(() => Object.values(exported)) ?? [])
    yield* findDefinitions(value, depth + 1);
}

function names(services: Options["services"]): readonly string[] {
  return services.map(({ name }) => name);
}

/** Of the copy of the SDK with which the program has made its services: promises know their own. */
async function loadCreateReplay(path: string): Promise<CreateReplay> {
  const require = createRequire(path);
  const own = await import("@rejoin/sdk");
  const directory = findSdk(path);
  if (directory === undefined) return own.createReplay;
  const commonJs = tryOr(() => realpathSync(require.resolve(SDK)));
  if (commonJs !== undefined && require.cache[commonJs] !== undefined) {
    return (require(SDK) as typeof own).createReplay;
  }
  if (directory === findSdk(import.meta.filename)) return own.createReplay;
  const module = join(directory, mainOf(directory));
  return ((await import(pathToFileURL(module).href)) as typeof own).createReplay;
}

/** The directory of the SDK that a file's imports lead to. */
export function findSdk(path: string): string | undefined {
  return tryOr(() => {
    const file = createRequire(path).resolve(`${SDK}/package.json`);
    return realpathSync(dirname(file));
  });
}

function mainOf(directory: string): string {
  const { exports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const main: string = exports["."].import.default;
  return existsSync(join(directory, main)) ? main : "src/index.ts";
}

function tryOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function notFound(path: string, service: string, known: readonly string[]): CliError {
  const found = known.length === 0 ? "no services" : [...new Set(known)].join(", ");
  return new CliError(`${path} has no service ${service}; it has ${found}`, {
    hint:
      "--entry takes the file that serves it with @rejoin/sdk, or one that exports its definition; " +
      "services of other SDKs cannot be replayed",
  });
}
