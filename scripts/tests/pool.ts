export interface Task {
  /** Few of them at once. */
  isHeavy: boolean;
  run(): Promise<void>;
}

/** Runs all tasks in their order, `size` at once, of which at most `heavy` are heavy: a light one overtakes. */
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
