/** The state of one key, to be read and edited. A change is refused if somebody else was faster. */
import {
  type AdminClient,
  ClientError,
  type ObjectState as State,
  type StateValue,
} from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { fromBase64 } from "../../format/payload.ts";
import { formatBytes } from "../../format/size.ts";
import { Payload } from "../../parts/code.tsx";
import { Loading, Note, Problem } from "../../parts/messages.tsx";
import { useToasts } from "../../parts/toasts.tsx";
import {
  breaksJson,
  type DraftValue,
  isChanged,
  problemOf,
  toDraft,
  toNewState,
} from "./state-draft.ts";

interface ObjectStateProps {
  readonly service: string;
  readonly objectKey: string;
}

const VALUES_MAX = 1000;
/** A state larger than this is edited in code. */
const VALUE_BYTES_MAX = 1_000_000;
const EVERY_MS = 5000;

export function ObjectState({ service, objectKey }: ObjectStateProps) {
  const admin = useAdmin();
  const [search] = useSearchParams();
  const scope = search.get("scope") ?? undefined;
  const [isEditing, setEditing] = useState(false);
  const { data, error } = usePolled(
    ["state", service, objectKey, scope],
    () => readState(admin, service, objectKey, scope),
    { everyMs: EVERY_MS, isFinal: () => isEditing },
  );
  return (
    <section className="card" aria-labelledby="object">
      <div className="card-head">
        <h2 id="object" className="wrap">
          {service}/{objectKey}
        </h2>
        <Link
          className="btn"
          href={`/invocations?service=${encodeURIComponent(service)}&key=${encodeURIComponent(objectKey)}`}
        >
          Invocations
        </Link>
        {data !== undefined && !isEditing && (
          <button
            type="button"
            className="btn"
            disabled={!canEdit(data)}
            title={canEdit(data) ? undefined : "This state is too large to be edited here"}
            onClick={() => setEditing(true)}
          >
            <Pencil size={14} aria-hidden /> Edit
          </button>
        )}
      </div>
      <div className="card-body">
        {error !== null && <Problem error={error} what="load the state" />}
        {data === undefined && error === null && <Loading />}
        {data !== undefined && !isEditing && <Values state={data} />}
        {data !== undefined && isEditing && (
          <Editor
            state={data}
            service={service}
            objectKey={objectKey}
            scope={scope}
            onClose={() => setEditing(false)}
          />
        )}
      </div>
    </section>
  );
}

function readState(admin: AdminClient, service: string, key: string, scope: string | undefined) {
  const bounds = { limit: VALUES_MAX, value_bytes: VALUE_BYTES_MAX };
  return admin.getState(service, key, scope === undefined ? bounds : { ...bounds, scope });
}

function canEdit({ version, entries, next }: State): boolean {
  const isWhole = next === undefined && !entries.some(({ truncated }) => truncated === true);
  return isWhole && (version !== undefined || entries.length === 0);
}

function Values({ state }: { readonly state: State }) {
  const { entries, next } = state;
  if (entries.length === 0) return <p className="muted">This key holds no state.</p>;
  return (
    <ul className="stack">
      {entries.map((entry) => (
        <Value key={entry.key} entry={entry} />
      ))}
      {next !== undefined && (
        <li>
          <Note tone="plain">There are more values than are shown here.</Note>
        </li>
      )}
    </ul>
  );
}

function Value({ entry }: { readonly entry: StateValue }) {
  return (
    <li className="stack-small">
      <h3 className="mono">{entry.key}</h3>
      <Payload bytes={fromBase64(entry.value)} label={entry.key} />
      {entry.truncated === true && (
        <p className="hint">The beginning of {formatBytes(entry.length)}</p>
      )}
    </li>
  );
}

interface EditorProps extends ObjectStateProps {
  readonly state: State;
  readonly scope: string | undefined;
  readonly onClose: () => void;
}

function Editor(props: EditorProps) {
  // What is edited is what was there when the editing began: the version of it is sent along.
  const [begun] = useState(props.state);
  const [draft, setDraft] = useState(() => toDraft(begun.entries));
  const { save, error, isBusy } = useSave({ ...props, state: begun }, draft);
  const problem = problemOf(draft);
  const change = (index: number, next: DraftValue | undefined) =>
    setDraft(
      draft.flatMap((value, at) => (at !== index ? [value] : next === undefined ? [] : [next])),
    );
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {draft.map((value, index) => (
        <DraftField
          // biome-ignore lint/suspicious/noArrayIndexKey: names are edited, and may be alike meanwhile.
          key={index}
          value={value}
          onChange={(next) => change(index, next)}
        />
      ))}
      <div>
        <button
          type="button"
          className="btn btn-small"
          onClick={() =>
            setDraft([...draft, { key: "", text: "", bytes: undefined, original: undefined }])
          }
        >
          <Plus size={13} aria-hidden /> Add a value
        </button>
      </div>
      <Note tone="amber">
        This replaces the whole state of the key when it is its turn: behind the invocation that
        holds it now. If the state is another one by then, nothing is changed.
      </Note>
      {error !== undefined && <Problem error={describeConflict(error)} what="change the state" />}
      <div className="row">
        <button
          type="submit"
          className="btn btn-primary"
          disabled={isBusy || problem !== undefined || !isChanged(draft, begun.entries)}
        >
          Replace the state
        </button>
        <button type="button" className="btn" onClick={props.onClose}>
          Leave it
        </button>
        {problem !== undefined && <span className="error-text">{problem}</span>}
      </div>
    </form>
  );
}

function useSave(props: EditorProps, draft: readonly DraftValue[]) {
  const { state, service, objectKey, scope, onClose } = props;
  const admin = useAdmin();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await admin.replaceState(service, {
        object_key: objectKey,
        new_state: toNewState(draft),
        ...(state.version === undefined ? {} : { version: state.version }),
        ...(scope === undefined ? {} : { scope }),
      });
      await queries.invalidateQueries();
      toasts.say("The change of the state is accepted");
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return { save, error, isBusy };
}

function describeConflict(error: unknown): unknown {
  if (!(error instanceof ClientError) || error.status !== 409) return error;
  return new Error(
    "Somebody else has changed this state meanwhile. Leave it, and begin with the new one.",
    {
      cause: error,
    },
  );
}

interface DraftFieldProps {
  readonly value: DraftValue;
  /** `undefined` removes it. */
  readonly onChange: (value: DraftValue | undefined) => void;
}

function DraftField({ value, onChange }: DraftFieldProps) {
  const { key, text, bytes, original } = value;
  const isNew = bytes === undefined;
  return (
    <div className="field">
      <div className="row">
        {isNew ? (
          <input
            className="input mono"
            aria-label="Name of the value"
            placeholder="name"
            value={key}
            onChange={(event) => onChange({ ...value, key: event.currentTarget.value })}
          />
        ) : (
          <span className="label mono grow">{key}</span>
        )}
        <button
          type="button"
          className="btn btn-quiet btn-icon btn-small"
          aria-label={`Remove ${key}`}
          onClick={() => onChange(undefined)}
        >
          <Trash2 size={14} aria-hidden />
        </button>
      </div>
      {text === undefined ? (
        <p className="hint">{formatBytes(bytes?.length ?? 0)} of binary data, kept as they are</p>
      ) : (
        <textarea
          className="textarea"
          aria-label={`Value of ${key}`}
          spellCheck={false}
          rows={Math.min(Math.max(text.split("\n").length, 2), 16)}
          value={text}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        />
      )}
      {breaksJson(value) && <span className="error-text">This was JSON, and is none any more</span>}
      {!isNew && text !== original && <span className="hint">changed</span>}
    </div>
  );
}
