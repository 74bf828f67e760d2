/** The parts of a `.cpuprofile` that are read here. */

export interface CallFrame {
  readonly functionName: string;
  /** Empty for what is built into the engine. */
  readonly url: string;
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** What a sample saw: the frames from the innermost outwards. */
export type Stack = readonly CallFrame[];

/** Calls `visit` once for each node that was innermost in any sample. */
export function visitSelfTimes(
  profile: CpuProfile,
  visit: (stack: Stack, selfUs: number) => void,
): void {
  const parents = parentsOf(profile.nodes);
  for (const [id, selfUs] of selfTimes(profile)) visit(stackOf(id, parents), selfUs);
}

interface Linked {
  readonly callFrame: CallFrame;
  parent: number | undefined;
}

function parentsOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Linked> {
  const linked = new Map<number, Linked>();
  for (const { id, callFrame } of nodes) linked.set(id, { callFrame, parent: undefined });
  for (const { id, children = [] } of nodes) {
    for (const child of children) {
      const entry = linked.get(child);
      if (entry !== undefined) entry.parent = id;
    }
  }
  return linked;
}

function selfTimes({ samples, timeDeltas }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  samples.forEach((id, i) => {
    times.set(id, (times.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  });
  return times;
}

function stackOf(id: number, nodes: ReadonlyMap<number, Linked>): Stack {
  const stack: CallFrame[] = [];
  for (let at: number | undefined = id; at !== undefined; ) {
    const node: Linked | undefined = nodes.get(at);
    if (node === undefined) break;
    stack.push(node.callFrame);
    at = node.parent;
  }
  return stack;
}
