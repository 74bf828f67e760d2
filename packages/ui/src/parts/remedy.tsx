/** What a code of the catalogue means and what to do: the pages of the documentation, without leaving. */
import { BookOpen } from "lucide-react";
import { type ReactNode, useState } from "react";
import { usePolled } from "../api/admin.ts";
import { Dialog } from "./dialog.tsx";
import { Loading, Problem } from "./messages.tsx";

export function Remedy({ code }: { readonly code: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="link-button row" onClick={() => setOpen(true)}>
        <BookOpen size={14} aria-hidden /> {code}: what it means, and what to do
      </button>
      {isOpen && <RemedyDialog code={code} onClose={() => setOpen(false)} />}
    </>
  );
}

function RemedyDialog({ code, onClose }: { readonly code: string; readonly onClose: () => void }) {
  const { data, error } = usePolled(["remedy", code], async () => {
    const { findRemedy } = await import("./remedies.ts");
    return findRemedy(code) ?? `# ${code}\n\nThere is no page for this code.`;
  });
  const title = data?.split("\n")[0]?.replace(/^#\s*/, "") ?? code;
  return (
    <Dialog title={title} onClose={onClose} isWide>
      {error !== null && <Problem error={error} what="load the page" />}
      {data === undefined ? error === null && <Loading /> : <Markdown text={data} />}
    </Dialog>
  );
}

/** As much of Markdown as those pages use. */
function Markdown({ text }: { readonly text: string }) {
  const blocks = text.split(/\n{2,}/).slice(1);
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change.
        <Block key={index} text={block.trim()} />
      ))}
    </div>
  );
}

function Block({ text }: { readonly text: string }) {
  const heading = /^#+\s+(.*)$/.exec(text);
  if (heading !== null) return <h3>{inline(heading[1] ?? "")}</h3>;
  const code = /^```\w*\n([\s\S]*?)\n?```$/.exec(text);
  if (code !== null) return <pre className="code">{code[1]}</pre>;
  if (/^[-*]\s/.test(text)) {
    const items = text.split(/\n(?=[-*]\s)/).map((item) => item.replace(/^[-*]\s+/, ""));
    return (
      <ul>
        {items.map((item) => (
          <li key={item}>{inline(item)}</li>
        ))}
      </ul>
    );
  }
  return <p>{inline(text)}</p>;
}

function inline(text: string): ReactNode[] {
  const plain = text.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replaceAll("\n", " ");
  return plain.split(/(`[^`]+`)/).map((part, index) =>
    part.startsWith("`") ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change.
      <code key={index}>{part.slice(1, -1)}</code>
    ) : (
      part.replace(/\*\*?([^*]+)\*\*?/g, "$1")
    ),
  );
}
