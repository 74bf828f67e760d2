/**
 * `docs/concepts/concurrency.md` shows pieces of handlers. Here they become one program, whose
 * handlers are the pieces, with what they have in common in front of them.
 */
import type { Page } from "./page.ts";

export const PIECES = "docs/concepts/concurrency.md";

const FRONT = `
import { type Context, RestatePromise, type ObjectContext, object, serve, service } from "@rejoin/sdk";

type Mail = { user: string; address: string };

const shipping = service({
  name: "shipping",
  handlers: { ship: async (_ctx: Context, order: string) => \`receipt of \${order}\` },
});
const mailer = service({
  name: "mailer",
  handlers: { send: async (_ctx: Context, { address }: Mail) => void sent.push(address) },
});
const robot = service({
  name: "robot",
  handlers: {
    prepare: async (_ctx: Context, _step: string) => undefined,
    execute: async (_ctx: Context, step: string) => void sent.push(step),
  },
});
const sent: string[] = [];
const orders = ["one", "two"];
const users = ["Ada"];
const steps = ["lift", "turn"];
const urls = ["a", "b"];
const names = ["first", "second"];
const findAddress = async (user: string) => \`\${user}'s\`;
const check = async (url: string) => \`\${url} is up\`;
const console = { log: (line: string) => void sent.push(line) };
const callAll = (ctx: Context) => names.map((name) => ctx.serviceClient(shipping).ship(name));
`;

/** How each piece ends here, and what it then gives. */
const ENDS: readonly (readonly [end: string, result: unknown])[] = [
  ["return receipts;", ["receipt of one", "receipt of two"]],
  ["return receipts;", ["receipt of one", "receipt of two"]],
  ["return sent.splice(0);", ["Ada's"]],
  ["return sent.splice(0).sort();", ["lift", "turn"]],
  ["return [await ctx.get('a'), await ctx.get('b')];", ["a is up", "b is up"]],
  ["return sent.splice(0).sort();", ["first: receipt of first", "second: receipt of second"]],
];

/** A page with that program, and calls of every piece. */
export function assemblePieces({ path, blocks }: Page): Page {
  const pieces = blocks.filter(({ language }) => language === "ts");
  if (pieces.length !== ENDS.length) {
    throw new Error(`${path} has ${pieces.length} pieces, and ${ENDS.length} ends are known`);
  }
  const handlers = pieces.map(({ text }, index) => {
    const [end] = ENDS[index] ?? [""];
    const calls = /\bconst calls\b/.test(text) ? "" : "const calls = callAll(ctx); void calls;";
    return `piece${index}: async (ctx: ObjectContext) => {\n${calls}\n${text}\n${end}\n},`;
  });
  const program = [
    FRONT,
    `const pieces = object({ name: "pieces", handlers: {\n${handlers.join("\n")}\n} });`,
    "serve({ services: [shipping, mailer, robot, pieces] });",
  ].join("\n");
  const commands = ENDS.map((_, index) => `curl localhost:8080/pieces/key/piece${index} -X POST`);
  return {
    path,
    blocks: [
      { language: "ts", file: "concurrency.ts", text: program },
      { language: "shell", file: "", text: commands.join("\n") },
      { language: "json", file: "", text: ENDS.map(([, got]) => JSON.stringify(got)).join("\n") },
    ],
  };
}
