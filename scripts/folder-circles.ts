/** One import: the importing file and the imported one. */
export interface Import {
  from: string;
  to: string;
}

/**
 * Circles among the entries of a folder. An import counts where the paths of its two files diverge: from the file or folder on one side to
 * the one on the other. So files, and folders taken as a whole, may import each other in one direction only, at every depth. Each
 * circle is returned as the imports that form it.
 */
export function folderCircles(imports: readonly Import[]): Import[][] {
  const graph = new Map<string, Map<string, Import>>();
  for (const one of imports) {
    const [from, to] = whereTheyPart(one);
    if (from === to) continue;
    const targets = graph.get(from) ?? new Map<string, Import>();
    graph.set(from, targets);
    if (!targets.has(to)) targets.set(to, one);
  }
  const circles: Import[][] = [];
  const seen = new Set<string>();
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    const circle = shortestCircle(graph, start);
    if (circle === null) continue;
    for (const entry of circle) seen.add(entry);
    circles.push(circle.map((entry, at) => graph.get(entry)!.get(circle[(at + 1) % circle.length]!)!));
  }
  return circles;
}

function whereTheyPart({ from, to }: Import): [string, string] {
  const [a, b] = [from.split('/'), to.split('/')];
  let depth = 0;
  while (a[depth] === b[depth] && depth < Math.min(a.length, b.length) - 1) depth += 1;
  return [a.slice(0, depth + 1).join('/'), b.slice(0, depth + 1).join('/')];
}

/** The entries of the shortest path from `start` back to it; null if there is none. */
function shortestCircle(graph: ReadonlyMap<string, ReadonlyMap<string, Import>>, start: string): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const entry of queue) {
    for (const next of graph.get(entry)?.keys() ?? []) {
      if (next === start) return wayBack(cameFrom, start, entry);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, entry);
      queue.push(next);
    }
  }
  return null;
}

function wayBack(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way = [end];
  while (way[0] !== start) way.unshift(cameFrom.get(way[0]!)!);
  return way;
}
