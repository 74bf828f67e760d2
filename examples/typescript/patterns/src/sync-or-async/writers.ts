/** Stands for those who write reports: quickly, unless they are held up. */
let atWork = Promise.resolve();

/** Nothing is written until the returned function is called. */
export function holdWriters(): () => void {
  let release: () => void = () => undefined;
  atWork = new Promise((resolve) => {
    release = resolve;
  });
  return () => release();
}

export async function write(id: string, topic: string): Promise<string> {
  await atWork;
  return `https://reports.example/${id}/${topic}`;
}
