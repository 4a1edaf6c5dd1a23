/**
 * Where f2b's own log goes when no server runs: lines are appended to the file that `logtarget` names.
 *
 * One write a line, so that several processes do not tear each other's. A log that cannot be written is said once on
 * standard error and is no reason to let attackers in.
 */
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../core/clock.js';
import { LEVELS, type Level, type Log } from '../core/events.js';
import { logLine } from '../core/log/log-line.js';
import { escapeControls } from '../view/escape.js';

/** @param path undefined: there is no log file, only errors are said, on standard error */
export function logSink(path: string | undefined, level: string | undefined): Log {
  const least = levelOf(level);
  let fd: number | undefined;
  let failed = path === undefined;
  return (record) => {
    if (LEVELS[record.level] < least || failed) return;
    try {
      fd ??= openSync(path as string, 'a', 0o640);
      writeSync(fd, logLine(record, { nowSec: systemClock.nowSec(), pid: process.pid }));
    } catch (error) {
      failed = true;
      process.stderr.write(
        `WARNING: cannot write the log ${path}: ${escapeControls((error as Error).message)}\n`,
      );
    }
  };
}

function levelOf(text: string | undefined): number {
  const word = text?.trim().toUpperCase() ?? 'INFO';
  return /^\d+$/.test(word) ? Number(word) : (LEVELS[word as Level] ?? LEVELS.INFO);
}
