import type { ServiceType } from "@rejoin/client";
import { Box, GitBranch, KeyRound } from "lucide-react";

const KINDS = {
  Service: { title: "Service", Icon: Box },
  VirtualObject: { title: "Virtual object", Icon: KeyRound },
  Workflow: { title: "Workflow", Icon: GitBranch },
} as const;

export function ServiceKind({ kind }: { readonly kind: ServiceType }) {
  const { title, Icon } = KINDS[kind];
  return (
    <span className="row muted nowrap">
      <Icon size={14} aria-hidden /> {title}
    </span>
  );
}
