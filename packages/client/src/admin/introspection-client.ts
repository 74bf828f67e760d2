/** The part of the admin client that asks about many invocations, about objects, and in SQL. */
import { type Api, jsonRequest, toQuery } from "./api.ts";
import type {
  ChildrenPage,
  ChildrenQuery,
  InvocationSummary,
  ObjectPage,
  ObjectQuery,
  ObjectState,
  Overview,
  QueryResult,
  StateQuery,
  SummaryQuery,
} from "./introspection.ts";
import { SHAPES } from "./shape.ts";

/** Every method rejects with a `ClientError`. */
export interface IntrospectionClient {
  /** How many invocations there are, by what they have in common. */
  summarizeInvocations(query?: SummaryQuery): Promise<InvocationSummary>;
  /** What an invocation has called, and how far that is. */
  listChildren(id: string, query?: ChildrenQuery): Promise<ChildrenPage>;
  /** How the server is doing. */
  overview(): Promise<Overview>;
  /** The keys of a virtual object or workflow that have something stored. */
  listObjects(service: string, query?: ObjectQuery): Promise<ObjectPage>;
  /** The state of one key, in the order of its names. */
  getState(service: string, key: string, query?: StateQuery): Promise<ObjectState>;
  /** One SELECT in SQL. Status 400 if it is wrong, 429 if too many run, 503 if there is no SQL. */
  query<Row = Readonly<Record<string, unknown>>>(sql: string): Promise<QueryResult<Row>>;
}

/** Keys that a path cannot hold: they mean something else there, escaped or not. */
const UNWRITABLE = ["", ".", ".."];

export function introspectionMethods(api: Api): IntrospectionClient {
  const objects = (service: string) => `/services/${encodeURIComponent(service)}/objects`;
  return {
    summarizeInvocations: (query) =>
      api.resource(`/invocations/summary${toQuery({ ...query })}`, SHAPES.summary),
    listChildren: (id, query) => {
      const path = `/invocations/${encodeURIComponent(id)}/children`;
      return api.resource(path + toQuery({ ...query }), SHAPES.children);
    },
    overview: () => api.resource("/overview", SHAPES.overview),
    listObjects: (service, query) =>
      api.resource(objects(service) + toQuery({ ...query }), SHAPES.objects),
    getState: (service, key, query) => {
      if (UNWRITABLE.includes(key)) {
        const path = `/services/${encodeURIComponent(service)}/state`;
        return api.resource(path + toQuery({ object_key: key, ...query }), SHAPES.state);
      }
      const path = `${objects(service)}/${encodeURIComponent(key)}/state`;
      return api.resource(path + toQuery({ ...query }), SHAPES.state);
    },
    query: async <Row>(sql: string) => {
      const request = jsonRequest("POST", "/query", { query: sql });
      const headers = { ...request.headers, accept: "application/json" };
      const response = await api.exchange({ ...request, headers });
      const truncated = response.headers.get("x-rejoin-truncated") === "true";
      const { rows } = await api.read<{ readonly rows: readonly Row[] }>(response, SHAPES.rows);
      return { rows, truncated };
    },
  };
}
