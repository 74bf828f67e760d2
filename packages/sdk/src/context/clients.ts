/**
 * Clients of services, objects and workflows: objects whose functions are made once per definition and live on a
 * prototype, so that a client costs one small object.
 *
 * A function is made when its name is first used, also for a name that the definition does not
 * know: for a stub, which is a name and nothing else, that is every name.
 */

import type { Serde } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { descriptorsOf, type HandlerDescriptors } from "../definitions/descriptor.ts";
import { Opts, SendOpts } from "../definitions/rpc.ts";
import { type CallOptions, issueCall, issueSend } from "./calls.ts";

/** Clients that are kept for definitions that are mere names. */
const STUBS_MAX = 1000;

/** What a client's functions need of their context. */
export interface ClientContext {
  readonly attempt: Attempt;
}

/** Which calls a client makes, beside their handler. */
export interface ClientTarget {
  /** "" for services. */
  readonly key: string;
  readonly scope: string | undefined;
}

interface ClientBase extends ClientTarget {
  readonly context: ClientContext;
}
type ClientClass = new (context: ClientContext, target: ClientTarget) => ClientBase;

interface ClientClasses {
  readonly call: ClientClass;
  readonly send: ClientClass;
}

/** A definition, a contract, or a mere name. */
interface Named {
  readonly name: string;
}

/** Makes clients, remembering their classes. One per endpoint. */
export class ClientFactory {
  readonly #byDefinition = new WeakMap<object, ClientClasses>();
  readonly #byName = new Map<string, ClientClasses>();

  call(definition: Named, context: ClientContext, target: ClientTarget): object {
    return new (this.#classesOf(definition).call)(context, target);
  }

  send(definition: Named, context: ClientContext, target: ClientTarget): object {
    return new (this.#classesOf(definition).send)(context, target);
  }

  #classesOf(definition: Named): ClientClasses {
    const known = this.#byDefinition.get(definition);
    if (known !== undefined) return known;
    const handlers = descriptorsOf(definition);
    if (handlers === undefined) return this.#stubClasses(definition.name);
    const classes = createClasses(definition.name, handlers);
    this.#byDefinition.set(definition, classes);
    return classes;
  }

  #stubClasses(name: string): ClientClasses {
    let classes = this.#byName.get(name);
    if (classes === undefined) {
      if (this.#byName.size >= STUBS_MAX) this.#byName.clear();
      classes = createClasses(name, {});
      this.#byName.set(name, classes);
    }
    return classes;
  }
}

function createClasses(service: string, handlers: HandlerDescriptors): ClientClasses {
  return {
    call: createClass((handler) => createCall(service, handler, handlers)),
    send: createClass((handler) => createSend(service, handler, handlers)),
  };
}

/** A class whose instances have a function under every name. */
function createClass(createFunction: (handler: string) => unknown): ClientClass {
  const Class = class implements ClientBase {
    readonly context: ClientContext;
    readonly key: string;
    readonly scope: string | undefined;

    constructor(context: ClientContext, { key, scope }: ClientTarget) {
      this.context = context;
      this.key = key;
      this.scope = scope;
    }
  };
  const fallback = new Proxy(Object.create(null), {
    get(_target, name) {
      // A client is no promise: `await client` must not call a handler.
      if (typeof name !== "string" || name === "then") return undefined;
      const value = createFunction(name);
      Object.defineProperty(Class.prototype, name, { value });
      return value;
    },
  });
  Object.setPrototypeOf(Class.prototype, fallback);
  return Class;
}

function createCall(service: string, handler: string, handlers: HandlerDescriptors) {
  const declared = handlers[handler];
  return function (this: ClientBase, ...args: unknown[]) {
    const { attempt } = this.context;
    const { defaultSerde } = attempt.handler;
    const options = takeOptions(args);
    const { key, scope } = this;
    return issueCall(
      attempt,
      { service, handler, key, scope, options },
      args[0],
      options?.input ?? declared?._inputSerde ?? defaultSerde,
      options?.output ?? declared?._outputSerde ?? defaultSerde,
    );
  };
}

function createSend(service: string, handler: string, handlers: HandlerDescriptors) {
  const declared = handlers[handler];
  return function (this: ClientBase, ...args: unknown[]) {
    const { attempt } = this.context;
    const options = takeOptions(args);
    const { key, scope } = this;
    return issueSend(
      attempt,
      { service, handler, key, scope, options },
      args[0],
      options?.input ?? declared?._inputSerde ?? attempt.handler.defaultSerde,
    );
  };
}

interface ClientOptions extends CallOptions {
  readonly input?: Serde<unknown> | undefined;
  readonly output?: Serde<unknown> | undefined;
}

/** Takes the options from the end of the arguments; what is left is the parameter, if any. */
function takeOptions(args: unknown[]): ClientOptions | undefined {
  if (args.length === 0) return undefined;
  if (args.length > 2) throw new TypeError("unexpected number of arguments");
  const last = args[args.length - 1];
  if (last instanceof Opts || last instanceof SendOpts) {
    args.pop();
    return last.getOpts();
  }
  if (args.length === 1 || last === undefined) return undefined;
  throw new TypeError("The second argument must be either Opts or SendOpts");
}
