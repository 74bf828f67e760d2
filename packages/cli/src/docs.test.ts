/** The page of the command line, the help, and the commands say the same. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { EXIT } from "./cli-error.ts";
import { loadSettings } from "./contexts/settings.ts";
import { createProgram } from "./program.ts";
import { TestTerminal } from "./testing/test-environment.ts";

const PAGE = await readFile(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const { environment } = new TestTerminal();
const PROGRAM = createProgram(environment, await loadSettings(environment));

/** The commands that do something, by what one types for them. */
function leavesOf(command: Command, path = "rejoin"): readonly (readonly [string, Command])[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((sub) => sub.name() !== "help")
    .flatMap((sub) => {
      const own = `${path} ${sub.name()}`;
      return sub.commands.length === 0 ? [[own, sub] as const] : leavesOf(sub, own);
    });
}

const LEAVES = leavesOf(PROGRAM);

describe("the page", () => {
  it.each(LEAVES.map(([path]) => path))("has %s", (path) => {
    expect(PAGE).toMatch(new RegExp(`\`${path}[\` ]`));
  });

  it("has no command that there is not", () => {
    const names = [...PAGE.matchAll(/`rejoin ([^`<[|]+?)(?: [-<["'A-Z][^`]*)?`/g)].map(
      ([, name = ""]) => name.trim(),
    );
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) {
      let command: Command | undefined = PROGRAM;
      for (const word of name.split(" ")) {
        const sub: Command | undefined = command?.commands.find(
          (own) => own.name() === word || own.aliases().includes(word),
        );
        if (sub === undefined && command?.commands.length === 0) break;
        command = sub;
      }
      expect(command, `rejoin ${name}`).toBeDefined();
    }
  });

  it("has every exit code", () => {
    for (const code of Object.values(EXIT))
      expect(PAGE).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
  });

  it("names options that there are", () => {
    const options = new Set(
      [PROGRAM, ...LEAVES.map(([, command]) => command)].flatMap((command) =>
        command.options.map(({ long }) => long),
      ),
    );
    const named = new Set([...PAGE.matchAll(/`(--[a-z-]+)/g)].map(([, name = ""]) => name));
    for (const name of named) expect([...options, "--help"]).toContain(name);
  });
});

describe("the help", () => {
  it.each(LEAVES)("of %s says what it does", (_path, command) => {
    expect(command.summary()).toMatch(/^[a-z].*[^.]$/);
    expect(command.description()).toMatch(/^[A-Z].*\.$/);
  });

  it("prints JSON wherever there is something to print", () => {
    const without = LEAVES.filter(([, command]) =>
      command.options.every(({ long }) => long !== "--json"),
    );
    expect(without.map(([path]) => path)).toEqual([
      "rejoin up",
      "rejoin server",
      "rejoin invocations export",
      "rejoin config use-environment",
      "rejoin config add-environment",
      "rejoin config edit",
      "rejoin completions generate",
      "rejoin completions install",
    ]);
  });
});
