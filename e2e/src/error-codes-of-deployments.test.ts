/** Codes of the admin API's answers about deployments and services. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { RunningServer } from "@rejoin/server";
import { start } from "@rejoin/server";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { mustRegister, register } from "./support/admin-client.ts";
import { type IngressAnswer, request } from "./support/ingress-client.ts";
import { type ScriptedService, startScriptedEndpoint } from "./support/scripted-endpoint.ts";

const DAY_MS = 86_400_000;

let server: RunningServer;

beforeAll(async () => {
  const defaults = { maxima: { journalRetentionMs: 7 * DAY_MS } };
  server = await start({ services: [], log: () => undefined, defaults });
});
afterAll(() => server.close());

async function startEndpoint(service: ScriptedService): Promise<string> {
  const endpoint = await startScriptedEndpoint(service);
  onTestFinished(() => endpoint.close());
  return endpoint.url;
}

function expectCode(answer: IngressAnswer, status: number, code: string, text: string): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.json()).toMatchObject({ restate_code: code });
  expect(answer.text).toContain(text);
}

it("META0004: an address that is registered, in version 2 of the API", async () => {
  const uri = await startEndpoint({ name: "Twice" });
  const url = `${server.adminUrl}/v2/deployments`;
  const first = await request(url, { body: { uri } });
  expect(first.status, first.text).toBe(201);
  const { id } = first.json() as { id: string };
  const again = await request(url, { body: { uri, force: false } });
  expectCode(again, 409, "META0004", id);
});

it("META0006: a service that changes its type, unless that is allowed", async () => {
  await mustRegister(server.adminUrl, await startEndpoint({ name: "Chameleon" }));
  const options = { ty: "VIRTUAL_OBJECT" };
  const uri = await startEndpoint({ name: "Chameleon", options });
  const refused = await register(server.adminUrl, { uri });
  expectCode(refused, 409, "META0006", "is a SERVICE in revision 1, and would become a");
  const allowed = await request(`${server.adminUrl}/deployments`, {
    body: { uri, breaking: true },
  });
  expect(allowed.status, allowed.text).toBe(201);
});

it("META0015: bidirectional streams over HTTP/1.0", async () => {
  const manifest = {
    protocolMode: "BIDI_STREAM",
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
    services: [],
  };
  const head = "HTTP/1.0 200 OK\r\ncontent-type: application/vnd.restate.endpointmanifest.v4+json";
  const old = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(`${head}\r\n\r\n${JSON.stringify(manifest)}`));
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void old.close());
  const uri = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
  const refused = await register(server.adminUrl, { uri, use_http_11: true });
  expectCode(refused, 500, "META0015", "announces bidirectional streams, but answers in");
});

it("META0016: a deployment that moves to code of other protocol versions", async () => {
  const uri = await startEndpoint({ name: "Mover" });
  const registered = await register(server.adminUrl, { uri });
  const { id } = registered.json() as { id: string };
  const endpointOptions = { minProtocolVersion: 5, maxProtocolVersion: 6 };
  const elsewhere = await startEndpoint({ name: "Mover", endpointOptions });
  const url = `${server.adminUrl}/deployments/${id}`;
  const refused = await request(url, { method: "PATCH", body: { uri: elsewhere } });
  expectCode(refused, 400, "META0016", `speaks protocol versions 5 to 7, but ${elsewhere}`);
});

it("RT0021: an inactivity timeout where the endpoint answers whole requests", async () => {
  const uri = await startEndpoint({
    name: "Hasty",
    options: { inactivityTimeout: 2000 },
    endpointOptions: { protocolMode: "REQUEST_RESPONSE" },
  });
  await mustRegister(server.adminUrl, uri);
  const { text } = await request(`${server.adminUrl}/services/Hasty`, { method: "GET" });
  expect(JSON.parse(text)).toMatchObject({
    info: [{ code: "RT0021", message: expect.stringContaining("inactivity timeout of 2s") }],
  });
});

it("RT0022: a retention beyond the server's maximum", async () => {
  const options = { journalRetention: 30 * DAY_MS };
  await mustRegister(server.adminUrl, await startEndpoint({ name: "Hoarder", options }));
  const { text } = await request(`${server.adminUrl}/services/Hoarder`, { method: "GET" });
  expect(JSON.parse(text)).toMatchObject({
    journal_retention: "7d",
    info: [{ code: "RT0022", message: expect.stringContaining("is reduced to 7d, the maximum") }],
  });
});
