/** From an engine embedded in a process to a server with services of their own, with work in flight. */
import { expect, it, onTestFinished } from "vitest";
import { type ChildProgram, startProgram } from "./support/child-program.ts";
import { attach, request, send } from "./support/ingress-client.ts";
import type { Wanted, WholeResult } from "./support/pid-service.ts";
import { listInvocations, rejoin, startRejoinServer } from "./support/rejoin-command.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const TIMEOUT_MS = 90_000;
const PATIENCE = { timeout: 15_000, interval: 50 };
const fanOutCount = 20;
const partCount = 5;
const napMs = 5000;

const labels = Array.from({ length: fanOutCount }, (_, index) => `fan-out ${index}`);
const wanted = (label: string): Wanted => ({ parts: partCount, napMs, label });
const headersOf = (label: string) => ({ "idempotency-key": label.replace(" ", "-") });

function startHere(program: string, ...args: string[]): ChildProgram {
  const started = startProgram({ program, args });
  onTestFinished(async () => void (await started.kill()));
  return started;
}

it(
  "what is in flight in an embedded engine that was killed ends in services of their own",
  async () => {
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const embedded = startHere("embedded-pids", directory.path);
    const before = await embedded.line("ready");
    const sent = await Promise.all(
      labels.map((label) =>
        send(`${before.ingressUrl}/pids/whole/send`, {
          body: wanted(label),
          headers: headersOf(label),
        }),
      ),
    );
    const statuses = async () => {
      const shown = await listInvocations(String(before.adminUrl), "pids");
      return shown.map(({ status }) => status);
    };
    const suspended = Array.from({ length: fanOutCount * (1 + partCount) }, () => "suspended");
    await expect.poll(statuses, PATIENCE).toEqual(suspended);
    await embedded.kill();

    const [server, served] = await Promise.all([
      startRejoinServer({ dataDir: directory.path }),
      startHere("serve-pids").line("ready"),
    ]);
    const uri = String(served.uri);
    const shown = await rejoin(
      server,
      "deployments",
      "update",
      "embedded:main",
      "--uri",
      uri,
      "-y",
    );
    expect(shown).toContain(uri);

    const { ingressUrl } = server;
    const ran = { begunBy: before.pid, endedBy: served.pid };
    const endings = labels.map(async (label, index) => {
      const invocationId = sent[index]?.invocationId ?? "";
      const [attached, again] = await Promise.all([
        attach(ingressUrl, invocationId),
        request(`${ingressUrl}/pids/whole`, { body: wanted(label), headers: headersOf(label) }),
      ]);
      const parts = Array.from({ length: partCount }, (_, part) => ({
        label: `${label}.${part}`,
        ...ran,
      }));
      expect(attached.json() as WholeResult).toEqual({ label, ...ran, parts });
      expect([again.status, again.text]).toEqual([200, attached.text]);
      expect(again.headers.get("x-restate-id")).toBe(invocationId);
    });
    await Promise.all(endings);
    const ended = await listInvocations(server.adminUrl, "pids");
    expect(ended).toHaveLength(suspended.length);
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => "completed"));
    expect(ended.map((one) => one.pinned_deployment_id)).toEqual(ended.map(() => "embedded:main"));
  },
  TIMEOUT_MS,
);
