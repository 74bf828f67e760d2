/** The entry for runtimes with `fetch`: Cloudflare Workers, Deno, Bun, Next.js, Vercel. */

export * from "./common-api.ts";
export {
  createEndpointHandler,
  type FetchEndpointHandler,
  type FetchEndpointOptions,
} from "./endpoint/fetch/endpoint-handler.ts";
export { endpoint, type FetchEndpoint } from "./endpoint/fetch/fetch-endpoint-builder.ts";
