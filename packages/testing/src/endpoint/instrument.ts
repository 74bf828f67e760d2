/** The services of a test with an interceptor of ours around each closure of `ctx.run`. */
import type { AnyDefinition, DefaultServiceOptions, HooksProvider } from "@rejoin/sdk";

/** What is around each execution of a closure. */
export type AroundRun = (
  run: { readonly service: string; readonly invocationId: string; readonly name: string },
  next: () => Promise<void>,
) => Promise<void>;

/** Under this key, which all copies of the SDK share, an object holds what was defined. */
const DEFINITION = Symbol.for("@rejoin/sdk/definition");

interface Inner {
  readonly options?: { readonly hooks?: readonly HooksProvider[] } | undefined;
}

/** Copies of `services`; the interceptor is the outermost, and the others stay as they are. */
export function instrument(
  services: readonly AnyDefinition[],
  defaults: DefaultServiceOptions | undefined,
  around: AroundRun,
): AnyDefinition[] {
  const provider: HooksProvider = ({ request }) => {
    const { target, id } = request;
    const invocationId = String(id);
    const { service } = target;
    return { interceptor: { run: (name, next) => around({ service, invocationId, name }, next) } };
  };
  return services.map((service) => withHook(service, provider, defaults));
}

/** What is no definition is left for the endpoint to complain about. */
function withHook(
  service: AnyDefinition,
  provider: HooksProvider,
  defaults: DefaultServiceOptions | undefined,
): AnyDefinition {
  const inner: Inner | undefined = (service as { readonly [DEFINITION]?: Inner } | undefined)?.[
    DEFINITION
  ];
  if (inner === undefined) return service;
  // Hooks of a service replace those that hold by default.
  const hooks = [provider, ...(inner.options?.hooks ?? defaults?.hooks ?? [])];
  const copy = { ...service };
  const value = { ...inner, options: { ...inner.options, hooks } };
  Object.defineProperty(copy, DEFINITION, { value });
  return copy;
}
