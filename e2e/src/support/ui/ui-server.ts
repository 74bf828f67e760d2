/** A server with services for the UI to show, in a process of its own. */
import { type ChildProgram, startProgram } from "../child-program.ts";
import { createTemporaryDirectory, type TemporaryDirectory } from "../temporary-directory.ts";
import type { UiUrls } from "./browser.ts";

export class UiServer implements UiUrls {
  readonly adminUrl: string;
  readonly ingressUrl: string;
  readonly #program: ChildProgram;
  readonly #directory: TemporaryDirectory;

  private constructor(program: ChildProgram, directory: TemporaryDirectory, urls: UiUrls) {
    this.#program = program;
    this.#directory = directory;
    this.adminUrl = urls.adminUrl;
    this.ingressUrl = urls.ingressUrl;
  }

  /** `prepare` may fill the data directory before. */
  static async start(
    prepare: (dataDir: string) => Promise<void> = async () => undefined,
  ): Promise<UiServer> {
    const directory = await createTemporaryDirectory();
    await prepare(directory.path);
    const program = startProgram({ program: "serve-ui-services", args: [directory.path] });
    const { adminUrl, ingressUrl } = await program.line("ready");
    return new UiServer(program, directory, {
      adminUrl: String(adminUrl),
      ingressUrl: String(ingressUrl),
    });
  }

  /** Calls a handler at the ingress; gives its answer. */
  async call(path: string, body?: unknown): Promise<unknown> {
    const response = await this.#post(path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Calls a handler without waiting for it; gives the id of its invocation. */
  async send(path: string, body?: unknown): Promise<string> {
    const answer = await this.call(`${path}/send`, body);
    return (answer as { readonly invocationId: string }).invocationId;
  }

  /** Asks the admin API. */
  async ask<T>(path: string): Promise<T> {
    const response = await fetch(this.adminUrl + path);
    if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
    return (await response.json()) as T;
  }

  async close(): Promise<void> {
    await this.#program.kill();
    await this.#directory.remove();
  }

  #post(path: string, body: unknown): Promise<Response> {
    const json = { "content-type": "application/json" };
    return fetch(this.ingressUrl + path, {
      method: "POST",
      ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
    });
  }
}
