/**
 * What must not outlive the benchmark: processes that it started and directories that it made.
 *
 * Each is released by whoever made it; what is left when the benchmark is interrupted is released
 * at once, so a release is synchronous and may come after the thing has gone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export class Resources {
  readonly #releases = new Set<() => void>();

  /** Returns a function that takes `release` off the list without calling it. */
  add(release: () => void): () => void {
    this.#releases.add(release);
    return () => this.#releases.delete(release);
  }

  /** A fresh directory, and a function that removes it. */
  temporaryDirectory(parent: string): { readonly path: string; remove(): void } {
    const path = mkdtempSync(join(parent, "rejoin-bench-"));
    const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    const forget = this.add(remove);
    return {
      path,
      remove: () => {
        forget();
        remove();
      },
    };
  }

  /** Releases what is left, the newest first. */
  releaseAll(): void {
    for (const release of [...this.#releases].reverse()) release();
    this.#releases.clear();
  }
}
