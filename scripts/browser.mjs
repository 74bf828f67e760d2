/** The browser that the tests of the web UI need: Debian's Chromium, where it can be had. */
import { existsSync } from "node:fs";
import { run } from "./process.mjs";

const limitMs = 10 * 60_000;
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Installs it if there is none, this is a Debian, and we may. Otherwise the tests skip, and say so. */
export async function installBrowser() {
  const named = process.env.REJOIN_CHROMIUM;
  if (named !== undefined || places.some((path) => existsSync(path))) return;
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) return;
  console.log("installing Debian's Chromium for the tests of the web UI …");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { code, output } = await run("/usr/bin/apt-get", args, { env, limitMs });
    if (code !== 0) {
      console.log(`*** NOT TESTED: apt-get ${args[0]} failed, so there is no browser\n${output}`);
      return;
    }
  }
}
