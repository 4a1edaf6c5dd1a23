/**
 * One record → one line of the log, as fail2ban writes it: recidive, logwatch and people's greps read it.
 *
 * `2026-11-21 08:54:59,847 fail2ban.actions        [20248]: NOTICE  [sshd] Ban 192.0.2.1`. A message with line ends
 * stays one line: what an attacker logged must not begin a line of ours. Source: client.md §7.
 */
import type { LogRecord } from '../events.js';

export interface LineContext {
  /** Unix time with fraction. */
  readonly nowSec: number;
  readonly pid: number;
}

const NAME_WIDTH = 24;
const LEVEL_WIDTH = 7;

export function logLine({ level, logger, message }: LogRecord, { nowSec, pid }: LineContext): string {
  const name = `fail2ban.${logger}`.padEnd(NAME_WIDTH);
  return `${asciiTime(nowSec)} ${name}[${pid}]: ${level.padEnd(LEVEL_WIDTH)} ${oneLine(message)}\n`;
}

/** `2026-11-21 08:54:59,847`, as Python's logging writes the time. */
export function asciiTime(nowSec: number): string {
  const date = new Date(Math.floor(nowSec * 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** What an attacker logged must not begin a line. */
export function oneLine(message: string): string {
  return message.replace(/\r\n|[\n\r\u2028\u2029]/g, (end) => (end === '\r' ? '\\r' : '\\n'));
}
