/**
 * Takes the screenshots of `docs/ui.md`: starts a server with something to show, does in a browser what
 * the page tells, and writes `docs/screenshots`.
 *
 *     node scripts/ui-screenshots.mjs
 *
 * It needs Chromium, and everything built (`npm run build`).
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { toPalette } from "./png-palette.mjs";
import { root, runScript, ScriptError } from "./process.mjs";

const folder = join(root, "docs/screenshots");
const program = join(root, "e2e/dist/programs/serve-ui-services.js");
const size = { width: 1280, height: 800 };
/** Figures and bars move for so long. */
const restMs = 1200;

/** @typedef {{ adminUrl: string, ingressUrl: string }} Urls */
/** @typedef {import("playwright-core").Page} Page */

await runScript(async () => {
  const executablePath = process.env.REJOIN_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new ScriptError("there is no Chromium: install one, or name it by REJOIN_CHROMIUM");
  }
  if (!existsSync(program)) throw new ScriptError("run npm run build first");
  await mkdir(folder, { recursive: true });
  const dataDir = await mkdtemp(join(tmpdir(), "rejoin-screenshots-"));
  const server = spawn(process.execPath, [program, dataDir], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const urls = await readUrls(server);
    const page = await browser.newPage({ viewport: size, reducedMotion: "reduce" });
    await takeStory(page, urls);
    await takeOthers(page, urls);
    const dark = await browser.newPage({ viewport: size, colorScheme: "dark" });
    await take(dark, urls, "overview-dark", "/overview");
    const phone = await browser.newPage({ viewport: { width: 375, height: 740 } });
    await take(phone, urls, "phone", "/invocations");
  } finally {
    await browser.close();
    server.kill("SIGKILL");
    await rm(dataDir, { recursive: true, force: true });
  }
  return 0;
});

/** @param {import("node:child_process").ChildProcess} server @returns {Promise<Urls>} */
async function readUrls(server) {
  if (server.stdout === null) throw new ScriptError("the server has no output");
  for await (const line of createInterface({ input: server.stdout })) {
    const event = JSON.parse(line);
    if (event.event === "ready") return event;
  }
  throw new ScriptError("the server ended before it was ready");
}

/** A fan-out that fails in part, from its call to its end. */
async function takeStory(/** @type {Page} */ page, /** @type {Urls} */ urls) {
  await seed(urls);
  await page.goto(`${urls.adminUrl}/ui/services/report?handler=build`);
  await page.getByLabel("Input").fill('{"pages": 1000, "failEvery": 50, "jamEvery": 90}');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".answer a").first().waitFor();
  await shoot(page, "playground");
  await page.locator(".answer a").first().click();
  await page.locator(".failures tbody tr", { hasText: "no data" }).waitFor();
  await page.locator(".failures tbody tr", { hasText: "jammed" }).waitFor();
  await shoot(page, "fan-out");
  const id = /inv_\w+/.exec(page.url())?.[0] ?? "";
  await page.locator(".failures tr", { hasText: "jammed" }).locator("a.mono").first().click();
  await page.locator(".failure-text").waitFor();
  await shoot(page, "failure");
  await take(page, urls, "overview", "/overview");
  await call(urls, "/report/repair");
  await page.goto(`${urls.adminUrl}/ui/invocations/${id}`);
  await page.getByRole("button", { name: /Retry all/ }).click();
  await shoot(page, "retry");
  await page.getByRole("button", { name: /^Retry \d+$/ }).click();
  await page.getByText("20 of 20 restarted as new").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.locator(".inv-subtitle", { hasText: "Succeeded" }).waitFor();
  await page.locator(".timeline-button", { hasText: "1,000 ×" }).click();
  await shoot(page, "done");
}

async function takeOthers(/** @type {Page} */ page, /** @type {Urls} */ urls) {
  await take(page, urls, "invocations", "/invocations?service=report");
  await take(page, urls, "state", "/state/cart/alice");
  await page.goto(`${urls.adminUrl}/ui/sql`);
  await page.getByRole("button", { name: "Invocations by service and status" }).click();
  await page.locator(".sql-body-row").first().waitFor();
  await shoot(page, "sql");
}

/** Something of every kind. */
async function seed(/** @type {Urls} */ urls) {
  for (const key of ["alice", "bob", "carol", "dave"]) {
    await call(urls, `/cart/${key}/add`, { name: "tea", count: 2 });
    await call(urls, `/cart/${key}/add`, { name: "cup", count: 1 });
  }
  await call(urls, "/cart/alice/checkout/send");
  await call(urls, "/cart/alice/add/send", { name: "spoon", count: 1 });
  await call(urls, "/signup/ada/run/send", "ada@example.com");
  await call(urls, "/report/nap/send?delay=1h", 10);
  await call(urls, "/report/nap/send", 3_600_000);
  await call(urls, "/report/build", { pages: 12 });
}

/** @param {Urls} urls @param {string} path @param {unknown} [body] */
async function call({ ingressUrl }, path, body) {
  const headers = { "content-type": "application/json" };
  const content = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const response = await fetch(ingressUrl + path, { method: "POST", ...content });
  if (!response.ok) throw new ScriptError(`${path} was answered ${response.status}`);
}

/** @param {Page} page @param {Urls} urls @param {string} name @param {string} path */
async function take(page, { adminUrl }, name, path) {
  await page.goto(`${adminUrl}/ui${path}`);
  await page.locator("h1").first().waitFor();
  await shoot(page, name);
}

/** @param {Page} page @param {string} name */
async function shoot(page, name) {
  await page.waitForTimeout(restMs);
  await writeFile(join(folder, `${name}.png`), toPalette(await page.screenshot()));
  console.log(`docs/screenshots/${name}.png`);
}
