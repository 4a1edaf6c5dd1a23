/**
 * Daemon: the lines of the log that tell how a jail is set, as fail2ban writes them while it takes its commands in.
 *
 * JailPlan → records. Only what the plan says: defaults are not told. Source: client.md §7; fail2ban-server 1.0.2, run.
 */
import type { JailPlan } from '../config/plans.js';
import { F2bError } from '../errors.js';
import type { LogRecord } from '../events.js';
import { repr } from '../python-repr.js';
import { DateDetector } from '../time/detector.js';

/** Behind `Creating new jail 'X'`. */
export function backendLines(name: string, backend: string): readonly LogRecord[] {
  const [word, kind] = backend === 'systemd' ? ['systemd', 'systemd'] : ['poller', 'polling'];
  return [info('jail', `Jail '${name}' uses ${word} {}`), info('jail', `Initiated '${kind}' backend`)];
}

/** In the order of the command stream. */
export function settingLines(plan: JailPlan, localeEncoding: string): readonly LogRecord[] {
  const { filter, growth } = plan;
  const lines: LogRecord[] = [];
  const tell = <T>(part: string, value: T | undefined, text: (value: T) => string) => {
    if (value !== undefined) lines.push(info(part, text(value)));
  };
  tell('filter', filter.maxlines?.value, (value) => `  maxLines: ${value}`);
  tell('datedetector', filter.datepattern?.value, datePatternLine);
  tell('filter', plan.maxRetry?.value, (value) => `  maxRetry: ${value}`);
  tell('filter', plan.findTime?.value.seconds, (value) => `  findtime: ${value}`);
  tell('actions', plan.banTime?.value.seconds, (value) => `  banTime: ${Math.trunc(value)}`);
  for (const [name, value] of [
    ['increment', growth.increment?.value],
    ['factor', growth.factor?.value],
    ['formula', growth.formula?.value],
    ['multipliers', growth.multipliers?.value],
    ['maxtime', growth.maxTime?.value.text],
    ['rndtime', growth.rndTime?.value.text],
    ['overalljails', growth.overallJails?.value],
  ] as const) {
    tell(
      'jail',
      value,
      (given) => `Set banTime.${name} = ${typeof given === 'string' ? given : repr(given)}`,
    );
  }
  tell('filter', filter.logencoding?.value, (name) => {
    return `  encoding: ${name.toLowerCase() === 'auto' ? localeEncoding : name}`;
  });
  return lines;
}

function datePatternLine(pattern: string): string {
  try {
    const { templates } = new DateDetector({ datepattern: pattern, clock: { nowSec: () => 0 } });
    const [only] = templates;
    if (!only || templates.length > 2)
      return `  default filtered date pattern: ${templates.length} template(s)`;
    return `  date pattern \`${repr(only.template.pattern)}\`: \`${only.template.name}\``;
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    return `  date pattern \`${repr(pattern)}\`: ${error.message}`;
  }
}

function info(logger: string, message: string): LogRecord {
  return { level: 'INFO', logger, message };
}
