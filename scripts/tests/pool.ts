export interface Task {
  /** Only a few of them run at once. */
  isHeavy: boolean;
  run(): Promise<void>;
}

/** Runs all tasks in order, `size` at once, at most `heavy` of them heavy: light ones overtake waiting heavy ones. */
export async function inPool(tasks: readonly Task[], { size, heavy }: { size: number; heavy: number }): Promise<void> {
  const waiting = [...tasks];
  let heavyNow = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const at = waiting.findIndex(({ isHeavy }) => !isHeavy || heavyNow < heavy);
      if (at < 0) return;
      const [task] = waiting.splice(at, 1);
      if (task!.isHeavy) heavyNow++;
      await task!.run();
      if (task!.isHeavy) heavyNow--;
    }
  };
  await Promise.all(Array.from({ length: size }, work));
}
