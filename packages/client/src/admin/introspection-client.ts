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

export function introspectionMethods(api: Api): IntrospectionClient {
  const objects = (service: string) => `/services/${encodeURIComponent(service)}/objects`;
  return {
    summarizeInvocations: (query) =>
      api.resource(`/invocations/summary${toQuery({ ...query })}`, "groups"),
    listChildren: (id, query) => {
      const path = `/invocations/${encodeURIComponent(id)}/children`;
      return api.resource(path + toQuery({ ...query }), "summary");
    },
    overview: () => api.resource("/overview", "invocations"),
    listObjects: (service, query) =>
      api.resource(objects(service) + toQuery({ ...query }), "objects"),
    getState: (service, key, query) => {
      const path = `${objects(service)}/${encodeURIComponent(key)}/state`;
      return api.resource(path + toQuery({ ...query }), "entries");
    },
    query: async <Row>(sql: string) => {
      const request = jsonRequest("POST", "/query", { query: sql });
      const headers = { ...request.headers, accept: "application/json" };
      const response = await api.exchange({ ...request, headers });
      const truncated = response.headers.get("x-rejoin-truncated") === "true";
      const { rows } = await api.read<{ readonly rows: readonly Row[] }>(response, "rows");
      return { rows, truncated };
    },
  };
}
