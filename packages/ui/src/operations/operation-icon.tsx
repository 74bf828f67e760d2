import {
  Ban,
  CirclePause,
  CirclePlay,
  type LucideIcon,
  RotateCcw,
  Skull,
  Trash2,
} from "lucide-react";
import type { OperationName } from "./operations.ts";

const ICONS: Readonly<Record<OperationName, LucideIcon>> = {
  resume: CirclePlay,
  pause: CirclePause,
  cancel: Ban,
  kill: Skull,
  "restart-as-new": RotateCcw,
  purge: Trash2,
};

export function OperationIcon({ name }: { readonly name: OperationName }) {
  const Icon = ICONS[name];
  return <Icon size={15} aria-hidden />;
}
