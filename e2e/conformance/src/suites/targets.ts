/** Requests that several subjects make. */

import { until } from "../harness/eventually.ts";
import { type KeyedTarget, type Target, unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import type { ServiceName } from "../services/catalogue.ts";
import type { ManyCallRequest, ProxyRequest } from "../services/proxy.ts";

/** A target of a service of the suite. */
export function on(service: ServiceName, keyOrHandler: string, handler?: string): Target {
  return handler === undefined ? [service, keyOrHandler] : [service, keyOrHandler, handler];
}

/** An object of the suite with a key that no other test has. */
export interface Fresh {
  readonly key: string;
  handler(name: string): KeyedTarget;
}

export function fresh(service: ServiceName, key = unique(service)): Fresh {
  return { key, handler: (name) => [service, key, name] };
}

/** What the proxy is to call. */
export function proxied([service, second, third]: Target, body?: unknown): ProxyRequest {
  const message = body === undefined ? [] : [...Buffer.from(JSON.stringify(body))];
  return third === undefined
    ? { serviceName: service, handlerName: second, message }
    : { serviceName: service, virtualObjectKey: second, handlerName: third, message };
}

export function oneWay(proxyRequest: ProxyRequest): ManyCallRequest {
  return { proxyRequest, oneWayCall: true, awaitAtTheEnd: false };
}

export function awaited(proxyRequest: ProxyRequest): ManyCallRequest {
  return { proxyRequest, oneWayCall: false, awaitAtTheEnd: true };
}

/** JSON in bytes, as the proxy answers. */
export function fromBytes(bytes: readonly number[]): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}

/** Waits until a counter has the value. */
export function untilCount(
  { ingress }: RunningCell,
  key: string,
  wanted: number,
  service: ServiceName = "Counter",
): Promise<number> {
  return until(
    `the counter ${key} is ${wanted}`,
    () => ingress.call<number>([service, key, "get"]),
    (count) => count === wanted,
  );
}
