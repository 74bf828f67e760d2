/** The program `serve-measured` on a data directory of its own, to be killed and started again. */
import { join } from "node:path";
import type { Limits } from "@rejoin/server";
import { onTestFinished } from "vitest";
import { type ChildProgram, startProgram } from "./child-program.ts";
import { findRestartPort } from "./restart-port.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";

interface Place {
  readonly dataDir: string;
  readonly ingressPort: number;
  readonly adminPort: number;
}

/** Starts one and waits until it is ready. Nothing of it outlives the test. */
export async function startMeasuredServer(limits: Partial<Limits> = {}): Promise<MeasuredServer> {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const server = new MeasuredServer({
    dataDir: join(directory.path, "data"),
    ingressPort: await findRestartPort(),
    adminPort: await findRestartPort(),
  });
  onTestFinished(() => server.kill());
  await server.start(limits);
  return server;
}

export class MeasuredServer {
  readonly dataDir: string;
  readonly ingressUrl: string;
  readonly adminUrl: string;
  /** The most rows that one commit has written, of all the servers that ran here. */
  writesMax = 0;
  readonly #place: Place;
  #running: ChildProgram | undefined;

  constructor(place: Place) {
    this.#place = place;
    this.dataDir = place.dataDir;
    this.ingressUrl = `http://127.0.0.1:${place.ingressPort}`;
    this.adminUrl = `http://127.0.0.1:${place.adminPort}`;
  }

  /** Starts it once more, after a {@link kill}. */
  async start(limits: Partial<Limits> = {}): Promise<void> {
    const { dataDir, ingressPort, adminPort } = this.#place;
    this.#running = startProgram({
      program: "serve-measured",
      args: [dataDir, String(ingressPort), String(adminPort), JSON.stringify(limits)],
      onLine: ({ event, count }) => {
        if (event === "writes") this.writesMax = Math.max(this.writesMax, Number(count));
      },
    });
    await this.#running.line("ready");
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
  }
}
