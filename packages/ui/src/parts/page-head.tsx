import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";

interface PageHeadProps {
  readonly title: ReactNode;
  /** What the page is below of. */
  readonly above?: { readonly href: string; readonly title: string };
  /** What can be done. */
  readonly children?: ReactNode;
}

export function PageHead({ title, above, children }: PageHeadProps) {
  return (
    <div>
      {above !== undefined && (
        <nav className="crumbs" aria-label="Above this page">
          <Link href={above.href}>{above.title}</Link>
          <ChevronRight size={12} aria-hidden />
        </nav>
      )}
      <header className="page-head">
        <h1>{title}</h1>
        {children}
      </header>
    </div>
  );
}
