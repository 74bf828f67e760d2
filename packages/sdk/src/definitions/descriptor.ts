/** Contracts: what is known of handlers without their code. */
import type { HandlerDescriptor, HandlerDescriptors, Serde } from "@rejoin/protocol";

export type {
  Descriptor,
  HandlerDescriptor,
  HandlerDescriptors,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  ServiceDescriptor,
  WorkflowDescriptor,
} from "@rejoin/protocol";

/** What a contract says of a handler beside its types. */
export type DescriptorOpts = {
  description?: string;
  metadata?: Record<string, string>;
};

interface Declared {
  readonly input?: Serde<unknown> | undefined;
  readonly output?: Serde<unknown> | undefined;
  readonly shared?: boolean;
  readonly opts?: DescriptorOpts | undefined;
}

/** Leaves out what is not declared: a client uses its own serde then. */
export function createDescriptor({ input, output, shared, opts }: Declared): HandlerDescriptor {
  return {
    ...(input === undefined ? {} : { _inputSerde: input }),
    ...(output === undefined ? {} : { _outputSerde: output }),
    _shared: shared ?? false,
    ...(opts?.description === undefined ? {} : { _description: opts.description }),
    ...(opts?.metadata === undefined ? {} : { _metadata: opts.metadata }),
  };
}

/** The handlers that a definition or a contract declares; `undefined` for a mere name. */
export function descriptorsOf(definition: object): HandlerDescriptors | undefined {
  return (definition as { readonly _handlers?: HandlerDescriptors })._handlers;
}
