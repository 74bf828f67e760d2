/** The languages whose official SDKs are tried. */
import { delimiter, join } from "node:path";
import type { Language } from "./language.ts";

const MINUTE_MS = 60_000;

const python: Language = {
  name: "Python",
  folder: "python",
  tools: [["python3", "-c", "import venv, ensurepip"]],
  sources: ["requirements.txt"],
  steps: ({ program, own }) => [
    { command: "python3", args: ["-m", "venv", own], limitMs: MINUTE_MS, tests: "packages" },
    {
      command: join(own, "bin/python"),
      args: ["-m", "pip", "install", "--requirement", join(program, "requirements.txt")],
      limitMs: 4 * MINUTE_MS,
      tests: "packages",
    },
  ],
  start: ({ program, own }) => [join(own, "bin/python"), "-u", join(program, "worker.py")],
  listening: /Running on (http:\/\/\S+)/,
  handlers: [
    ["run", 0],
    ["run_apart", 4],
  ],
};

const go: Language = {
  name: "Go",
  folder: "go",
  tools: [["go", "version"]],
  sources: ["go.mod", "go.sum", "main.go"],
  steps: ({ own, shared }) => {
    // Modules that can be deleted again: Go makes them read-only unless it is told otherwise.
    const variables = { GOMODCACHE: shared, GOFLAGS: "-modcacherw -buildvcs=false" };
    const download = { args: ["mod", "download"], tests: "packages" } as const;
    const build = { args: ["build", "-o", join(own, "worker"), "."], tests: "program" } as const;
    return [download, build].map((step) => ({
      ...step,
      command: "go",
      variables,
      limitMs: 5 * MINUTE_MS,
    }));
  },
  start: ({ own }) => [join(own, "worker")],
  listening: /started listening on (\S+:\d+)/,
  handlers: [
    ["Run", 4],
    ["RunInline", 0],
  ],
};

const rust: Language = {
  name: "Rust",
  folder: "rust",
  tools: [["cargo", "--version"]],
  // Its lock file names the place that packages come from, and is made where it is used.
  sources: ["Cargo.toml", "src/main.rs"],
  steps: ({ own }) => {
    // Nobody debugs it, or builds it twice: what that takes is most of the room.
    const variables = {
      CARGO_TARGET_DIR: own,
      CARGO_INCREMENTAL: "0",
      CARGO_PROFILE_DEV_DEBUG: "0",
    };
    const fetch = {
      args: ["fetch"],
      limitMs: 3 * MINUTE_MS,
      tests: "packages",
    } as const;
    const build = {
      args: ["build", "--locked"],
      limitMs: 12 * MINUTE_MS,
      tests: "program",
    } as const;
    return [fetch, build].map((step) => ({ ...step, command: "cargo", variables }));
  },
  start: ({ own }) => [join(own, "debug/interop-worker")],
  listening: /listening on (\S+:\d+)/,
  handlers: [["run", 4]],
};

const java: Language = {
  name: "Java",
  folder: "java",
  tools: [
    ["javac", "-version"],
    ["mvn", "--version"],
  ],
  sources: ["pom.xml", "src/main/java/interop/FanOutWorker.java"],
  steps: ({ own, shared }) => {
    const maven = ["--batch-mode", "--quiet", `-Dmaven.repo.local=${shared}`, `-Dout=${own}`];
    const download = ["dependency:resolve-plugins", "dependency:copy-dependencies"];
    const limitMs = 5 * MINUTE_MS;
    return [
      { command: "mvn", args: [...maven, ...download], limitMs, tests: "packages" },
      { command: "mvn", args: [...maven, "compile"], limitMs, tests: "program" },
    ];
  },
  start: ({ own }) => [
    "java",
    "-classpath",
    [join(own, "classes"), join(own, "lib/*")].join(delimiter),
    "interop.FanOutWorker",
  ],
  listening: /listening on (\S+:\d+)/,
  handlers: [["run", 4]],
};

export const LANGUAGES: readonly Language[] = [python, go, rust, java];
