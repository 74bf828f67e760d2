/** Keys for those who leave the mouse alone. Nothing happens while somebody types. */
import { useEffect, useRef } from "react";

export type KeyMap = Readonly<Record<string, () => void>>;

const SEQUENCE_MS = 900;

/** `keys` are such as `/`, `?`, `j`, `Enter`, or two in a row such as `g i`. */
export function useKeys(keys: KeyMap): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let pending: { readonly key: string; readonly atMs: number } | undefined;
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const isRecent = pending !== undefined && event.timeStamp - pending.atMs < SEQUENCE_MS;
      const pair = isRecent ? `${pending?.key} ${event.key}` : "";
      pending = { key: event.key, atMs: event.timeStamp };
      const act = current.current[pair] ?? current.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, [role=menu]") !== null) return true;
  // A button or a link that is focused takes Enter and the space bar for itself.
  const takesEnter = target.closest("a, button, summary") !== null;
  if (takesEnter && (event.key === "Enter" || event.key === " ")) return true;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
