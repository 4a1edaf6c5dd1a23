/**
 * What the client says on standard error, in lines of fail2ban's log, as loud as -v and -q ask for.
 */
import { systemClock } from '../core/clock.js';
import { LEVELS, type Level } from '../core/events.js';
import { asciiTime } from '../core/log/log-line.js';
import { escapeControls } from '../view/escape.js';

export class ClientLog {
  readonly #least: number;

  /** @param verbosity 0: warnings and errors */
  constructor(verbosity: number) {
    const levels: Level[] = ['ERROR', 'WARNING', 'INFO', 'DEBUG'];
    const index = Math.min(Math.max(verbosity + 1, 0), levels.length - 1);
    this.#least = LEVELS[levels[index] as Level];
  }

  error(message: string): void {
    this.say('ERROR', message);
  }

  info(message: string): void {
    this.say('INFO', message);
  }

  /** @param part what stands behind `fail2ban.` */
  say(level: Level, message: string, part = ''): void {
    if (LEVELS[level] < this.#least) return;
    const name = `fail2ban${part === '' ? '' : `.${part}`}`.padEnd(24);
    const text = message.split('\n').map((line) => escapeControls(line));
    const head = `${asciiTime(systemClock.nowSec())} ${name}[${process.pid}]: ${level.padEnd(7)} `;
    process.stderr.write(`${head}${text.join('\n')}\n`);
  }
}
