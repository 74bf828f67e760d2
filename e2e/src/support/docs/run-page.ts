/**
 * Does what a page says: runs its programs against a server of their own, its commands, and compares
 * what these print with what the page shows below them.
 *
 * | in the page | is |
 * |---|---|
 * | `ts`, with `serve({ … });` | a program whose services a server now has; the last one counts |
 * | `ts`, with `export default …` or `export const handler` | the same, reached over HTTP |
 * | `ts`, else | a program that is run to its end |
 * | `shell` | commands that are run, if the page serves anything; they find the server |
 * | `json`, `text` | what the one before prints, with `…` for anything |
 */
import { start } from "@rejoin/server";
import { onTestFinished, vi } from "vitest";
import { request } from "../ingress-client.ts";
import { createTemporaryDirectory } from "../temporary-directory.ts";
import { expectShown } from "./expected.ts";
import type { Block, Page } from "./page.ts";
import { type Change, type LoadedProgram, loadProgram } from "./programs.ts";
import { listenAs } from "./serverless.ts";
import { PageShell } from "./shell.ts";

const SERVICES = /^(?:restate\.)?serve\(|^export default|^export const handler\b/m;
const quiet = () => undefined;

/** Does everything that a page shows, in its order. */
export async function runPage(page: Page): Promise<void> {
  const { path: folder, remove } = await createTemporaryDirectory();
  onTestFinished(remove);
  assertOnlyServes(page);
  const reader = new Reader(page, folder);
  for (const [index, block] of page.blocks.entries()) {
    const shown = page.blocks[index + 1];
    const printed = await reader.follow(block);
    const isShown = shown?.language === "json" || shown?.language === "text";
    if (printed !== undefined && isShown) expectShown(printed, shown);
  }
}

class Reader {
  readonly #page: Page;
  readonly #folder: string;
  /** Commands of pages that serve nothing are only shown. */
  readonly #serves: boolean;
  #addresses: Change = (text) => text;
  #shell: PageShell | undefined;

  constructor(page: Page, folder: string) {
    this.#page = page;
    this.#folder = folder;
    this.#serves = page.blocks.some(({ language, text }) => isServing(language, text));
  }

  /** What a block prints when it is run; `undefined` for what is only shown. */
  async follow({ language, text, file }: Block): Promise<string | undefined> {
    if (language === "ts") {
      if (isServing(language, text)) return void (await this.#serve(file));
      const printed = await this.#print(file);
      return this.#serves ? printed : undefined;
    }
    if (language !== "shell" || !this.#serves) return undefined;
    if (this.#shell === undefined) throw new Error(`${this.#page.path}: nothing is served yet`);
    return await this.#shell.run(this.#addresses(text));
  }

  async #serve(file: string): Promise<void> {
    const program = await loadProgram(this.#page, file);
    const { ingressUrl, adminUrl } = await startWith(program);
    this.#addresses = (text) =>
      text
        .replaceAll("localhost:8080", new URL(ingressUrl).host)
        .replaceAll("localhost:9070", new URL(adminUrl).host);
    const variables = { REJOIN_ADMIN_URL: adminUrl, REJOIN_INGRESS_URL: ingressUrl };
    this.#shell = await PageShell.open(this.#folder, variables);
  }

  /** Runs a program for what it logs. */
  async #print(file: string): Promise<string> {
    const log = vi.spyOn(console, "log").mockImplementation(quiet);
    try {
      await loadProgram(this.#page, file, this.#addresses);
      return log.mock.calls.map((args) => args.map(toText).join(" ")).join("\n");
    } finally {
      log.mockRestore();
    }
  }
}

/** Nobody imports a program that serves: the importing one would serve as well. */
function assertOnlyServes({ path, blocks }: Page): void {
  const serving = blocks.filter(({ language, text }) => isServing(language, text));
  for (const { file } of serving) {
    const imports = new RegExp(`^import (?!type )[^;]*"\\./${file}"`, "m");
    const importing = blocks.find(({ text }) => imports.test(text));
    if (importing !== undefined) {
      throw new Error(`${path}: ${importing.file} imports ${file}, which serves`);
    }
  }
}

/** A server with the services of a program, until the test is over. */
async function startWith(program: LoadedProgram) {
  const { served } = program;
  const server = await start({ services: [], logger: quiet, ...served });
  onTestFinished(() => server.close());
  if (served === undefined) {
    const uri = await listenAs(program);
    const body = { uri, use_http_11: true };
    const registered = await request(`${server.adminUrl}/deployments`, { body });
    if (registered.status !== 201) throw new Error(registered.text);
  }
  return server;
}

function isServing(language: string, text: string): boolean {
  return language === "ts" && SERVICES.test(text);
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
