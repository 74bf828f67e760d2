/** Records a CPU profile of this process, as `node --cpu-prof` does, but from one point to another. */
import { writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";

const SAMPLE_US = 500;

export class CpuRecorder {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await this.#session.post("Profiler.start");
  }

  async stop(file: string): Promise<void> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  }
}
