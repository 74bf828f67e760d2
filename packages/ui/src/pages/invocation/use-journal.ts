/** The whole journal of an invocation, a page at a time, and what is added to it while it runs. */
import type { AdminClient, JournalEntryResource } from "@rejoin/client";
import { startTransition, useEffect, useRef, useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { JournalReader } from "../../journal/steps.ts";

export interface Journal {
  readonly reader: JournalReader;
  /** Grows with each page: the reader itself stays the same. */
  readonly version: number;
  /** Entries that are there and not loaded. */
  readonly missing: number;
  readonly isLoading: boolean;
  readonly error: unknown;
  /** Loads what is beyond the bound. */
  readonly loadMore: () => void;
}

const PAGE_SIZE = 1000;
const PAGES_AT_ONCE = 3;
/** More is loaded when it is asked for: this is a fan-out of more than twenty thousand. */
const LOADED_MAX = 70_000;

/** `size` is how long the journal is, by the latest look at the invocation. */
export function useJournal(id: string, size: number): Journal {
  const admin = useAdmin();
  const [reader] = useState(() => new JournalReader());
  const [version, setVersion] = useState(0);
  const [bound, setBound] = useState(LOADED_MAX);
  const [error, setError] = useState<unknown>();
  const isBusy = useRef(false);
  const isGone = useRef(false);
  const wanted = Math.min(size, bound);
  const isLoading = reader.next < wanted && error === undefined;
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each version asks for what comes next.
  useEffect(() => {
    // A journal that grows faster than it is read is read all the same, a few pages after another.
    if (isBusy.current || reader.next >= wanted) return;
    isBusy.current = true;
    const from = reader.next;
    readPages(admin, id, { from, to: wanted }).then(
      (pages) => {
        isBusy.current = false;
        if (isGone.current) return;
        for (const page of pages) reader.add(page);
        setError(undefined);
        // Without progress there is nothing to ask for until the journal has grown.
        if (reader.next > from) startTransition(() => setVersion((current) => current + 1));
      },
      (cause: unknown) => {
        isBusy.current = false;
        if (!isGone.current) setError(cause);
      },
    );
  }, [admin, id, wanted, version, reader]);
  const loadMore = () => {
    setError(undefined);
    setBound((current) => current + LOADED_MAX);
    setVersion((current) => current + 1);
  };
  return { reader, version, missing: size - reader.next, isLoading, error, loadMore };
}

/** The next pages, in order; they end where one is shorter than was asked for. */
async function readPages(
  admin: AdminClient,
  id: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly (readonly JournalEntryResource[])[]> {
  const starts: number[] = [];
  for (let at = from; at < to && starts.length < PAGES_AT_ONCE; at += PAGE_SIZE) starts.push(at);
  const pages = await Promise.all(
    starts.map((start) => admin.getInvocation(id, { from: start, limit: PAGE_SIZE })),
  );
  const whole: JournalEntryResource[][] = [];
  for (const { journal } of pages) {
    whole.push([...journal]);
    if (journal.length < PAGE_SIZE) break;
  }
  return whole;
}
