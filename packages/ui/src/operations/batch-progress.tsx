/** How far a batch is, and what was refused. */
import { formatCount, plural } from "../format/size.ts";
import { Note } from "../parts/messages.tsx";
import { InvocationLink } from "../parts/text.tsx";
import { type BatchProgress, groupFailures } from "./run-batch.ts";

interface BatchProgressProps {
  readonly progress: BatchProgress;
  readonly done: string;
}

export function BatchProgressView({ progress, done }: BatchProgressProps) {
  const { total, succeeded, failed, isOver } = progress;
  const share = (count: number) => `${total === 0 ? 0 : (count / total) * 100}%`;
  return (
    <div className="stack-small">
      <div className="bar bar-large" aria-hidden>
        <span className="fill-green" style={{ width: share(succeeded) }} />
        {failed.length > 0 && <span className="fill-red" style={{ width: share(failed.length) }} />}
      </div>
      <p role="status" className="num">
        {formatCount(succeeded)} of {formatCount(total)} {done}
        {failed.length > 0 && `, ${formatCount(failed.length)} refused`}
        {isOver && succeeded + failed.length < total && "; stopped"}
      </p>
      {groupFailures(failed).map(({ error, ids }) => (
        <Note key={error} tone="red">
          <div>
            {plural(ids.length, "invocation")}: {error}
          </div>
          <div className="row row-wrap small">
            {ids.slice(0, 5).map((id) => (
              <InvocationLink key={id} id={id} />
            ))}
            {ids.length > 5 && <span>…</span>}
          </div>
        </Note>
      ))}
    </div>
  );
}
