/** Values as user interfaces show them: bytes to JSON and back, by the handler's own serde. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import type { ServiceName } from "../services/catalogue.ts";
import { LOUD_TYPE } from "../services/loud-serde.ts";

const PREFIX = "dev.restate.serde.preview.";

async function previewsOf({ admin }: RunningCell, service: ServiceName): Promise<string[]> {
  const { metadata = {} } = await admin.must<{ metadata?: Record<string, string> }>(
    "GET",
    `/services/${service}`,
  );
  const names = Object.keys(metadata).filter((key) => key.startsWith(PREFIX));
  expect(names.map((name) => metadata[name])).toEqual(names.map(() => "true"));
  return names.map((name) => name.slice(PREFIX.length)).sort();
}

async function convert(
  { admin }: RunningCell,
  service: ServiceName,
  direction: "encode" | "decode",
  serde: string,
  body: string,
) {
  const path = `/internal/services/${service}/serdes/${direction}/${serde}`;
  return await admin.request("POST", path, new TextEncoder().encode(body));
}

const VALUE = '{"name":"Ada"}';

/** A value goes there and back. */
const roundTrip = (service: ServiceName, serde: string) => async (running: RunningCell) => {
  const encoded = await convert(running, service, "encode", serde, VALUE);
  expect(encoded).toMatchObject({ status: 200, text: `LOUD ${VALUE}` });
  const decoded = await convert(running, service, "decode", serde, encoded.text);
  expect(decoded).toMatchObject({ status: 200, text: VALUE });
};

const refused = (service: ServiceName, serde: string) => async (running: RunningCell) => {
  for (const direction of ["encode", "decode"] as const) {
    expect((await convert(running, service, direction, serde, VALUE)).status).toBe(500);
  }
};

export const previewSerdes: Group = {
  name: "PreviewSerdes",
  needs: ["Previewed", "PreviewedByDefault"],
  tests: {
    "names the values that can be shown": async (running) => {
      expect(await previewsOf(running, "Previewed")).toEqual([
        "byHandler/input",
        "byHandler/output",
        "explicit/input",
        "explicit/output",
        "onlyOutput/output",
      ]);
      expect(await previewsOf(running, "PreviewedByDefault")).toEqual([
        "plain/input",
        "plain/output",
      ]);
    },

    "converts by a serde of the handler's input": roundTrip("Previewed", "explicit/input"),
    "converts by a serde of the handler's output": roundTrip("Previewed", "onlyOutput/output"),
    "converts by the handler's default serde": roundTrip("Previewed", "byHandler/input"),
    "converts by the service's default serde": roundTrip("PreviewedByDefault", "plain/output"),

    "shows no JSON, which needs no preview": refused("Previewed", "plain/input"),
    "shows no input whose output has a preview": refused("Previewed", "onlyOutput/input"),
    "shows no bytes": refused("PreviewedByDefault", "own/output"),
    "shows nothing of an unknown handler": refused("Previewed", "unknown/input"),

    "makes what a handler takes, and shows what it gives": async (running) => {
      const encoded = await convert(running, "Previewed", "encode", "explicit/input", VALUE);
      const answer = await running.ingress.request("/Previewed/explicit", {
        headers: { "content-type": LOUD_TYPE },
        body: new TextEncoder().encode(encoded.text),
      });
      expect(answer).toMatchObject({ status: 200, text: `LOUD ${VALUE}` });
      expect(answer.headers.get("content-type")).toBe(LOUD_TYPE);
      const decoded = await convert(running, "Previewed", "decode", "explicit/output", answer.text);
      expect(decoded.json()).toEqual({ name: "Ada" });
    },
  },
};
