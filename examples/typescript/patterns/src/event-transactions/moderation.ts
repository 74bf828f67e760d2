/** Stands for a service that looks at photos, and takes its time. */
import { seconds } from "../seconds.ts";

export type Verdict = "pending" | "fine" | "indecent";

const submitted = new Map<string, { readonly caption: string; readonly readyAt: number }>();

export function submitPhoto(id: string, caption: string): void {
  submitted.set(id, { caption, readyAt: Date.now() + seconds(3) });
}

export function readVerdict(id: string): Verdict {
  const photo = submitted.get(id);
  if (photo === undefined) throw new Error(`nobody has submitted ${id}`);
  if (Date.now() < photo.readyAt) return "pending";
  return photo.caption.includes("nude") ? "indecent" : "fine";
}
