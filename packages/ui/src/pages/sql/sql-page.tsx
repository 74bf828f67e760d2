/** Questions in SQL, for what the other pages do not show. */
import { Download, History, Play } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { plural } from "../../format/size.ts";
import { formatDuration } from "../../format/time.ts";
import { readStored, writeStored } from "../../frame/theme.ts";
import { useKeys } from "../../parts/keys.ts";
import { Menu, MenuItem } from "../../parts/menu.tsx";
import { Note, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Kbd } from "../../parts/text.tsx";
import { type SqlRow, toCsv } from "./export.ts";
import { QUERIES } from "./queries.ts";
import { ResultTable } from "./result-table.tsx";

interface Result {
  readonly rows: readonly SqlRow[];
  readonly isTruncated: boolean;
  readonly tookMs: number;
}

const HISTORY_KEY = "rejoin.sql";
const HISTORY_MAX = 25;

export function SqlPage() {
  const [sql, setSql] = useState(() => readHistory()[0] ?? QUERIES[0]?.sql ?? "");
  const editor = useRef<HTMLTextAreaElement>(null);
  const { run, result, error, isBusy } = useSql();
  useKeys({ "/": () => editor.current?.focus() });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run(sql);
    if (event.key === "Escape") editor.current?.blur();
  };
  const choose = (query: string) => {
    setSql(query);
    void run(query);
  };
  return (
    <>
      <PageHead title="SQL">
        <HistoryMenu onChoose={setSql} />
      </PageHead>
      <div className="row row-wrap chips">
        {QUERIES.map(({ title, sql: query }) => (
          <button key={title} type="button" className="chip" onClick={() => choose(query)}>
            {title}
          </button>
        ))}
      </div>
      <section className="card">
        <textarea
          ref={editor}
          className="textarea sql-editor"
          aria-label="Statement"
          spellCheck={false}
          rows={Math.min(Math.max(sql.split("\n").length + 1, 5), 20)}
          value={sql}
          onChange={(event) => setSql(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className="card-foot row row-wrap">
          <button
            type="button"
            className="btn btn-primary"
            disabled={isBusy || sql.trim() === ""}
            onClick={() => void run(sql)}
          >
            <Play size={14} aria-hidden /> {isBusy ? "Running …" : "Run"}
          </button>
          <span className="faint small wide-only">
            <Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd>
          </span>
          {result !== undefined && <Outcome result={result} />}
        </div>
      </section>
      {error !== undefined && <Problem error={error} what="run it" />}
      {result?.isTruncated === true && (
        <Note tone="amber">
          There are more rows than an answer holds: add a limit or a condition.
        </Note>
      )}
      {result !== undefined && <ResultTable rows={result.rows} />}
    </>
  );
}

function useSql() {
  const admin = useAdmin();
  const [result, setResult] = useState<Result>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = async (sql: string) => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    const startedMs = performance.now();
    try {
      const { rows, truncated } = await admin.query<SqlRow>(sql);
      setResult({ rows, isTruncated: truncated, tookMs: performance.now() - startedMs });
      remember(sql);
    } catch (cause) {
      setResult(undefined);
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return { run, result, error, isBusy };
}

function Outcome({ result }: { readonly result: Result }) {
  const { rows, tookMs } = result;
  return (
    <>
      <span className="muted num grow" role="status">
        {plural(rows.length, "row")} in {formatDuration(tookMs)}
      </span>
      {rows.length > 0 && (
        <Menu
          trigger={
            <button type="button" className="btn btn-small">
              <Download size={13} aria-hidden /> Save
            </button>
          }
        >
          <MenuItem onSelect={() => save("rows.csv", "text/csv", toCsv(rows))}>As CSV</MenuItem>
          <MenuItem
            onSelect={() => save("rows.json", "application/json", JSON.stringify(rows, null, 2))}
          >
            As JSON
          </MenuItem>
        </Menu>
      )}
    </>
  );
}

function HistoryMenu({ onChoose }: { readonly onChoose: (sql: string) => void }) {
  const history = readHistory();
  if (history.length === 0) return null;
  return (
    <Menu
      trigger={
        <button type="button" className="btn">
          <History size={14} aria-hidden /> Recent
        </button>
      }
    >
      {history.slice(0, 12).map((sql) => (
        <MenuItem key={sql} onSelect={() => onChoose(sql)}>
          <span className="mono small truncate sql-recent">{sql.replace(/\s+/g, " ")}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function readHistory(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(readStored(HISTORY_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((sql) => typeof sql === "string") : [];
  } catch {
    return [];
  }
}

function remember(sql: string): void {
  const history = [sql, ...readHistory().filter((other) => other !== sql)];
  writeStored(HISTORY_KEY, JSON.stringify(history.slice(0, HISTORY_MAX)));
}
