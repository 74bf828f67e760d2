/** One invocation: what it is, what it did, what it waits for, and what can be done about it. */
import type { InvocationDetails } from "@rejoin/client";
import { FileQuestion } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { isNotFound, useAdmin, usePolled } from "../../api/admin.ts";
import { useRouteParams } from "../../frame/location.ts";
import { OperationDialog } from "../../operations/operation-dialog.tsx";
import type { Operation } from "../../operations/operations.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { ChildrenTree } from "./children-tree.tsx";
import { Events } from "./events.tsx";
import { Facts } from "./facts.tsx";
import { FailureCard } from "./failure-card.tsx";
import { FanOut } from "./fan-out.tsx";
import { Header } from "./header.tsx";
import { InputOutput } from "./input-output.tsx";
import { Tabs } from "./tabs.tsx";
import { Timeline } from "./timeline.tsx";
import { useJournal } from "./use-journal.ts";
import { Waiting } from "./waiting.tsx";

const EVERY_MS = 1000;
/** A fan-out is worth a view of its own from here. */
const FAN_OUT_FROM = 2;

export function InvocationPage() {
  const { id = "" } = useRouteParams<"id">();
  const admin = useAdmin();
  const { data, error, refetch } = usePolled(
    ["invocation", id],
    () => admin.getInvocation(id, { limit: 1 }),
    { everyMs: EVERY_MS, isFinal: ({ status }) => status === "completed" },
  );
  if (data === undefined) {
    if (error === null) return <Loading lines={8} />;
    return isNotFound(error) ? (
      <NotThere id={id} />
    ) : (
      <Problem error={error} what="load this invocation" retry={() => void refetch()} />
    );
  }
  return <Content key={id} invocation={data} error={error} />;
}

function NotThere({ id }: { readonly id: string }) {
  return (
    <Empty Icon={FileQuestion} title="There is no such invocation">
      <p className="mono wrap">{id}</p>
      <p>It has never been, or it has been purged, or its time to be kept is over.</p>
      <Link href="/invocations">To the invocations</Link>
    </Empty>
  );
}

interface ContentProps {
  readonly invocation: InvocationDetails;
  readonly error: unknown;
}

function Content({ invocation, error }: ContentProps) {
  const [operation, setOperation] = useState<Operation>();
  const journal = useJournal(invocation.id, invocation.journal_size);
  const { started = 0 } = invocation.children ?? {};
  return (
    <>
      <Header invocation={invocation} onOperate={(name) => setOperation({ name })} />
      {error !== null && <Problem error={error} what="update this page" />}
      <div className="split">
        <div className="stack">
          <FailureCard invocation={invocation} />
          {started >= FAN_OUT_FROM && <FanOut invocation={invocation} />}
          <Tabs
            tabs={[
              {
                name: "timeline",
                title: "Timeline",
                content: (
                  <Timeline invocation={invocation} journal={journal} onOperate={setOperation} />
                ),
              },
              {
                name: "calls",
                title: `Calls ${started > 0 ? started.toLocaleString("en") : ""}`,
                content: <ChildrenTree id={invocation.id} />,
              },
              {
                name: "attempts",
                title: `Failed attempts ${invocation.retry_count > 0 ? invocation.retry_count : ""}`,
                content: <Events invocation={invocation} />,
              },
            ]}
          />
          <InputOutput invocation={invocation} journal={journal} />
        </div>
        <aside className="stack" aria-label="Details">
          <Waiting invocation={invocation} reader={journal.reader} version={journal.version} />
          <Facts invocation={invocation} />
        </aside>
      </div>
      {operation !== undefined && (
        <OperationDialog
          {...operation}
          invocation={invocation}
          onClose={() => setOperation(undefined)}
        />
      )}
    </>
  );
}
