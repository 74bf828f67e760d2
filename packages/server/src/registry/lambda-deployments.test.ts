/** Deployments on AWS Lambda in the registry. */
import { createMemoryStore } from "@rejoin/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseFunctionArn, parseRoleArn } from "./address.ts";
import type { DiscoverPort } from "./discover-port.ts";
import { type RegisterRequest, Registrar, type UpdateRequest } from "./registrar.ts";
import { ServerRegistry } from "./registry.ts";
import { SERVER_DEFAULTS } from "./snapshot.ts";
import { manifestOf, serviceOf } from "./testing/records.ts";

const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:orders:1";
const ROLE = "arn:aws:iam::123456789012:role/path/invoker";

let registry: ServerRegistry;
let registrar: Registrar;
let asked: Parameters<DiscoverPort>[0][];

beforeEach(async () => {
  registry = await ServerRegistry.open(createMemoryStore({ partitionCount: 1 }), SERVER_DEFAULTS);
  asked = [];
  let nowMs = 1_700_000_000_000;
  registrar = new Registrar({
    registry,
    ports: {
      clock: { now: () => nowMs++ },
      random: { bytes: (length) => new Uint8Array(length).fill(nowMs % 256) },
    },
    discover: async (target) => {
      asked.push(target);
      const { lambda, http } = {
        lambda: { protocolMode: "REQUEST_RESPONSE", lambdaCompression: "zstd" },
        http: { protocolMode: "BIDI_STREAM" },
      } as const;
      const isFunction = "arn" in target;
      return {
        manifest: { ...manifestOf(serviceOf("a")), ...(isFunction ? lambda : http) },
        sdkVersion: "test-sdk/1.0",
        httpVersion: isFunction ? undefined : "HTTP/2.0",
      };
    },
    findInFlight: async () => ({ count: 0, first: [], isComplete: true }),
  });
});

afterEach(() => {
  registry.close();
});

function register(rest: Partial<RegisterRequest>) {
  return registrar.register({ force: false, breaking: false, dryRun: false, ...rest });
}

async function update(id: string, rest: Partial<UpdateRequest>) {
  const { snapshot } = await registrar.update(id, { overwrite: false, dryRun: false, ...rest });
  return snapshot.deployment(id)?.address;
}

async function registered(rest: Partial<RegisterRequest> = {}): Promise<string> {
  const { result } = await register({ arn: ARN, assumeRoleArn: ROLE, ...rest });
  return result.id;
}

describe("a function", () => {
  it("is asked in its role, and kept with what it says of itself", async () => {
    const id = await registered({ additionalHeaders: { "X-A": "1" } });
    const headers = { "x-a": "1" };
    expect(asked).toEqual([{ arn: ARN, assumeRoleArn: ROLE, additionalHeaders: headers }]);
    expect(registry.current.deployment(id)?.address).toEqual({
      kind: "lambda",
      arn: ARN,
      assumeRoleArn: ROLE,
      compression: "zstd",
      additionalHeaders: headers,
    });
    expect(registry.current.latest("a")?.protocolMode).toBe("REQUEST_RESPONSE");
  });

  it("is known by its ARN, the version included", async () => {
    const first = await register({ arn: ARN });
    const again = await register({ arn: ARN, assumeRoleArn: ROLE });
    expect(again.result).toMatchObject({ id: first.result.id, outcome: "unchanged" });
    const next = await register({ arn: ARN.replace(/1$/, "2") });
    expect(next.result.outcome).toBe("created");
    const forced = await register({ arn: ARN, force: true });
    expect(forced.result).toMatchObject({ id: first.result.id, outcome: "overwritten" });
    expect(asked).toHaveLength(3);
  });

  it("keeps what an update does not name", async () => {
    const id = await registered();
    const headers = { "x-b": "2" };
    expect(await update(id, { additionalHeaders: headers })).toMatchObject({
      arn: ARN,
      assumeRoleArn: ROLE,
      additionalHeaders: headers,
    });
    const other = ROLE.replace("invoker", "other");
    expect(await update(id, { assumeRoleArn: other })).toMatchObject({
      arn: ARN,
      assumeRoleArn: other,
      additionalHeaders: headers,
    });
  });

  it("can be moved to a URI, and back", async () => {
    const id = await registered();
    expect(await update(id, { uri: "http://h/" })).toMatchObject({
      kind: "http",
      uri: "http://h/",
    });
    expect(registry.current.latest("a")).toMatchObject({ deploymentId: id });
    expect(await update(id, { arn: ARN })).toMatchObject({ kind: "lambda", arn: ARN });
  });

  it.each<[Partial<UpdateRequest>, string]>([
    [{ useHttp11: true }, "use_http_11 does not go with arn"],
    [{ arn: ARN, uri: "http://h/" }, "either uri or arn"],
    [{ uri: "http://h/", assumeRoleArn: ROLE }, "goes with arn"],
    [{ assumeRoleArn: "admin" }, "no ARN of a role"],
  ])("is not updated by %j", async (change, text) => {
    const id = await registered();
    await expect(update(id, change)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(text),
    });
    expect(asked).toHaveLength(1);
  });
});

describe("an ARN", () => {
  it.each([
    ARN,
    "arn:aws:lambda:us-east-1:123456789012:function:f_1-x:live",
    "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:$LATEST",
    "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:42",
  ])("of a function is %s", (arn) => {
    expect(parseFunctionArn(arn)).toBe(arn);
  });

  it.each([
    ["arn:aws:lambda:eu-central-1:123456789012:function:orders", "no version or alias"],
    ["arn:aws:lambda:eu-central-1:1:function:f:1", "no ARN of an AWS Lambda function"],
    ["arn:aws:lambda:eu-central-1:123456789012:layer:f:1", "no ARN of an AWS Lambda function"],
    ["arn:aws:lambda:eu-central-1:123456789012:function:f:1:2", "no ARN"],
    ["function:f:1", "no ARN"],
    ["", "no ARN"],
  ])("of a function is not %s", (arn, text) => {
    expect(() => parseFunctionArn(arn)).toThrow(text);
  });

  it("of a role may have a path", () => {
    expect(parseRoleArn(ROLE)).toBe(ROLE);
    expect(() => parseRoleArn(ARN)).toThrow("no ARN of a role");
  });
});
