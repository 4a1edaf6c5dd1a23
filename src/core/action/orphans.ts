/**
 * Action stage: commands of an f2b that was killed may still be running. Before anything is done over they have to end,
 * lest a rule be there twice: they are waited for, then ended by force.
 *
 * Every command carries the mark of the process that started it in its environment and leads a group of its own; those
 * of a process that is gone are found in /proc. What a command left in the background leads no group and is left alone.
 * Where there is no /proc nothing is found.
 */
import { readdir, readFile } from 'node:fs/promises';
import { killGroup } from '../process.js';

const NAME = 'F2B_OWNER';
const POLL_MS = 25;
const MOST_MS = 2_000;
const KILL_AFTER_MS = 200;

let own: string | undefined;

/** For the environment of a command. */
export async function ownerMark(): Promise<Readonly<Record<string, string>>> {
  own ??= `${process.pid}:${(await statOf(process.pid))?.start ?? 0}`;
  return { [NAME]: own };
}

/** What became of commands that were still running. */
export interface Orphans {
  readonly found: number;
  /** Of these: such as did not end by themselves. */
  readonly killed: number;
}

/**
 * Resolves when no command of that process is left.
 *
 * @param pid of an f2b that was killed; when it is somebody else's by now, or lives, nothing is done
 * @param mostMs how long to wait before force is used
 */
export async function endOrphans(pid: number, mostMs: number = MOST_MS): Promise<Orphans> {
  const until = performance.now() + mostMs;
  let left = await orphansOf(pid);
  const found = left.length;
  while (left.length > 0 && performance.now() < until) {
    await delay(POLL_MS);
    left = await orphansOf(pid);
  }
  if (left.length > 0) {
    for (const group of left) killGroup(group, 'SIGTERM');
    await delay(KILL_AFTER_MS);
    const some = left.filter((group) => killGroup(group, 'SIGKILL'));
    // Nobody tells when they are gone: they may be in the midst of a system call.
    if (some.length > 0) await delay(POLL_MS);
  }
  return { found, killed: left.length };
}

/** Ids of groups whose leader is a command of that process, which is gone. */
async function orphansOf(pid: number): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const processes = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = await Promise.all(processes.map(async (id) => ((await isOrphan(id, pid)) ? [id] : [])));
  return groups.flat();
}

async function isOrphan(id: number, ownerPid: number): Promise<boolean> {
  const owner = await ownerOf(id);
  if (owner === undefined || !owner.startsWith(`${ownerPid}:`)) return false;
  if ((await statOf(id))?.group !== id) return false;
  return owner !== `${ownerPid}:${(await statOf(ownerPid))?.start}`;
}

/** Of whom a process is a command. A zombie has no environment any more. */
async function ownerOf(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const at = `\0${environment}`.indexOf(`\0${NAME}=`);
  return at === -1 ? undefined : environment.slice(at + NAME.length + 1).split('\0')[0];
}

/** `start`: ticks from boot to its start; a pid alone may be somebody else's by now. Undefined: it is gone. */
async function statOf(pid: number): Promise<{ readonly group: number; readonly start: string } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // Its name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie starts nothing any more.
  if (fields[19] === undefined || fields[0] === 'Z') return undefined;
  return { group: Number(fields[2]), start: fields[19] };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
