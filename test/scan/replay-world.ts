/** Logs of a test in a folder of their own, and a jail on them: replays without a configuration. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from '@jest/globals';
import type { JailPlan } from '../../src/core/config/plans.js';
import { createResolver } from '../../src/core/net/dns.js';
import {
  type CourseReport,
  type ReplayOptions,
  type ReplayReport,
  replay,
} from '../../src/core/scan/replay.js';
import { findLogFiles } from '../../src/core/scan/replay-files.js';
import { changePlan, parseChange } from '../../src/core/scan/replay-settings.js';
import { localText } from '../../src/core/time/local-text.js';
import { type FilterText, makePlan } from '../filter/make-filter.js';

/** 2026-11-20 10:00:00 local time: where tests begin to count. */
export const START_SEC = new Date(2026, 10, 20, 10, 0, 0).getTime() / 1000;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'f2b-replay-'));
  folders.push(folder);
  return folder;
}

export interface LogText {
  readonly text: string;
  /** When it was last written; default: now. */
  readonly writtenSec?: number;
}

/** Writes them, `.gz` ones packed. @returns their paths in this order */
export function writeLogs(
  logs: Readonly<Record<string, string | LogText>>,
  folder: string = newFolder(),
): string[] {
  return Object.entries(logs).map(([name, log]) => {
    const { text, writtenSec } = typeof log === 'string' ? { text: log, writtenSec: undefined } : log;
    const path = join(folder, name);
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
    if (writtenSec !== undefined) utimesSync(path, writtenSec, writtenSec);
    return path;
  });
}

/** `fail 192.0.2.1` at so many seconds after the start; the filter of `jailOf` knows it. */
export function failLine(atSec: number, id: string): string {
  return `${localText(START_SEC + atSec)} fail ${id}\n`;
}

export function loginLine(atSec: number, id: string): string {
  return `${localText(START_SEC + atSec)} srv sshd[7]: Accepted password for joe from ${id} port 4022 ssh2\n`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 20 10:00:00`: a date without a year. */
export function shortDate(timeSec: number): string {
  const text = localText(timeSec);
  const day = String(Number(text.slice(8, 10))).padStart(2);
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${day} ${text.slice(11)}`;
}

const UNSET = undefined;

export interface JailText {
  readonly filter?: FilterText;
  /** `maxretry=3` … as for --set. */
  readonly settings?: readonly string[];
}

/** maxretry 3, findtime and bantime 10 minutes, nobody ignored. */
export function jailOf({ filter = { failregex: '^ fail <HOST>$' }, settings = [] }: JailText = {}): JailPlan {
  const plan: JailPlan = {
    name: 'test',
    origin: UNSET,
    backend: { value: 'auto' },
    filter: makePlan({ usedns: 'no', ...filter }),
    maxRetry: { value: 3 },
    maxMatches: { value: 5 },
    findTime: { value: { text: '10m', seconds: 600 } },
    banTime: { value: { text: '10m', seconds: 600 } },
    growth: {
      increment: UNSET,
      factor: UNSET,
      formula: UNSET,
      multipliers: UNSET,
      maxTime: UNSET,
      rndTime: UNSET,
      overallJails: UNSET,
    },
    ignoreSelf: { value: false },
    ignoreIp: [],
    ignoreCommand: UNSET,
    ignoreCache: UNSET,
    logPaths: [],
    actions: [],
    commands: [],
  };
  return changePlan(plan, settings.map(parseChange));
}

export interface RunText extends JailText {
  /** `--set` */
  readonly set?: readonly string[];
  readonly rotated?: boolean;
}

export async function replayOf(
  paths: readonly string[],
  { set, rotated = false, ...jail }: RunText = {},
  options: Partial<ReplayOptions> = {},
): Promise<ReplayReport> {
  return replay({
    plan: jailOf(jail),
    logs: await findLogFiles(paths, { rotated, nowSec: Date.now() / 1000 }),
    changes: set?.map(parseChange),
    resolver: createResolver({ ipv6: false }),
    localeEncoding: 'UTF-8',
    ...options,
  });
}

/** `192.0.2.1 10-610`: seconds from the start. */
export function bansOf({ course }: CourseReport): string[] {
  return course.bans.map(
    ({ id, timeSec, untilSec }) => `${id} ${timeSec - START_SEC}-${untilSec - START_SEC}`,
  );
}

/** `192.0.2.1 auth.log.1:3`: the line that decided. */
export function placesOf({ course }: CourseReport): string[] {
  return course.bans.map(({ id, place }) => `${id} ${basename(place.path)}:${place.line}`);
}
