import * as reference from "@restatedev/restate-sdk";
import * as referenceFetch from "@restatedev/restate-sdk/fetch";
import * as referenceLambda from "@restatedev/restate-sdk/lambda";
import { describe, expect, test } from "vitest";
import * as commonEntry from "./common-api.ts";
import * as fetchEntry from "./fetch.ts";
import * as nodeEntry from "./index.ts";
import * as lambdaEntry from "./lambda.ts";

/** What only Node's entry has. */
const NODE_ONLY = ["serve", "createInProcessEndpoint", "captureEndpoint", "createReplay"];
const COMMON = Object.keys(commonEntry);

test("every entry has the whole common part and its own ways to serve", () => {
  const own = ["createEndpointHandler", "endpoint"];
  expect(Object.keys(fetchEntry).toSorted()).toEqual([...COMMON, ...own].toSorted());
  expect(Object.keys(lambdaEntry).toSorted()).toEqual([...COMMON, ...own].toSorted());
  expect(Object.keys(nodeEntry).toSorted()).toEqual([...COMMON, ...own, ...NODE_ONLY].toSorted());
});

describe("what users import elsewhere is here under the same name", () => {
  test.each([
    ["the main entry", reference, nodeEntry],
    ["fetch", referenceFetch, fetchEntry],
    ["lambda", referenceLambda, lambdaEntry],
  ])("of %s", (_, theirs, ours) => {
    const missing = Object.keys(theirs).filter((name) => !(name in ours));
    expect(missing).toEqual([]);
  });
});
