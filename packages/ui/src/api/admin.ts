/** The server behind the page, for every part of it. */
import { type AdminClient, ClientError, createAdminClient } from "@rejoin/client";
import {
  keepPreviousData,
  type QueryKey,
  type UseQueryResult,
  useQuery,
} from "@tanstack/react-query";
import { createContext, useContext, useRef } from "react";
import { pollAfter } from "./polling.ts";

const TIMEOUT_MS = 60_000;

/** A client of the server that the page came from. */
export function createPageClient(): AdminClient {
  return createAdminClient({ url: location.origin, timeoutMs: TIMEOUT_MS });
}

export const AdminContext = createContext<AdminClient | undefined>(undefined);

export function useAdmin(): AdminClient {
  const admin = useContext(AdminContext);
  if (admin === undefined) throw new Error("there is no admin client around this component");
  return admin;
}

export interface Live {
  /** Whether what is shown is kept up to date. */
  readonly isLive: boolean;
  readonly setLive: (isLive: boolean) => void;
}

export const LiveContext = createContext<Live>({ isLive: true, setLive: () => undefined });

export interface PollOptions<T> {
  /** Without it, it is asked once. */
  readonly everyMs?: number;
  readonly isEnabled?: boolean;
  /** What will not change any more is not asked for again. */
  readonly isFinal?: (data: T) => boolean;
}

/**
 * Asks, and asks again while the page is seen: less often when the server is slow, and not while the
 * reader has stopped the updates.
 */
export function usePolled<T>(
  key: QueryKey,
  ask: () => Promise<T>,
  options: PollOptions<T> = {},
): UseQueryResult<T, Error> {
  const { everyMs, isEnabled = true, isFinal } = options;
  const { isLive } = useContext(LiveContext);
  const tookMs = useRef(0);
  return useQuery<T, Error>({
    queryKey: key,
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const startedMs = performance.now();
      try {
        return await ask();
      } finally {
        tookMs.current = performance.now() - startedMs;
      }
    },
    refetchInterval: ({ state }) => {
      const isDone = state.data !== undefined && isFinal?.(state.data) === true;
      if (everyMs === undefined || !isLive || isDone) return false;
      const failures = state.status === "error" ? Math.max(state.errorUpdateCount, 1) : 0;
      return pollAfter({ everyMs, tookMs: tookMs.current, failures });
    },
  });
}

/** Bytes of a journal entry's payload; a failure comes as JSON. */
export interface EntryValue {
  readonly kind: "value" | "failure";
  readonly bytes: Uint8Array;
}

/** The payload of a journal entry. */
export async function readEntryValue(id: string, index: number): Promise<EntryValue> {
  const path = `/invocations/${encodeURIComponent(id)}/journal/${index}`;
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) throw new Error(messageOf(bytes) ?? `the server answered ${response.status}`);
  const kind = response.headers.get("x-rejoin-value") === "failure" ? "failure" : "value";
  return { kind, bytes };
}

function messageOf(bytes: Uint8Array): string | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return (body as { readonly message?: string }).message;
  } catch {
    return undefined;
  }
}

/** Whether the server says that this is not there (any more). */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClientError && error.status === 404;
}
