/**
 * Where user code is: the lines of commands from the stack on which they are issued, and those of
 * awaits from the promise that each `await` makes, which is made on the stack of the `await`, while
 * what is awaited is only asked later.
 */
import { createHook, executionAsyncId } from "node:async_hooks";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Stacks of promises that are remembered; the oldest go first. */
const PROMISES_MAX = 20_000;
const FRAMES_MAX = 50;
const SHOWN_FRAMES_MAX = 8;

export interface LocationOptions {
  /** Code below these directories is not the user's. */
  readonly ownDirectories: readonly string[];
  readonly cwd: string;
}

/** A stack that was taken and not looked at yet: looking at it is dear. */
export type Taken = { readonly stack?: string };

export class Locations {
  readonly #options: LocationOptions;
  readonly #promises = new Map<number, Taken>();
  readonly #hook = createHook({
    init: (asyncId, type) => {
      if (type === "PROMISE") this.#remember(asyncId);
    },
  });

  constructor(options: LocationOptions) {
    this.#options = options;
  }

  /** Runs `task` with awaits being followed until the result is called. */
  follow(): () => void {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES_MAX;
    this.#hook.enable();
    return () => {
      this.#hook.disable();
      Error.stackTraceLimit = limit;
      this.#promises.clear();
    };
  }

  /** The stack of the caller. */
  take(): Taken {
    const taken: Taken = {};
    Error.captureStackTrace(taken);
    return taken;
  }

  /** The stack of the `await` that has led here, else that of the caller. */
  takeAwait(): Taken {
    const own = this.take();
    if (this.frames(own).length > 0) return own;
    return this.#promises.get(executionAsyncId()) ?? own;
  }

  /** The user's frames, the innermost first, such as `run (src/app.ts:12:5)`. */
  frames(taken: Taken | undefined): readonly string[] {
    const lines = (taken?.stack ?? "").split("\n").slice(1);
    const frames = lines.flatMap((line) => this.#parse(line) ?? []);
    const own = frames.filter(({ isLibrary }) => !isLibrary);
    const shown = own.length === 0 ? frames : own;
    return shown.slice(0, SHOWN_FRAMES_MAX).map(({ text }) => text);
  }

  /** The innermost line, such as `src/app.ts:12:5`. */
  line(taken: Taken | undefined): string | undefined {
    const [frame] = this.frames(taken);
    return frame === undefined ? undefined : /\(([^()]*)\)$/.exec(frame)?.[1];
  }

  #remember(asyncId: number): void {
    const taken: Taken = {};
    Error.captureStackTrace(taken);
    this.#promises.set(asyncId, taken);
    if (this.#promises.size <= PROMISES_MAX) return;
    const [oldest] = this.#promises.keys();
    if (oldest !== undefined) this.#promises.delete(oldest);
  }

  #parse(line: string): { readonly text: string; readonly isLibrary: boolean } | undefined {
    const [, name, bracketed, bare] = /^\s*at (?:async )?(?:(.*?) \((.*)\)|(.*))$/.exec(line) ?? [];
    const place = bracketed ?? bare ?? "";
    const [, source = "", position = ""] = /^(.*?)((?::\d+){1,2})$/.exec(place) ?? [];
    const path = toPath(source);
    if (path === undefined) return undefined;
    const { ownDirectories, cwd } = this.#options;
    if (ownDirectories.some((directory) => path.startsWith(directory + sep))) return undefined;
    const inside = relative(cwd, path);
    const shown = inside.startsWith("..") ? path : inside;
    return {
      text: `${name === undefined || name === "" ? "(anonymous)" : name} (${shown}${position})`,
      isLibrary: path.includes(`${sep}node_modules${sep}`),
    };
  }
}

function toPath(source: string): string | undefined {
  if (source === "" || source.startsWith("node:") || source.startsWith("data:")) return undefined;
  const [plain = source] = source.split("?");
  try {
    return plain.startsWith("file:") ? fileURLToPath(plain) : plain;
  } catch {
    return undefined;
  }
}
