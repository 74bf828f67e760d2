/** The clients of a context, with or without a scope. */
import type { Attempt } from "../attempt/attempt.ts";
import type {
  HandlerDescriptors,
  ObjectDescriptor,
  ServiceDescriptor,
  WorkflowDescriptor,
} from "../definitions/descriptor.ts";
import type {
  Client,
  ClientFromDescriptors,
  SendClient,
  SendClientFromDescriptors,
} from "../definitions/rpc.ts";
import type {
  Service,
  ServiceDefinitionFrom,
  VirtualObject,
  VirtualObjectDefinitionFrom,
  Workflow,
  WorkflowDefinitionFrom,
} from "../definitions/types.ts";
import type { ClientFactory, ClientTarget } from "./clients.ts";
import type { Clients } from "./context.ts";

interface Named {
  readonly name: string;
}
type AnyDescriptor<P extends string, H extends HandlerDescriptors> =
  | ServiceDescriptor<P, H>
  | ObjectDescriptor<P, H>
  | WorkflowDescriptor<P, H>;

const NO_KEY: ClientTarget = { key: "", scope: undefined };

export class ScopedClients implements Clients {
  readonly attempt: Attempt;
  protected readonly factory: ClientFactory;
  readonly #scope: string | undefined;

  constructor(attempt: Attempt, factory: ClientFactory, scope: string | undefined) {
    this.attempt = attempt;
    this.factory = factory;
    this.#scope = scope;
  }

  serviceClient<D>(opts: ServiceDefinitionFrom<D>): Client<Service<D>> {
    return this.factory.call(opts, this, this.#unkeyed) as Client<Service<D>>;
  }

  serviceSendClient<D>(opts: ServiceDefinitionFrom<D>): SendClient<Service<D>> {
    return this.factory.send(opts, this, this.#unkeyed) as SendClient<Service<D>>;
  }

  objectClient<D>(opts: VirtualObjectDefinitionFrom<D>, key: string): Client<VirtualObject<D>> {
    return this.#call(opts, key) as Client<VirtualObject<D>>;
  }

  objectSendClient<D>(
    opts: VirtualObjectDefinitionFrom<D>,
    key: string,
  ): SendClient<VirtualObject<D>> {
    return this.#send(opts, key) as SendClient<VirtualObject<D>>;
  }

  workflowClient<D>(opts: WorkflowDefinitionFrom<D>, key: string): Client<Workflow<D>> {
    return this.#call(opts, key) as Client<Workflow<D>>;
  }

  workflowSendClient<D>(opts: WorkflowDefinitionFrom<D>, key: string): SendClient<Workflow<D>> {
    return this.#send(opts, key) as SendClient<Workflow<D>>;
  }

  client<P extends string, H extends HandlerDescriptors>(
    contract: AnyDescriptor<P, H>,
    key?: string,
  ): ClientFromDescriptors<H> {
    const client =
      contract._kind === "service"
        ? this.factory.call(contract, this, this.#unkeyed)
        : this.#call(contract, key);
    return client as ClientFromDescriptors<H>;
  }

  sendClient<P extends string, H extends HandlerDescriptors>(
    contract: AnyDescriptor<P, H>,
    key?: string,
  ): SendClientFromDescriptors<H> {
    const client =
      contract._kind === "service"
        ? this.factory.send(contract, this, this.#unkeyed)
        : this.#send(contract, key);
    return client as SendClientFromDescriptors<H>;
  }

  get #unkeyed(): ClientTarget {
    return this.#scope === undefined ? NO_KEY : { key: "", scope: this.#scope };
  }

  #call(definition: Named, key: string | undefined): object {
    return this.factory.call(definition, this, this.#keyed(definition, key));
  }

  #send(definition: Named, key: string | undefined): object {
    return this.factory.send(definition, this, this.#keyed(definition, key));
  }

  #keyed({ name }: Named, key: string | undefined): ClientTarget {
    if (typeof key !== "string") {
      throw new TypeError(
        `a client of ${name} needs the key as its second argument, a string, not ${typeof key}`,
      );
    }
    return { key, scope: this.#scope };
  }
}
