/** The requests that a page shows as `curl …`, each with the answer that it shows below, if any. */
import { readFile } from "node:fs/promises";

export interface ShownRequest {
  readonly command: string;
  /** What a comment below the command says. */
  readonly answer: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Those that can be sent as they are: without anything `<to be filled in>`. */
export async function readRequests(page: URL): Promise<ShownRequest[]> {
  const text = await readFile(page, "utf8");
  const blocks = [...text.matchAll(/^```shell\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const lines = blocks.flatMap((block) => block.split("\n"));
  return lines.flatMap((command, index) => {
    if (!command.startsWith("curl ") || /<[^>]+>/.test(command)) return [];
    const next = lines[index + 1] ?? "";
    return [{ command, answer: next.startsWith("# ") ? next.slice(2) : undefined }];
  });
}

/** Sends a request as curl would, to a server elsewhere than on port 8080. */
export async function sendLikeCurl(command: string, ingressUrl: string): Promise<Answer> {
  const [, ...words] = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((w) => w[1] ?? w[2] ?? "");
  const headers = new Headers();
  let url = "";
  let method = "GET";
  let body: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "-X") method = takeValue(words, word);
    else if (word === "-H") headers.append(...toHeader(takeValue(words, word)));
    else if (word === "--json" || word === "-d") {
      body = takeValue(words, word);
      method = "POST";
      const type = word === "-d" ? "application/x-www-form-urlencoded" : "application/json";
      headers.set("content-type", type);
    } else if (word.startsWith("-")) throw new Error(`${word} is not known here: ${command}`);
    else url = word.replace("localhost:8080", ingressUrl);
  }
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, text: await answer.text() };
}

function takeValue(words: string[], option: string): string {
  const value = words.shift();
  if (value === undefined) throw new Error(`${option} needs a value`);
  return value;
}

function toHeader(text: string): [name: string, value: string] {
  const [name = "", value = ""] = text.split(/:\s*/, 2);
  return [name, value];
}
