/**
 * Action stage: commands of an f2b that was killed may still be running. Before anything is done over they are waited
 * for, lest a rule be there twice.
 *
 * Every command carries the mark of the process that started it in its environment; those whose process is gone are
 * found in /proc. What an action leaves in the background for good is waited for in vain, but not for long.
 */
import { readdir, readFile } from 'node:fs/promises';

const NAME = 'F2B_OWNER';
const POLL_MS = 25;
const MOST_MS = 3_000;

let own: string | undefined;

/** For the environment of a command. */
export async function ownerMark(): Promise<Readonly<Record<string, string>>> {
  own ??= `${process.pid}:${(await startOf(process.pid)) ?? 0}`;
  return { [NAME]: own };
}

/** Resolves when none is left, or after three seconds. @returns whether none is left */
export async function waitForOrphans(mostMs: number = MOST_MS): Promise<boolean> {
  const until = performance.now() + mostMs;
  for (;;) {
    if (!(await hasOrphans())) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function hasOrphans(): Promise<boolean> {
  const names = await readdir('/proc').catch(() => []);
  const owners = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(ownerOf));
  for (const owner of new Set(owners)) {
    if (owner !== undefined && !(await lives(owner))) return true;
  }
  return false;
}

/** Of whom a process is a command. A zombie has no environment any more. */
async function ownerOf(pid: string): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const at = `\0${environment}`.indexOf(`\0${NAME}=`);
  return at === -1 ? undefined : environment.slice(at + NAME.length + 1).split('\0')[0];
}

async function lives(owner: string): Promise<boolean> {
  const [pid, start] = owner.split(':');
  return (await startOf(Number(pid))) === start;
}

/** Ticks from boot to its start: a pid alone may be somebody else's by now. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // Its name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie starts nothing any more.
  return fields[0] === 'Z' ? undefined : fields[19];
}
