/** The keys, and what the words mean. */
import { Dialog } from "../parts/dialog.tsx";
import { STATUS_LOOKS, Status, type StatusName } from "../parts/status.tsx";
import { Kbd } from "../parts/text.tsx";
import { PAGES } from "./pages.ts";

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [["/"], "Search or filter"],
  [["j"], "Next row"],
  [["k"], "Previous row"],
  [["Enter"], "Open the row"],
  [["x"], "Select the row"],
  [["?"], "This help"],
];
const SHOWN: readonly StatusName[] = [
  "scheduled",
  "pending",
  "ready",
  "running",
  "backing-off",
  "suspended",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
  "killed",
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  const pages = PAGES.map(({ key, title }) => [["g", key], title] as const);
  return (
    <Dialog title="Keys and words" onClose={onClose}>
      <h3>Keys</h3>
      <dl className="kv">
        {[...KEYS, ...pages].map(([keys, text]) => (
          <div key={text} className="kv-row">
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <h3>What an invocation may be</h3>
      <dl className="kv">
        {SHOWN.map((name) => (
          <div key={name} className="kv-row">
            <dt>
              <Status name={name} />
            </dt>
            <dd>{STATUS_LOOKS[name].meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
