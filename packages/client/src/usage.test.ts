import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { AskedRequest, ScriptedAnswer } from "./testing/scripted-fetch.ts";
import { scriptFetch } from "./testing/scripted-fetch.ts";
import * as usage from "./testing/usage.ts";
import * as usageOfReference from "./testing/usage-reference.ts";

const URL_OF_ALL = "http://ingress:8080";

/** Reads the same from both ends, as the codec of the programs needs it. */
const RESULT: ScriptedAnswer = { text: '"a"', headers: { "content-type": "application/json" } };

function answer({ url }: AskedRequest): ScriptedAnswer {
  if (url.includes("/restate/a/")) return { status: 202 };
  if (!url.includes("/send")) return RESULT;
  return { status: 202, text: JSON.stringify({ invocationId: "inv_1", status: "Accepted" }) };
}

async function runProgram(program: typeof usage | typeof usageOfReference) {
  const { fetch, asked } = scriptFetch(answer);
  const results = await program.useClient(URL_OF_ALL, fetch);
  return { results, asked: asked.map(comparable) };
}

/** Without what may differ: the signal, and that this client counts every attempt. */
function comparable({ method, url, headers, body }: AskedRequest) {
  const { "x-restateclient-retry-attempt": attempt, ...others } = headers;
  expect(attempt ?? "1").toBe("1");
  return { method, url, headers: others, body };
}

describe("programs that were written for the reference client", () => {
  it("are the same but for their imports", async () => {
    const [own, reference] = await Promise.all(
      ["usage.ts", "usage-reference.ts"].map(async (name) => {
        const text = await readFile(new URL(`./testing/${name}`, import.meta.url), "utf8");
        return text.split("\n").filter((line) => line !== "" && !line.startsWith("import "));
      }),
    );
    expect(own).toEqual(reference);
  });

  it("send the same requests and get the same results", async () => {
    const own = await runProgram(usage);
    const reference = await runProgram(usageOfReference);
    expect(own.asked).toHaveLength(43);
    expect(own.asked).toEqual(reference.asked);
    expect(own.results).toEqual(reference.results);
  });

  it("see the same failures", async () => {
    const failing = () => scriptFetch([{ status: 503, text: '{"code":503,"message":"busy"}' }]);
    const own = await usage.failureOf(URL_OF_ALL, failing().fetch);
    expect(own).toEqual(await usageOfReference.failureOf(URL_OF_ALL, failing().fetch));
    expect(own[2]).toBe('Request failed: 503\n{"code":503,"message":"busy"}');
  });
});
