/** The part of the admin client that shows services and changes their settings. */
import { type Api, jsonRequest } from "./api.ts";
import type { StateChange } from "./operations.ts";
import type { HandlerResource, ServiceChange, ServiceResource } from "./resources.ts";
import { SHAPES } from "./shape.ts";

/** Every method rejects with a `ClientError`; status 404 if there is no such service or handler. */
export interface ServiceClient {
  /** The newest revision of each. */
  listServices(): Promise<readonly ServiceResource[]>;
  getService(name: string): Promise<ServiceResource>;
  /** For its newest revision; gives the service as it is then. */
  changeService(name: string, change: ServiceChange): Promise<ServiceResource>;
  /** How it is called, as an OpenAPI 3.1 document. */
  getServiceDocument(name: string): Promise<Readonly<Record<string, unknown>>>;
  listHandlers(service: string): Promise<readonly HandlerResource[]>;
  getHandler(service: string, handler: string): Promise<HandlerResource>;
  /** Replaces the whole state of an object; status 409 if it is not of the expected version. */
  replaceState(service: string, change: StateChange): Promise<void>;
}

export function serviceMethods(api: Api): ServiceClient {
  const at = (name: string) => `/services/${encodeURIComponent(name)}`;
  return {
    listServices: async () => {
      type Listed = { readonly services: readonly ServiceResource[] };
      return (await api.resource<Listed>("/services", SHAPES.services)).services;
    },
    getService: (name) => api.resource(at(name), SHAPES.service),
    changeService: (name, change) =>
      api.change(jsonRequest("PATCH", at(name), change), SHAPES.service),
    getServiceDocument: (name) => api.resource(`${at(name)}/openapi`, SHAPES.document),
    listHandlers: async (name) => {
      type Listed = { readonly handlers: readonly HandlerResource[] };
      return (await api.resource<Listed>(`${at(name)}/handlers`, SHAPES.handlers)).handlers;
    },
    getHandler: (name, handler) =>
      api.resource(`${at(name)}/handlers/${encodeURIComponent(handler)}`, SHAPES.handler),
    replaceState: async (name, change) =>
      void (await api.exchange(jsonRequest("POST", `${at(name)}/state`, change))),
  };
}
