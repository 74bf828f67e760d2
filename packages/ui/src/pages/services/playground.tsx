/** Calls a handler: with a form or JSON from its schema, and shows all that came back. */
import type { HandlerResource, ServiceResource } from "@rejoin/client";
import { Play, SendHorizontal } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { Problem } from "../../parts/messages.tsx";
import { Copy } from "../../parts/text.tsx";
import {
  type PlaygroundAnswer,
  type PlaygroundCall,
  reachableIngress,
  send,
  toCurl,
} from "../../playground/call.ts";
import { AnswerView } from "./answer-view.tsx";
import { InputEditor } from "./input-editor.tsx";
import { useDraft } from "./use-draft.ts";

interface PlaygroundProps {
  readonly service: ServiceResource;
  readonly handler: HandlerResource;
}

const FOR_EVER = new AbortController().signal;

export function Playground({ service, handler }: PlaygroundProps) {
  const draft = useDraft(service, handler);
  const { answer, error, isBusy, call } = useCalls();
  const isKeyed = service.ty !== "Service";
  const canCall = draft.problem === undefined && (!isKeyed || draft.key !== "");
  const submit = (event: FormEvent, isSend: boolean) => {
    event.preventDefault();
    if (canCall) void call(draft.toCall(isSend));
  };
  return (
    <section className="card" aria-labelledby="playground">
      <div className="card-head">
        <h2 id="playground">
          Try <span className="mono">{handler.name}</span>
        </h2>
        <Curl call={draft.toCall(false)} />
      </div>
      <form className="card-body form" onSubmit={(event) => submit(event, false)}>
        {isKeyed && (
          <label className="field">
            <span className="label">Key</span>
            <input
              className="input"
              value={draft.key}
              required
              onChange={(event) => draft.setKey(event.currentTarget.value)}
            />
          </label>
        )}
        {draft.takesBody && <InputEditor schema={handler.input_json_schema} draft={draft} />}
        <details>
          <summary className="small">Idempotency key and delay</summary>
          <div className="form form-2 form-inset">
            <label className="field">
              <span className="label">Idempotency key</span>
              <input
                className="input"
                value={draft.idempotencyKey}
                onChange={(event) => draft.setIdempotencyKey(event.currentTarget.value)}
              />
              <span className="hint">A second call with it has the same answer</span>
            </label>
            <label className="field">
              <span className="label">Delay of a send</span>
              <input
                className="input"
                value={draft.delay}
                placeholder="such as 10s"
                onChange={(event) => draft.setDelay(event.currentTarget.value)}
              />
            </label>
          </div>
        </details>
        <div className="row">
          <button type="submit" className="btn btn-primary" disabled={!canCall || isBusy}>
            <Play size={14} aria-hidden /> {isBusy ? "Waiting for the answer …" : "Call"}
          </button>
          <button
            type="button"
            className="btn"
            disabled={!canCall || isBusy}
            title="Does not wait for the answer"
            onClick={(event) => submit(event, true)}
          >
            <SendHorizontal size={14} aria-hidden /> Send
          </button>
          {draft.problem !== undefined && <span className="error-text">{draft.problem}</span>}
        </div>
        {error !== undefined && <Problem error={error} what="reach the ingress" />}
        {answer !== undefined && <AnswerView answer={answer} />}
      </form>
    </section>
  );
}

function useIngress(): string | undefined {
  const admin = useAdmin();
  const { data } = usePolled(["version"], () => admin.version());
  const url = data?.ingress_endpoint;
  return url === undefined ? undefined : reachableIngress(url, location.href);
}

function Curl({ call }: { readonly call: PlaygroundCall }) {
  const ingress = useIngress();
  if (ingress === undefined) return null;
  return (
    <span className="row small muted">
      as curl <Copy text={toCurl(ingress, call)} label="Copy as curl" />
    </span>
  );
}

function useCalls() {
  const ingress = useIngress();
  const [answer, setAnswer] = useState<PlaygroundAnswer>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const call = async (request: PlaygroundCall) => {
    if (ingress === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await send(ingress, request, FOR_EVER));
    } catch (cause) {
      setAnswer(undefined);
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return { answer, error, isBusy, call };
}
