/** What it is, how it is, and what can be done. */
import type { InvocationDetails } from "@rejoin/client";
import { Ellipsis } from "lucide-react";
import { formatDuration, parseInstant } from "../../format/time.ts";
import { OperationIcon } from "../../operations/operation-icon.tsx";
import {
  isOffered,
  OPERATION_NAMES,
  OPERATIONS,
  type OperationName,
} from "../../operations/operations.ts";
import { Menu, MenuItem } from "../../parts/menu.tsx";
import { useNow } from "../../parts/now.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { Status, statusOf } from "../../parts/status.tsx";
import { Copy, Target, Time } from "../../parts/text.tsx";

interface HeaderProps {
  readonly invocation: InvocationDetails;
  readonly onOperate: (name: OperationName) => void;
}

/** So many have buttons of their own. */
const BUTTONS_MAX = 2;

export function Header({ invocation, onOperate }: HeaderProps) {
  const { id, target, status } = invocation;
  const offered = OPERATION_NAMES.filter((name) => isOffered(name, status));
  const inMenu = offered.slice(BUTTONS_MAX);
  return (
    <div className="inv-header">
      <PageHead
        above={{ href: "/invocations", title: "Invocations" }}
        title={
          <span className="row inv-title">
            <Target target={target} />
          </span>
        }
      >
        {offered.slice(0, BUTTONS_MAX).map((name) => (
          <button
            key={name}
            type="button"
            className={OPERATIONS[name].isDangerous ? "btn btn-danger" : "btn"}
            onClick={() => onOperate(name)}
          >
            <OperationIcon name={name} />
            {OPERATIONS[name].title}
          </button>
        ))}
        {inMenu.length > 0 && (
          <Menu
            trigger={
              <button type="button" className="btn btn-icon" aria-label="More to do">
                <Ellipsis size={16} aria-hidden />
              </button>
            }
          >
            {inMenu.map((name) => (
              <MenuItem
                key={name}
                icon={<OperationIcon name={name} />}
                isDanger={OPERATIONS[name].isDangerous}
                onSelect={() => onOperate(name)}
              >
                {OPERATIONS[name].title} …
              </MenuItem>
            ))}
          </Menu>
        )}
      </PageHead>
      <div className="row row-wrap inv-subtitle">
        <Status name={statusOf(invocation)} />
        <span className="muted">
          created <Time at={invocation.created_at} />
        </span>
        <Duration invocation={invocation} />
        <span className="row inv-full-id">
          <code className="truncate muted" title={id}>
            {id}
          </code>
          <Copy text={id} label="Copy the id" />
        </span>
      </div>
    </div>
  );
}

function Duration({ invocation }: { readonly invocation: InvocationDetails }) {
  const now = useNow();
  const begun = parseInstant(invocation.scheduled_start_at ?? invocation.created_at);
  const ended = parseInstant(invocation.completed_at);
  if (begun === undefined || invocation.status === "scheduled") return null;
  const text = formatDuration((ended ?? now) - begun);
  return <span className="muted num">{ended === undefined ? `for ${text}` : `took ${text}`}</span>;
}
