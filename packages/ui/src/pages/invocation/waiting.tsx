/** Why it does not go on just now: what it waits for. */
import type { InvocationDetails } from "@rejoin/client";
import { useMemo } from "react";
import { Link } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { plural } from "../../format/size.ts";
import { stateLink } from "../../format/state-link.ts";
import { type AwaitNode, describeAwaiting } from "../../journal/awaiting.ts";
import type { JournalReader } from "../../journal/steps.ts";
import { InvocationLink } from "../../parts/text.tsx";

interface WaitingProps {
  readonly invocation: InvocationDetails;
  readonly reader: JournalReader;
  readonly version: number;
}

export function Waiting(props: WaitingProps) {
  const { status, target_service_key: key } = props.invocation;
  if (status === "pending" && key !== undefined) return <Held invocation={props.invocation} />;
  return <Awaited {...props} />;
}

const EVERY_MS = 2000;

/** Its key belongs to another one just now. */
function Held({ invocation }: Pick<WaitingProps, "invocation">) {
  const admin = useAdmin();
  const { target_service_name: service, target_service_key: key = "", scope } = invocation;
  const { data } = usePolled(
    ["holder", service, key, scope],
    () => admin.listObjects(service, { prefix: key, limit: 1, ...(scope && { scope }) }),
    { everyMs: EVERY_MS },
  );
  const object = data?.objects.find((found) => found.key === key);
  if (object?.locked_by === undefined) return null;
  return (
    <section className="card" aria-labelledby="waiting">
      <div className="card-head">
        <h2 id="waiting">Waits for its key</h2>
      </div>
      <div className="card-body stack-small">
        <p>
          <strong>{key}</strong> is held by <InvocationLink id={object.locked_by} />
        </p>
        <p className="muted">
          {plural(object.inbox_length, "invocation")} wait for it, this one among them.{" "}
          <Link href={stateLink(service, key, scope)}>To the key</Link>
        </p>
      </div>
    </section>
  );
}

function Awaited({ invocation, reader, version }: WaitingProps) {
  const { awaiting_on: tree } = invocation;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the reader grows with its version.
  const node = useMemo(
    () => tree && describeAwaiting(tree, (id) => reader.stepOf(id)),
    [tree, reader, version],
  );
  if (node === undefined) return null;
  return (
    <section className="card" aria-labelledby="waiting">
      <div className="card-head">
        <h2 id="waiting">Waits for</h2>
      </div>
      <ul className="card-body await-tree">
        <NodeView node={node} />
      </ul>
    </section>
  );
}

function NodeView({ node }: { readonly node: AwaitNode }) {
  const { label, nested, step } = node;
  const id = step?.invokedId;
  return (
    <li>
      {id === undefined ? (
        <span className={nested.length > 0 ? "muted" : undefined}>{label}</span>
      ) : (
        <Link href={`/invocations/${id}`}>{label}</Link>
      )}
      {nested.length > 0 && (
        <ul>
          {nested.map((child, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the tree is replaced as a whole.
            <NodeView key={index} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}
