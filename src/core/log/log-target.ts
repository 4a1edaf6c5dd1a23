/**
 * What `logtarget` means: a file, a standard stream, or the system's log; with options in brackets.
 *
 * Text → LogTarget. Source: fail2ban.conf(5) "logtarget", client.md §7: SYSLOG and SYSOUT have no time of their own, the
 * system's log no columns.
 */
import { parseBrackets } from '../config/brackets.js';
import { traced } from '../config/traced.js';
import { parseBool } from '../config/values.js';
import { UsageError } from '../errors.js';
import type { FormatOptions } from './log-format.js';

export interface LogTarget {
  /** Without options, as `get logtarget` shows it. */
  readonly name: string;
  readonly kind: 'file' | 'stdout' | 'stderr' | 'syslog' | 'journal';
  readonly format: FormatOptions;
  /** Of syslog: `daemon`. */
  readonly facility: string;
}

const KINDS: Readonly<Record<string, LogTarget['kind']>> = {
  STDOUT: 'stdout',
  STDERR: 'stderr',
  SYSOUT: 'stdout',
  SYSLOG: 'syslog',
  'SYSTEMD-JOURNAL': 'journal',
};
const OPTIONS = ['format', 'datetime', 'padding', 'facility'];
const FACILITIES = /^(?:kern|user|mail|daemon|auth|authpriv|syslog|lpr|news|uucp|cron|ftp|local[0-7])$/;

/** @throws {UsageError} it means nothing */
export function parseLogTarget(text: string): LogTarget {
  const { name: written, options } = parse(text.trim());
  const name = written.trim();
  const kind = KINDS[name.toUpperCase()] ?? 'file';
  if (name === '' || name.includes('\0')) throw refused(text, 'it names nothing');
  for (const option of options.keys()) {
    if (!OPTIONS.includes(option)) throw refused(text, `there is no option ${option}`);
  }
  const flag = (option: string, otherwise: boolean) => {
    const value = options.get(option)?.text;
    return value === undefined ? otherwise : parseBool(value);
  };
  const facility = (options.get('facility')?.text ?? 'daemon').toLowerCase();
  if (!FACILITIES.test(facility)) throw refused(text, `there is no facility ${facility}`);
  const isSystem = kind === 'syslog' || kind === 'journal';
  return {
    name: kind === 'file' ? name : name.toUpperCase(),
    kind,
    facility,
    format: {
      format: options.get('format')?.text,
      datetime: flag('datetime', !isSystem && name.toUpperCase() !== 'SYSOUT'),
      padding: flag('padding', !isSystem),
    },
  };
}

function parse(text: string): ReturnType<typeof parseBrackets> {
  try {
    return parseBrackets(traced(text));
  } catch (error) {
    throw refused(text, error instanceof Error ? error.message : String(error));
  }
}

function refused(text: string, why: string): UsageError {
  return new UsageError('logtarget', `logtarget = ${text}: ${why}`, {
    hint: 'Name a file, STDOUT, STDERR, SYSLOG or SYSTEMD-JOURNAL; options are format="…", datetime, padding, facility.',
  });
}
