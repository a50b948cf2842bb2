import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const ESTABLISHED = '01';
const CLOSE_WAIT = '08';

/** What a process has open: files, `socket:[inode]`, pipes. */
export async function openIn(pid: number): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  return Promise.all((await readdir(directory)).map((fd) => readlink(join(directory, fd)).catch(() => 'gone')));
}

interface KernelSocket {
  localPort: number;
  state: string;
  inode: string;
}

async function kernelSockets(...tables: string[]): Promise<KernelSocket[]> {
  const texts = await Promise.all(tables.map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')));
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const fields = line.trim().split(/\s+/);
        return { localPort: Number.parseInt(fields[1]!.split(':').at(-1)!, 16), state: fields[3]!, inode: fields[9]! };
      }),
  );
}

/** Bound UDP ports in this range. */
export async function boundUdpPorts(range: { from: number; to: number }): Promise<number[]> {
  const ports = (await kernelSockets('udp', 'udp6')).map(({ localPort }) => localPort);
  return [...new Set(ports.filter((port) => port >= range.from && port <= range.to))].sort((a, b) => a - b);
}

/** Connections to this port that the other side has closed and ours has not. */
export async function halfClosed(port: number): Promise<number> {
  const sockets = await kernelSockets('tcp', 'tcp6');
  return sockets.filter(({ localPort, state }) => localPort === port && state === CLOSE_WAIT).length;
}

/** What the server has open, without connections of clients, which may still send requests. */
export async function openWithoutClients(pid: number, port: number): Promise<string[]> {
  const clients = (await kernelSockets('tcp', 'tcp6'))
    .filter(({ localPort, state }) => localPort === port && state === ESTABLISHED)
    .map(({ inode }) => `socket:[${inode}]`);
  return (await openIn(pid)).filter((name) => !clients.includes(name));
}

/** Resident memory, bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
