/** Where one can go. */
import {
  Boxes,
  Database,
  Gauge,
  type LucideIcon,
  ScrollText,
  ServerCog,
  SlidersHorizontal,
  SquareTerminal,
} from "lucide-react";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly Icon: LucideIcon;
  /** After `g`. */
  readonly key: string;
  /** Has a place of its own on a small screen. */
  readonly isMain: boolean;
}

export const PAGES: readonly PageEntry[] = [
  { path: "/overview", title: "Overview", Icon: Gauge, key: "o", isMain: true },
  { path: "/invocations", title: "Invocations", Icon: ScrollText, key: "i", isMain: true },
  { path: "/services", title: "Services", Icon: Boxes, key: "s", isMain: true },
  { path: "/deployments", title: "Deployments", Icon: ServerCog, key: "d", isMain: true },
  { path: "/state", title: "State", Icon: Database, key: "t", isMain: false },
  { path: "/limits", title: "Limits", Icon: SlidersHorizontal, key: "l", isMain: false },
  { path: "/sql", title: "SQL", Icon: SquareTerminal, key: "q", isMain: false },
];
