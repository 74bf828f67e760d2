/** Clients of handlers by their definitions, whatever kind these are of. */
import type {
  Ingress,
  IngressClient,
  IngressClientFromDescriptors,
  IngressSendClient,
  IngressSendClientFromDescriptors,
  IngressWorkflowClient,
} from "@rejoin/client";
import type {
  HandlerDescriptor,
  ObjectDescriptor,
  ServiceDefinition,
  ServiceDescriptor,
  VirtualObjectDefinition,
  WorkflowDefinition,
  WorkflowDescriptor,
} from "@rejoin/sdk";

type Handlers = Record<string, HandlerDescriptor>;

/** Calls handlers, and waits for their results. */
export interface ClientFactory {
  <P extends string, M>(service: ServiceDefinition<P, M>): IngressClient<M>;
  <P extends string, M>(object: VirtualObjectDefinition<P, M>, key: string): IngressClient<M>;
  <P extends string, M>(workflow: WorkflowDefinition<P, M>, key: string): IngressWorkflowClient<M>;
  <P extends string, H extends Handlers>(
    contract: ServiceDescriptor<P, H>,
  ): IngressClientFromDescriptors<H>;
  <P extends string, H extends Handlers>(
    contract: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): IngressClientFromDescriptors<H>;
}

/** Calls handlers, and waits until that is durable. */
export interface SendClientFactory {
  <P extends string, M>(service: ServiceDefinition<P, M>): IngressSendClient<M>;
  <P extends string, M>(object: VirtualObjectDefinition<P, M>, key: string): IngressSendClient<M>;
  <P extends string, H extends Handlers>(
    contract: ServiceDescriptor<P, H>,
  ): IngressSendClientFromDescriptors<H>;
  <P extends string, H extends Handlers>(
    contract: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): IngressSendClientFromDescriptors<H>;
}

interface Definition {
  readonly name: string;
  readonly _kind?: "service" | "object" | "workflow";
}

// biome-ignore lint/suspicious/noExplicitAny: what is called is typed above
type Untyped = any;

export function createClients(ingress: Ingress): {
  readonly client: ClientFactory;
  readonly sendClient: SendClientFactory;
} {
  const client = (definition: Definition, key?: string): unknown => {
    if (key === undefined) return ingress.serviceClient(definition as Untyped);
    if (definition._kind === "workflow") return ingress.workflowClient(definition as Untyped, key);
    return ingress.objectClient(definition as Untyped, key);
  };
  const sendClient = (definition: Definition, key?: string): unknown =>
    key === undefined
      ? ingress.serviceSendClient(definition as Untyped)
      : ingress.objectSendClient(definition as Untyped, key);
  return { client: client as ClientFactory, sendClient: sendClient as SendClientFactory };
}
