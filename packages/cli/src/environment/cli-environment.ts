import type { ReactElement } from "react";

/**
 * What the command line needs from the process that it runs in. Commands see nothing else of the
 * terminal, the environment variables, signals and child processes, so that tests run them without
 * spawning anything.
 */
export interface OutputStream {
  write(text: string): void;
  /** Whether a person looks at it: decides on colours and layout. */
  readonly isTerminal: boolean;
}

/** A part of a terminal that is drawn again and again, in its place. */
export interface LiveArea {
  /** Instead of what was drawn before; what does not fit the screen is left out. */
  draw(text: string): void;
  /** Leaves what was drawn last where it is; what is written next comes below. */
  done(): void;
}

export interface ScreenOptions {
  /** Takes the whole screen, and gives back what was there before. */
  readonly isFull: boolean;
}

/** An interactive program of this process, made of React elements. */
export interface Screen {
  /** Resolves when the program has left the screen, and the terminal is as it was before. */
  readonly ended: Promise<void>;
  close(): void;
}

/** `SIGHUP`: the terminal is gone. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** A file of an example, its path relative to the example's directory. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface WriteOptions {
  /** Nobody else on this machine may read it. */
  readonly isSecret?: boolean;
}

/** The file system; paths are absolute. */
export interface CliFiles {
  readText(path: string): Promise<string>;
  /** Makes the directories above it too. */
  writeText(path: string, text: string, options?: WriteOptions): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** The names of the directories in a directory, sorted; none if it does not exist. */
  listDirectories(path: string): Promise<readonly string[]>;
  /** The files below a directory, without folders of these names, sorted by path. */
  readTree(path: string, skippedFolders: readonly string[]): Promise<readonly SourceFile[]>;
  makeTemporaryDirectory(prefix: string): Promise<string>;
  remove(path: string): Promise<void>;
  /** Calls `onChange` after each change below a directory that `ignores` lets through. */
  watch(options: WatchOptions): Promise<Closable>;
}

export interface WatchOptions {
  readonly directory: string;
  /** Whether a path, absolute, is of no interest. */
  readonly ignores: (path: string) => boolean;
  readonly onChange: (path: string) => void;
}

export interface Closable {
  close(): Promise<void>;
}

/** How a child process ended: by itself, or by a signal. */
export type ProcessEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string };

/** A Node process with a program of the user; its output goes to this process's own. */
export interface ChildProgram {
  readonly ended: Promise<ProcessEnd>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export interface ProgramOptions {
  /** What `node` is given: options, the program and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment variables of this process. */
  readonly variables: Readonly<Record<string, string>>;
  /** Told of each TCP port that the program listens on, as soon as it does. */
  readonly onListening: (port: number) => void;
}

export interface CliEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The directory of this package. */
  readonly packageDirectory: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether there is a person who can answer {@link confirm}. */
  readonly canAsk: boolean;
  /** Asks yes or no; `false` also if the person leaves. */
  confirm(question: string): Promise<boolean>;
  /** All of stdin; rejects with a `TypeError` if a person would have to type it. */
  readInput(): Promise<string>;
  /** Opens a file in the person's editor, and resolves when the editor has ended well. */
  edit(editor: string, path: string): Promise<void>;
  /** For a stream that is a terminal. */
  openLiveArea(stream: "stdout" | "stderr"): Promise<LiveArea>;
  /** For a process at a terminal; `element` is React's. */
  openScreen(element: ReactElement, options: ScreenOptions): Promise<Screen>;
  readonly fetch: typeof fetch;
  readonly files: CliFiles;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls `listener` for each signal, which then does not end the process; the result undoes it. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
  /** Runs a program with the Node of this process. It ends when this process does. */
  startProgram(options: ProgramOptions): ChildProgram;
  /** A TCP port of the loopback interface that nobody uses now. */
  findFreePort(): Promise<number>;
  /** The `file:` URL that `specifier` leads to from `directory`, or else from this package. */
  resolveModule(specifier: string, directory: string): string | undefined;
}
