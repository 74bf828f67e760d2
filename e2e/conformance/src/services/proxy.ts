/** Calls any other handler. */
import type { Context, InvocationId, RestatePromise } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface ProxyRequest {
  readonly serviceName: string;
  readonly virtualObjectKey?: string;
  readonly handlerName: string;
  /** Bytes. */
  readonly message: number[];
  readonly delayMillis?: number;
  readonly idempotencyKey?: string;
  readonly scope?: string;
  readonly limitKey?: string;
}

export interface ManyCallRequest {
  readonly proxyRequest: ProxyRequest;
  readonly oneWayCall: boolean;
  readonly awaitAtTheEnd: boolean;
}

export function createProxy(sdk: Sdk, name = "Proxy") {
  return sdk.service({
    name,
    handlers: {
      call: async (ctx: Context, request: ProxyRequest): Promise<number[]> => [
        ...(await call(ctx, request)),
      ],

      oneWayCall: async (ctx: Context, request: ProxyRequest): Promise<InvocationId> =>
        await send(ctx, request).invocationId,

      manyCalls: async (ctx: Context, requests: ManyCallRequest[]): Promise<void> => {
        const awaited: RestatePromise<Uint8Array>[] = [];
        for (const { proxyRequest, oneWayCall, awaitAtTheEnd } of requests) {
          if (oneWayCall) {
            send(ctx, proxyRequest);
            continue;
          }
          const promise = call(ctx, proxyRequest);
          if (awaitAtTheEnd) awaited.push(promise);
        }
        await sdk.RestatePromise.all(awaited);
      },
    },
  });
}

function call(ctx: Context, request: ProxyRequest): RestatePromise<Uint8Array> {
  return ctx.genericCall(toTarget(request));
}

function send(ctx: Context, request: ProxyRequest) {
  const { delayMillis: delay } = request;
  return ctx.genericSend({ ...toTarget(request), ...(delay === undefined ? {} : { delay }) });
}

function toTarget(request: ProxyRequest) {
  const { serviceName, virtualObjectKey: key, handlerName, message } = request;
  const { idempotencyKey, scope, limitKey } = request;
  return {
    service: serviceName,
    method: handlerName,
    parameter: Uint8Array.from(message),
    ...(key === undefined ? {} : { key }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(scope === undefined ? {} : { scope }),
    ...(limitKey === undefined ? {} : { limitKey }),
  };
}
