/** The surface of the ingress client. */

import type { JournalValueCodec, Serde } from "@rejoin/protocol";
import type {
  HandlerDescriptors,
  ObjectDescriptor,
  Service,
  ServiceDefinitionFrom,
  ServiceDescriptor,
  VirtualObject,
  VirtualObjectDefinitionFrom,
  Workflow,
  WorkflowDefinitionFrom,
  WorkflowDescriptor,
} from "../definitions.ts";
import type {
  IngressClient,
  IngressClientFromDescriptors,
  IngressSendClient,
  IngressSendClientFromDescriptors,
  IngressWorkflowClient,
  Send,
  WorkflowSubmission,
} from "./clients.ts";
import type { Opts, SendOpts } from "./options.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** How to reach an ingress, and what holds for every request. */
export type ConnectionOpts = {
  /** Of the ingress, such as `http://localhost:8080`; it may have a path. */
  url: string;
  /** Sent with every request, for instance for authentication. */
  headers?: Record<string, string>;
  /**
   * Repeat requests that have failed on their way; `true` for the defaults of {@link RetryPolicy}.
   * Only requests that are safe to repeat are. Default: `false`.
   */
  retry?: RetryPolicy | boolean;
  /** For payloads that neither an option nor a declaration gives a serde for. Default: JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a serde of any type
  serde?: Serde<any>;
  /** Wraps inputs and results, like that of the services. */
  journalValueCodec?: JournalValueCodec;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
};

/**
 * Calls handlers through the ingress. What goes wrong rejects the promise of the call: with an
 * `HttpCallError` if the answer is an error, with a `ClientError` if there is none, or none that can
 * be read.
 */
export interface Ingress {
  /** Calls the handlers of a service. */
  serviceClient<D>(opts: ServiceDefinitionFrom<D>): IngressClient<Service<D>>;
  /** Calls the shared handlers of a workflow, submits it, and waits for its result. */
  workflowClient<D>(
    opts: WorkflowDefinitionFrom<D>,
    key: string,
  ): IngressWorkflowClient<Workflow<D>>;
  /** Calls the handlers of the virtual object with this key. */
  objectClient<D>(
    opts: VirtualObjectDefinitionFrom<D>,
    key: string,
  ): IngressClient<VirtualObject<D>>;
  /** Calls the handlers of a service without waiting for their results. */
  serviceSendClient<D>(opts: ServiceDefinitionFrom<D>): IngressSendClient<Service<D>>;
  /** Calls the handlers of a virtual object without waiting for their results. */
  objectSendClient<D>(
    opts: VirtualObjectDefinitionFrom<D>,
    key: string,
  ): IngressSendClient<VirtualObject<D>>;

  /** Calls the handlers of a contract: `ingress.client(greeter).greet("Ada")`. */
  client<P extends string, H extends HandlerDescriptors>(
    serviceInterface: ServiceDescriptor<P, H>,
  ): IngressClientFromDescriptors<H>;
  client<P extends string, H extends HandlerDescriptors>(
    objectOrWorkflowInterface: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): IngressClientFromDescriptors<H>;
  /** Calls the handlers of a contract without waiting for their results. */
  sendClient<P extends string, H extends HandlerDescriptors>(
    serviceInterface: ServiceDescriptor<P, H>,
  ): IngressSendClientFromDescriptors<H>;
  sendClient<P extends string, H extends HandlerDescriptors>(
    objectOrWorkflowInterface: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): IngressSendClientFromDescriptors<H>;

  /** Completes an awakeable with a value. Only the first completion counts. */
  resolveAwakeable<T>(id: string, payload?: T, payloadSerde?: Serde<T>): Promise<void>;
  /** Completes an awakeable with a terminal failure. */
  rejectAwakeable(id: string, reason: string): Promise<void>;
  /**
   * Waits for the result of a send that had an idempotency key, or of a workflow; rejects at once
   * for other sends, whose results are not kept.
   */
  result<T>(send: Send<T> | WorkflowSubmission<T>, resultSerde?: Serde<T>): Promise<T>;

  /**
   * Calls a handler by its names. Without serdes, a parameter of bytes is sent as it is and the
   * result is bytes too; anything else is JSON.
   */
  call<I = Uint8Array, O = Uint8Array>(opts: {
    service: string;
    handler: string;
    parameter: I;
    /** Of an object or workflow. */
    key?: string;
    scope?: string;
    opts?: Opts<I, O>;
  }): Promise<O>;
  /** The same, without waiting for the result. */
  send<I = Uint8Array>(opts: {
    service: string;
    handler: string;
    parameter: I;
    key?: string;
    scope?: string;
    opts?: SendOpts<I>;
  }): Promise<Send>;

  /**
   * Calls within a scope. Invocations, idempotency keys, objects and workflows of one scope are not
   * those of another, nor those without a scope; limits are counted in a scope.
   *
   * @param scopeKey 1 to 36 characters of `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`
   */
  scope(scopeKey: string): ScopedIngress;
}

/** The clients of one scope. */
export type ScopedIngress = Pick<
  Ingress,
  | "serviceClient"
  | "serviceSendClient"
  | "objectClient"
  | "objectSendClient"
  | "workflowClient"
  | "client"
  | "sendClient"
>;
