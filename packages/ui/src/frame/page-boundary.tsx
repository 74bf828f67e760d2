/** A page that fails takes nothing else with it. */
import { Component, type ReactNode } from "react";
import { Problem } from "../parts/messages.tsx";

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly error?: unknown;
}

export class PageBoundary extends Component<Props, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Problem error={error} what="show this page" retry={() => location.reload()} />;
  }
}
