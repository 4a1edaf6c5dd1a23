/**
 * View: a command stream → the lines of `f2b dump`; and what there is to say about the configuration → standard error.
 */
import type { Command } from '../core/config/index.js';
import { type Problem, plain, showCommand } from '../core/config/index.js';
import { showOrigin } from '../core/errors.js';
import { prettyPrint } from './dump-pretty.js';
import { escapeControls } from './escape.js';

/** Each command with its newline: one line as Python prints the list, or, pretty, several where it is long. */
export function* renderCommands(commands: readonly Command[], format: 'lines' | 'pretty'): Generator<string> {
  for (const command of commands) {
    yield `${format === 'pretty' ? prettyPrint(plain(command)) : showCommand(command)}\n`;
  }
}

const WORDS = { fatal: 'ERROR', error: 'ERROR', warning: 'WARNING', notice: 'note' } as const;

/**
 * One line for each problem, and one for what to do about it. Left out are what ends the command (it is said last) and
 * notices that fail2ban keeps to itself.
 */
export function renderProblems(problems: readonly Problem[]): string {
  return problems
    .filter(({ level, code }) => level !== 'fatal' && (level !== 'notice' || code === 'default-used'))
    .map(({ level, message, jail, origin, hint }) => {
      const place = origin && !message.includes(origin.file) ? `${showOrigin(origin)}: ` : '';
      const whose = jail === undefined ? '' : `[${jail}] `;
      const remedy = hint === undefined ? '' : `  ${escapeControls(hint)}\n`;
      return `${WORDS[level]}: ${escapeControls(place + whose + message)}\n${remedy}`;
    })
    .join('');
}
