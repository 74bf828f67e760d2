/** The commands against the real server: what the fake one says must be what this one says. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Context, createEndpointHandler, handlers, serve as _serve, service } from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestTerminal } from "./testing/test-environment.ts";
