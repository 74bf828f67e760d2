/** One service: its handlers, its settings, and a place to call it. */
import type { HandlerResource, ServiceResource } from "@rejoin/client";
import { Pencil, ScrollText } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { isNotFound, useAdmin, usePolled } from "../../api/admin.ts";
import { useRouteParams } from "../../frame/location.ts";
import { Loading, Note, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Playground } from "./playground.tsx";
import { ServiceKind } from "./service-kind.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";

export function ServicePage() {
  const { name = "" } = useRouteParams<"name">();
  const admin = useAdmin();
  const { data, error } = usePolled(["service", name], () => admin.getService(name), {
    everyMs: 10_000,
  });
  if (data !== undefined) return <Content service={data} />;
  if (error === null) return <Loading />;
  return (
    <>
      <PageHead title={name} above={{ href: "/services", title: "Services" }} />
      {isNotFound(error) ? (
        <Note tone="amber">No service of this name is registered.</Note>
      ) : (
        <Problem error={error} what="load this service" />
      )}
    </>
  );
}

function Content({ service }: { readonly service: ServiceResource }) {
  const [query, setQuery] = useSearchParams();
  const [isEditing, setEditing] = useState(false);
  const { name, handlers, info = [] } = service;
  const chosen = handlers.find((handler) => handler.name === query.get("handler")) ?? handlers[0];
  return (
    <>
      <PageHead title={name} above={{ href: "/services", title: "Services" }}>
        <Link className="btn" href={`/invocations?service=${encodeURIComponent(name)}`}>
          <ScrollText size={14} aria-hidden /> Invocations
        </Link>
        <button type="button" className="btn" onClick={() => setEditing(true)}>
          <Pencil size={14} aria-hidden /> Settings
        </button>
      </PageHead>
      {service.documentation !== undefined && <p className="muted">{service.documentation}</p>}
      {info.map(({ code, message }) => (
        <Note key={message} tone="amber">
          {code !== undefined && <strong>{code} </strong>}
          {message}
        </Note>
      ))}
      <div className="split">
        <div className="stack">
          <HandlerTable
            service={service}
            chosen={chosen}
            onChoose={(handler) => setQuery({ handler }, { replace: true })}
          />
          {chosen !== undefined && (
            <Playground key={chosen.name} service={service} handler={chosen} />
          )}
        </div>
        <Settings service={service} />
      </div>
      {isEditing && <SettingsDialog service={service} onClose={() => setEditing(false)} />}
    </>
  );
}

interface HandlerTableProps {
  readonly service: ServiceResource;
  readonly chosen: HandlerResource | undefined;
  readonly onChoose: (handler: string) => void;
}

function HandlerTable({ service, chosen, onChoose }: HandlerTableProps) {
  return (
    <section className="card" aria-labelledby="handlers">
      <div className="card-head">
        <h2 id="handlers">Handlers</h2>
      </div>
      <div className="table-wrap">
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Handler</th>
              <th scope="col">Kind</th>
              <th scope="col">Takes</th>
              <th scope="col">Gives</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {service.handlers.map((handler) => (
              <tr key={handler.name} className={handler === chosen ? "row-chosen" : undefined}>
                <td>
                  <span className="strong">{handler.name}</span>
                  {!handler.public && <span className="tag">private</span>}
                  {handler.documentation !== undefined && (
                    <p className="small muted">{handler.documentation}</p>
                  )}
                </td>
                <td className="muted">{handler.ty ?? "Plain"}</td>
                <td className="muted">{handler.input_description}</td>
                <td className="muted">{handler.output_description}</td>
                <td className="right">
                  <button
                    type="button"
                    className="btn btn-small"
                    aria-pressed={handler === chosen}
                    onClick={() => onChoose(handler.name)}
                  >
                    Try
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Settings({ service }: { readonly service: ServiceResource }) {
  const { retry_policy: retry, handlers } = service;
  const attempts = retry?.max_attempts;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Kind", <ServiceKind key="kind" kind={service.ty} />],
    ["Revision", service.revision],
    [
      "Deployment",
      <Link
        key="deployment"
        className="mono"
        href={`/deployments/${encodeURIComponent(service.deployment_id)}`}
      >
        {service.deployment_id}
      </Link>,
    ],
    ["At the ingress", service.public ? "public" : "private"],
    ["Idempotency kept", service.idempotency_retention],
    ["Workflows kept", service.workflow_completion_retention],
    ["Journals kept", service.journal_retention],
    ["Asked to suspend after", service.inactivity_timeout],
    ["Aborted after", service.abort_timeout],
    ["First retry after", retry?.initial_interval],
    ["Retries at most every", retry?.max_interval],
    ["Attempts", attempts === undefined ? undefined : (attempts ?? "no bound")],
    ["After the last", retry?.on_max_attempts],
    ["At a time", service.concurrency_limit],
    ...handlers.map(
      (handler) => [`At a time, ${handler.name}`, handler.concurrency_limit] as const,
    ),
  ];
  return (
    <section className="card" aria-labelledby="settings">
      <div className="card-head">
        <h2 id="settings">Settings</h2>
      </div>
      <dl className="kv card-body">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name} className="kv-row">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}
