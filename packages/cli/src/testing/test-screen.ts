/** A terminal for interactive programs, without one: it keeps what was drawn, and types keys. */
import { EventEmitter } from "node:events";
import { render } from "ink";
import type { ReactElement } from "react";
import type { Screen } from "../environment/cli-environment.ts";

const COLUMNS = 100;
const ROWS = 40;

export interface TestScreen extends Screen {
  /** Each frame, whole. */
  readonly frames: readonly string[];
  /** Presses keys. */
  type(text: string): void;
}

class FakeOutput extends EventEmitter {
  readonly columns = COLUMNS;
  readonly rows = ROWS;
  readonly isTTY = true;
  readonly frames: string[] = [];
  readonly #onFrame: () => void;

  constructor(onFrame: () => void) {
    super();
    this.#onFrame = onFrame;
  }

  write(frame: string): boolean {
    this.frames.push(frame);
    this.#onFrame();
    return true;
  }
}

class FakeInput extends EventEmitter {
  readonly isTTY = true;
  #typed: string | null = null;

  type(text: string): void {
    this.#typed = text;
    this.emit("readable");
  }

  read(): string | null {
    const typed = this.#typed;
    this.#typed = null;
    return typed;
  }

  setEncoding(): void {}
  setRawMode(): void {}
  resume(): void {}
  pause(): void {}
  ref(): void {}
  unref(): void {}
}

export function openTestScreen(element: ReactElement, onFrame: () => void): TestScreen {
  const stdout = new FakeOutput(onFrame);
  const stdin = new FakeInput();
  const screen = render(element, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true,
    patchConsole: false,
  });
  const ended = screen.waitUntilExit().then(onFrame);
  return {
    frames: stdout.frames,
    type: (text) => stdin.type(text),
    ended,
    close: () => screen.unmount(),
  };
}
