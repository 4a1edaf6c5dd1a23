/**
 * Which program is meant by the name that f2b was started under: a link to it may have a name of fail2ban's.
 */
import { basename } from 'node:path';

export const PROGRAMS = ['fail2ban-client', 'fail2ban-server', 'fail2ban-regex'] as const;
export type Program = (typeof PROGRAMS)[number];

/** @param path as it was called: `process.argv[1]` */
export function programOf(path: string | undefined): Program | undefined {
  const name = basename(path ?? '').replace(/\.js$/, '');
  return PROGRAMS.find((program) => program === name);
}
