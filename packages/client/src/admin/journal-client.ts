/** The part of the admin client that reads journals with their payloads. */
import { type Api, toQuery } from "./api.ts";
import { SHAPES } from "./shape.ts";

/** A journal entry as an endpoint is sent it. */
export interface RecordedEntry {
  readonly index: number;
  /** Such as `Command: Call`. */
  readonly entry_type: string;
  /** The type of the message in the service protocol. */
  readonly type: number;
  readonly name?: string;
  readonly appended_at: string;
  /** Bytes of the body. */
  readonly length: number;
  /** The message without its frame, in base64. */
  readonly body: string;
}

/** What an attempt begins with besides its journal. */
export interface RecordedStart {
  readonly protocol_version: number;
  /** Of a keyed target, else "". */
  readonly key: string;
  /** 64 bits as 16 hexadecimal digits. */
  readonly random_seed: string;
  readonly scope?: string;
  readonly limit_key?: string;
  readonly idempotency_key?: string;
  /** When it was read, which is not when the handler began. */
  readonly state: {
    readonly read_at: string;
    /** There may be more. */
    readonly partial: boolean;
    /** Names and values in base64. */
    readonly entries: readonly { readonly key: string; readonly value: string }[];
  };
}

/** A page of a journal with its payloads. */
export interface RecordedJournalPage {
  readonly id: string;
  readonly journal_size: number;
  readonly entries: readonly RecordedEntry[];
  /** The index where the journal goes on. */
  readonly next?: number;
  /** If it was asked for. */
  readonly start?: RecordedStart;
}

export interface RecordedJournalRange {
  /** The index of the first entry. */
  readonly from?: number;
  readonly limit?: number;
  /** Add `start`. */
  readonly start?: boolean;
}

/** Every method rejects with a `ClientError`, of status 404 if there is nothing there. */
export interface JournalClient {
  /** Entries with their payloads, secrets included. */
  getJournal(id: string, range?: RecordedJournalRange): Promise<RecordedJournalPage>;
  /** The payload of an entry, as it is; of a failure its JSON. */
  getJournalValue(id: string, index: number): Promise<JournalValue>;
  /**
   * A value of a handler between its bytes and JSON, by the handler's own serde. Status 422 if the
   * serde cannot, 500 if it has no preview.
   */
  convertValue(conversion: ValueConversion): Promise<ConvertedValue>;
}

export interface ValueConversion {
  readonly service: string;
  readonly handler: string;
  readonly side: "input" | "output";
  /** `encode` takes JSON, `decode` gives it. */
  readonly direction: "encode" | "decode";
  readonly value: string | Uint8Array;
  /** By default that of new calls. */
  readonly deployment?: string;
}

export interface ConvertedValue {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface JournalValue {
  readonly kind: "value" | "failure";
  /** `application/json` or `application/octet-stream`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export function journalMethods(api: Api): JournalClient {
  const pathOf = (id: string) => `/invocations/${encodeURIComponent(id)}/journal`;
  return {
    getJournal: (id, { from, limit, start } = {}) => {
      const query = toQuery({ from, limit, start: start === true ? "true" : undefined });
      return api.resource(`${pathOf(id)}${query}`, SHAPES.journal);
    },
    getJournalValue: async (id, index) => {
      const response = await api.exchange({ method: "GET", path: `${pathOf(id)}/${index}` });
      return {
        kind: response.headers.get("x-rejoin-value") === "failure" ? "failure" : "value",
        ...(await readBytes(response)),
      };
    },
    convertValue: async ({ service, handler, side, direction, value, deployment }) => {
      const serde = `serdes/${direction}/${encodeURIComponent(handler)}/${side}`;
      const path = `/internal/services/${encodeURIComponent(service)}/${serde}`;
      const query = toQuery({ deployment });
      const body = typeof value === "string" ? value : new Uint8Array(value).buffer;
      const request = { method: "POST", path: `${path}${query}`, body } as const;
      return await readBytes(await api.exchange(request));
    },
  };
}

async function readBytes(response: Response): Promise<ConvertedValue> {
  return {
    contentType: response.headers.get("content-type") ?? "application/octet-stream",
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}
