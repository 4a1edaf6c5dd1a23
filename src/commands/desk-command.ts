/**
 * What the commands of fail2ban's vocabulary share: they are refused as fail2ban-client is (the text on standard output,
 * `NOK: …` on standard error, exit code 255), and say what to do about it.
 */

import { systemClock } from '../core/clock.js';
import { CommandError } from '../core/control/command-error.js';
import { logLine } from '../core/log/log-line.js';
import { escapeControls } from '../view/escape.js';
import { BaseCommand } from './base.js';

export abstract class DeskCommand extends BaseCommand {
  protected override report(error: unknown): number {
    if (!(error instanceof CommandError) || this.jsonEnabled() || process.stdout.isTTY)
      return super.report(error);
    process.stdout.write(`${error.message}\n`);
    const level = 'ERROR' as const;
    const record = { level, logger: '', message: `NOK: ${error.argsText}` };
    const line = logLine(record, { nowSec: systemClock.nowSec(), pid: process.pid });
    process.stderr.write(line.replace('fail2ban. ', 'fail2ban  '));
    if (error.hint !== undefined) process.stderr.write(`${escapeControls(error.hint)}\n`);
    return error.exitCode;
  }
}
