import { formatDuration } from "../../format/time.ts";
import { Payload } from "../../parts/code.tsx";
import { InvocationLink } from "../../parts/text.tsx";
import type { PlaygroundAnswer } from "../../playground/call.ts";

/** The answer to a call: its status, its body, its headers, and the way to its invocation. */
export function AnswerView({ answer }: { readonly answer: PlaygroundAnswer }) {
  const { status, tookMs, headers, body, invocationId } = answer;
  const isGood = status < 400;
  return (
    <div className="stack-small answer" role="status">
      <div className="row row-wrap">
        <span className={`tag ${isGood ? "tone-green" : "tone-red"}`}>{status}</span>
        <span className="muted num">after {formatDuration(tookMs)}</span>
        {invocationId !== undefined && (
          <span className="muted">
            by <InvocationLink id={invocationId} />
          </span>
        )}
      </div>
      <Payload bytes={body} label="answer" />
      <details>
        <summary className="small">Headers</summary>
        <dl className="kv small">
          {headers.map(([name, value]) => (
            <div key={name} className="kv-row">
              <dt className="mono">{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}
