import { availableParallelism, cpus } from 'node:os';

export interface Task {
  /** Only a few of them run at once. */
  isHeavy: boolean;
  run(): Promise<void>;
}

export interface PoolLimits {
  /** So many run at once, however busy the machine is. */
  least: number;
  /** More start while processors are idle, as tests mostly wait. */
  most: number;
  heavy: { least: number; most: number };
}

const LOOK_MS = 1_000;
/** A further task starts when this much of a processor was idle. */
const IDLE_PROCESSORS = 0.4;

/** Runs all tasks in order: light ones overtake waiting heavy ones. `idle` tells how many processors were idle since its last call. */
export async function inPool(
  tasks: readonly Task[],
  limits: PoolLimits,
  idle: () => number = idleProcessors(),
): Promise<void> {
  const waiting = [...tasks];
  const now = { all: 0, heavy: 0 };
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  /** Starts the next task of which there are fewer than these; false: there is none. */
  const start = (all: number, heavy: number): boolean => {
    const at = now.all < all ? waiting.findIndex(({ isHeavy }) => !isHeavy || now.heavy < heavy) : -1;
    if (at < 0) return false;
    const [task] = waiting.splice(at, 1);
    const weight = Number(task!.isHeavy);
    now.all++;
    now.heavy += weight;
    task!.run().then(() => {
      now.all--;
      now.heavy -= weight;
      fill();
    }, reject);
    return true;
  };
  const fill = (): void => {
    while (start(limits.least, limits.heavy.least)) {}
    if (now.all === 0) resolve();
  };
  const look = setInterval(() => {
    if (idle() > IDLE_PROCESSORS) start(limits.most, limits.heavy.most);
  }, LOOK_MS);
  fill();
  await done.finally(() => clearInterval(look));
}

function idleProcessors(): () => number {
  let before = times();
  return () => {
    const after = times();
    const [idle, all] = [after.idle - before.idle, after.all - before.all];
    before = after;
    return all === 0 ? 0 : (idle / all) * availableParallelism();
  };
}

function times(): { idle: number; all: number } {
  const each = cpus().map((cpu) => cpu.times);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return { idle: sum(each.map(({ idle }) => idle)), all: sum(each.flatMap((one) => Object.values(one))) };
}
