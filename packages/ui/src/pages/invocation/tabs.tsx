/** One of several views; which one is in the URL. */
import { type ReactNode, useId } from "react";
import { useSearchParams } from "wouter";

export interface Tab {
  readonly name: string;
  readonly title: string;
  readonly content: ReactNode;
}

export function Tabs({ tabs }: { readonly tabs: readonly [Tab, ...Tab[]] }) {
  const [query, setQuery] = useSearchParams();
  const panel = useId();
  const chosen = tabs.find(({ name }) => name === query.get("view")) ?? tabs[0];
  const choose = (name: string) => {
    setQuery(name === tabs[0].name ? {} : { view: name }, { replace: true });
  };
  const move = (by: number) => {
    const index = tabs.findIndex(({ name }) => name === chosen.name);
    const next = tabs[(index + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    choose(next.name);
    document.getElementById(`${panel}-${next.name}`)?.focus();
  };
  return (
    <section className="card">
      <div className="tabs" role="tablist">
        {tabs.map(({ name, title }) => (
          <button
            key={name}
            id={`${panel}-${name}`}
            type="button"
            role="tab"
            aria-selected={name === chosen.name}
            aria-controls={panel}
            tabIndex={name === chosen.name ? 0 : -1}
            onClick={() => choose(name)}
            onKeyDown={({ key }) => {
              if (key === "ArrowRight") move(1);
              else if (key === "ArrowLeft") move(-1);
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <div id={panel} role="tabpanel" aria-labelledby={`${panel}-${chosen.name}`}>
        {chosen.content}
      </div>
    </section>
  );
}
