import { SearchX } from "lucide-react";
import { Empty } from "../../parts/messages.tsx";

interface NothingFoundProps {
  /** Without it there is no filter. */
  readonly onReset: (() => void) | undefined;
}

export function NothingFound({ onReset }: NothingFoundProps) {
  return (
    <div className="card">
      {onReset === undefined ? (
        <Empty Icon={SearchX} title="There are no invocations yet">
          <p>
            Call a handler at the ingress, or in the playground of a service; it appears here at
            once.
          </p>
        </Empty>
      ) : (
        <Empty Icon={SearchX} title="Nothing fits this filter">
          <button type="button" className="btn" onClick={onReset}>
            Remove the filter
          </button>
        </Empty>
      )}
    </div>
  );
}
