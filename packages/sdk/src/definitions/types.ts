/** The types of definitions: what a service is called and which handlers it has. */

/** Marks contexts, so that handler types can be told apart without importing the context. */
// biome-ignore lint/suspicious/noEmptyInterface: a marker of the public API
export interface RestateContext {}

/** Carries the handlers' types; never there at run time. */
declare const handlerTypes: unique symbol;

/** A service of name `P` with the handlers `M`. For a client, the name alone is enough. */
export interface ServiceDefinition<P extends string, M> {
  name: P;
  readonly [handlerTypes]?: M;
}

/** A handler of a service: context first, input second, a promise back. */
export type ServiceHandler<F, C = RestateContext> =
  // biome-ignore lint/suspicious/noExplicitAny: matches every input and output, as the reference
  F extends (ctx: C) => Promise<any>
    ? F
    : // biome-ignore lint/suspicious/noExplicitAny: matches every input and output
      F extends (ctx: C, input: any) => Promise<any>
      ? F
      : // biome-ignore lint/suspicious/noExplicitAny: the shape that an error message shows
        (ctx: C, input?: any) => Promise<any>;

/** The handlers of a definition, or `M` if it is the handlers already. */
export type Service<M> = M extends ServiceDefinition<string, infer S> ? S : M;

/** A definition, given it or its handlers. */
export type ServiceDefinitionFrom<M> =
  M extends ServiceDefinition<string, unknown> ? M : ServiceDefinition<string, M>;
