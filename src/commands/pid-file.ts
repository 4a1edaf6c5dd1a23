/**
 * The pid file of a server: one that lives refuses a second one; what a killed one left is taken over.
 *
 * A number that belongs to another program by now is nobody's server. Written whole or not at all, and not through links.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../core/make-folder.js';

/** Process of the server that runs by this file; undefined: none does. */
export function livingServer(path: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(path, 'utf8').trim());
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  return isServer(pid) ? pid : undefined;
}

export function writePid(path: string): void {
  makeFolder(dirname(path), 0o755);
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o644, flag: 'wx' });
  renameSync(own, path);
}

/** Another server's stays. */
export function removePid(path: string): void {
  try {
    if (Number(readFileSync(path, 'utf8').trim()) === process.pid) rmSync(path, { force: true });
  } catch {
    // There is none, or it cannot be read: nothing of ours.
  }
}

/** Does this process still do something? One that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // `PID (NAME) STATE …`, where the name may hold anything.
    return !/\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return !existsSync('/proc/self/stat');
  }
}

function isServer(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const is = (name: RegExp) => words.some((word) => name.test(word));
    return is(/(?:^|\/)fail2ban-server$/) || (is(/(?:^|\/)(?:f2b|run\.js)$/) && is(/^server$/));
  } catch {
    // Without /proc nobody knows: better none than two.
    return true;
  }
}
