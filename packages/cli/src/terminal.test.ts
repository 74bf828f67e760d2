/** On a real terminal: what is drawn goes again, whatever the way the program ends. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { shareServer } from "./testing/real-server.ts";

const RUNNER = fileURLToPath(new URL("./testing/terminal.py", import.meta.url));
const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const TIMEOUT_MS = 60_000;

const SHOW_CURSOR = "\u001b[?25h";
const ENTER = "\u001b[?1049h";
const LEAVE = "\u001b[?1049l";
const CTRL_C = "\u0003";

/** Python has terminals for programs; the tests need both it and some time. */
const isPossible =
  process.env.REJOIN_TEST_FULL === "1" && spawnSync("python3", ["-c", "import pty"]).status === 0;

const server = shareServer();

/** Keys by the text that they are pressed after. */
type Steps = readonly (readonly [text: string, keys: string])[];

async function onTerminal(args: readonly string[], steps: Steps) {
  const node = [
    process.execPath,
    "--conditions=rejoin:source",
    "--import",
    import.meta.resolve("tsx"),
  ];
  const { variables } = server.terminal().environment;
  const { CI: _ci, ...inherited } = process.env;
  const child = spawn("python3", [RUNNER, ...node, MAIN, ...args], {
    env: { ...inherited, ...variables, TERM: "xterm-256color" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  let drawn = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    drawn += text;
  });
  child.stdin.end(steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, drawn };
}

it.runIf(isPossible)(
  "rejoin top takes the screen, turns, and gives the screen back",
  async () => {
    await server.text("call", "worker/subtask", "1");
    const { code, drawn } = await onTerminal(
      ["top"],
      [
        ["SERVICE", "\t"],
        ["nothing is stuck", "q"],
      ],
    );
    expect(code).toBe(0);
    expect(drawn).toContain(ENTER);
    expect(drawn.lastIndexOf(LEAVE)).toBeGreaterThan(drawn.lastIndexOf("stuck"));
    expect(drawn.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(drawn.lastIndexOf("\u001b[?25l"));
    const interrupted = await onTerminal(["top"], [["SERVICE", CTRL_C]]);
    expect(interrupted.code).toBe(0);
    expect(interrupted.drawn).toContain(LEAVE);
  },
  TIMEOUT_MS,
);

it.runIf(isPossible)(
  "what watches is stopped by Ctrl-C, and the cursor is there again",
  async () => {
    const id = await server.text("send", "cart/terminal/wait");
    const watched = await onTerminal(["inv", "watch", id], [["cart/terminal/wait", CTRL_C]]);
    expect(watched.code).toBe(6);
    const listed = await onTerminal(["inv", "ls", "-w", "0.2"], [["TARGET", CTRL_C]]);
    expect(listed.code).toBe(0);
    for (const { drawn } of [watched, listed]) {
      expect(drawn.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(drawn.lastIndexOf("\u001b[?25l"));
    }
    await server.text("inv", "kill", id, "--yes");
  },
  TIMEOUT_MS,
);

it.runIf(isPossible)(
  "a change asks, and a no changes nothing",
  async () => {
    const id = await server.text("send", "cart/asked/wait");
    const { code, drawn } = await onTerminal(["inv", "kill", id], [["Kill 1 invocation?", "n\r"]]);
    expect(code).toBe(3);
    expect(drawn).toContain("nothing was changed");
    const yes = await onTerminal(["inv", "kill", id], [["Kill 1 invocation?", "y\r"]]);
    expect(yes.code).toBe(0);
    expect((await server.run("inv", "attach", id)).code).toBe(5);
  },
  TIMEOUT_MS,
);
