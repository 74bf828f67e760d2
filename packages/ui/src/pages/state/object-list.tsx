/** The keys of a service that hold something, or are held, or waited for. */
import type { ObjectResource } from "@rejoin/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound, Lock } from "lucide-react";
import { useDeferredValue, useRef, useState } from "react";
import { Link } from "wouter";
import { useAdmin } from "../../api/admin.ts";
import { formatBytes, formatCount, plural } from "../../format/size.ts";
import { stateLink } from "../../format/state-link.ts";
import { useKeys } from "../../parts/keys.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { InvocationLink } from "../../parts/text.tsx";

interface ObjectListProps {
  readonly service: string;
  readonly chosen: string | undefined;
}

const PAGE_SIZE = 100;
const EVERY_MS = 5000;

export function ObjectList({ service, chosen }: ObjectListProps) {
  const admin = useAdmin();
  const input = useRef<HTMLInputElement>(null);
  const [prefix, setPrefix] = useState("");
  const asked = useDeferredValue(prefix);
  useKeys({ "/": () => input.current?.focus() });
  const list = useInfiniteQuery({
    queryKey: ["objects", service, asked],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after }) =>
      admin.listObjects(service, {
        limit: PAGE_SIZE,
        ...(asked === "" ? {} : { prefix: asked }),
        ...(after === undefined ? {} : { after }),
      }),
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? false : EVERY_MS),
  });
  const objects = list.data?.pages.flatMap((page) => page.objects) ?? [];
  return (
    <section className="card" aria-label={`Keys of ${service}`}>
      <div className="card-head">
        <input
          ref={input}
          className="input grow"
          type="search"
          aria-label="Keys that begin with"
          placeholder="Keys that begin with …"
          value={prefix}
          onChange={(event) => setPrefix(event.currentTarget.value)}
        />
        <span className="muted small num">
          {list.hasNextPage && "more than "}
          {plural(objects.length, "key")}
        </span>
      </div>
      {list.error !== null && <Problem error={list.error} what="load the keys" />}
      {list.isPending && (
        <div className="card-body">
          <Loading />
        </div>
      )}
      {list.data !== undefined && objects.length === 0 && (
        <Empty Icon={KeyRound} title={prefix === "" ? "No key holds anything" : "No such key"} />
      )}
      {objects.length > 0 && <ObjectTable service={service} objects={objects} chosen={chosen} />}
      {list.hasNextPage && (
        <div className="card-foot">
          <button type="button" className="btn btn-small" onClick={() => void list.fetchNextPage()}>
            Show more
          </button>
        </div>
      )}
    </section>
  );
}

interface ObjectTableProps extends ObjectListProps {
  readonly objects: readonly ObjectResource[];
}

function ObjectTable({ service, objects, chosen }: ObjectTableProps) {
  return (
    <div className="table-wrap object-table">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col" className="num">
              State
            </th>
            <th scope="col">Held by</th>
            <th scope="col" className="num">
              Waiting
            </th>
          </tr>
        </thead>
        <tbody>
          {objects.map((object) => (
            <tr
              key={`${object.scope ?? ""} ${object.key}`}
              className={object.key === chosen ? "row-chosen" : undefined}
            >
              <td className="wrap">
                <Link className="strong" href={stateLink(service, object.key, object.scope)}>
                  {object.key}
                </Link>
                {object.scope !== undefined && <span className="tag">{object.scope}</span>}
              </td>
              <td className="num muted nowrap">
                {object.state_truncated === true && "> "}
                {plural(object.state_keys, "value")}, {formatBytes(object.state_bytes)}
              </td>
              <td>
                {object.locked_by !== undefined && (
                  <span className="row">
                    <Lock size={13} aria-hidden />
                    <InvocationLink id={object.locked_by} />
                  </span>
                )}
              </td>
              <td className="num">
                {object.inbox_length > 0 && (
                  <Link
                    href={`/invocations?service=${encodeURIComponent(service)}&key=${encodeURIComponent(object.key)}&status=pending`}
                  >
                    {formatCount(object.inbox_length)}
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
