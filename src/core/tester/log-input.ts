/**
 * Tester: what the LOG argument means, and the source of lines it stands for.
 *
 * `-` is standard input; an existing file (or pipe) is read; `systemd-journal[…]` is the journal; any other text is the
 * log itself. Source: fail2ban-regex(1), regex.md §2; `-`, pipes and the refusal of folders are ours (docs/compat.md).
 */
import { type Stats, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { parseBrackets } from '../config/brackets.js';
import { traced } from '../config/traced.js';
import { UsageError } from '../errors.js';
import { findEncoding } from '../source/encodings.js';
import { openFile, openStream, unreadable } from '../source/file.js';
import type { JournalOptions } from '../source/journal.js';
import type { LineSource } from '../source/line.js';
import { textSource } from '../source/text.js';

export type LogInput =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'journal'; readonly options: JournalOptions }
  | {
      readonly kind: 'text';
      readonly text: string /** It looks like a path of nothing. */;
      readonly likePath: boolean;
    };

/** @throws {UsageError} wrong options of the journal; {SourceError} a folder */
export function classifyLog(log: string): LogInput {
  if (log === '-') return { kind: 'stdin' };
  const stat = statOf(log);
  if (stat?.isDirectory()) throw unreadable(log, { code: 'EISDIR' });
  if (stat) return { kind: 'file', path: log };
  if (log.startsWith('systemd-journal')) return { kind: 'journal', options: journalOptions(log) };
  return {
    kind: 'text',
    text: log,
    likePath: /^(?:\.{0,2}|~)\/[^\s]+$|^\S+\.log(?:\.\d+)?(?:\.gz)?$/.test(log),
  };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A text may be no path at all: too long, with NUL, below a file.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['EACCES', 'EPERM', 'ELOOP'].includes(code)) throw unreadable(path, error);
    return undefined;
  }
}

function journalOptions(log: string): JournalOptions {
  const { options } = parseBrackets(traced(log));
  const values = new Map([...options].map(([name, { text }]) => [name, text]));
  for (const name of values.keys()) {
    if (!(JOURNAL_OPTIONS as readonly string[]).includes(name)) {
      throw new UsageError('journal-option', `unknown option '${name}' of systemd-journal`, {
        hint: `Options are ${JOURNAL_OPTIONS.join(', ')}.`,
      });
    }
  }
  const flags = values.get('journalflags');
  if (flags !== undefined && !/^\d+$/.test(flags)) {
    throw new UsageError('journal-option', `journalflags is a number, not '${flags}'`);
  }
  return {
    path: values.get('journalpath'),
    files: values
      .get('journalfiles')
      ?.split(/[\s,]+/)
      .filter((file) => file !== ''),
    flags: flags === undefined ? undefined : Number(flags),
    namespace: values.get('namespace'),
    rotated: ['1', 'on', 'true', 'yes'].includes(values.get('rotated')?.toLowerCase() ?? ''),
  };
}

const JOURNAL_OPTIONS = ['journalpath', 'journalfiles', 'journalflags', 'namespace', 'rotated'] as const;

export interface OpenOptions {
  readonly encoding: string;
  readonly stdin: Readable;
  /** Taken as several lines even when it is one (maxlines > 1). */
  readonly multiline: boolean;
  readonly journalmatch: readonly (readonly string[])[];
}

/** Opens it. @throws {SourceError} */
export async function openLog(input: LogInput, options: OpenOptions): Promise<LineSource> {
  const split = { skipComments: true };
  switch (input.kind) {
    case 'stdin':
      return openStream('standard input', options.stdin, await findEncoding(options.encoding), split);
    case 'file':
      // What is connected to it may be a socket, which cannot be opened a second time.
      if (/^\/dev\/(?:stdin|fd\/0)$/.test(input.path))
        return openStream(input.path, options.stdin, await findEncoding(options.encoding), split);
      return openFile(input.path, await findEncoding(options.encoding), split);
    case 'journal':
      return (await import('../source/journal.js')).openJournal({
        ...input.options,
        matches: options.journalmatch,
      });
    case 'text':
      return textSource(textLines(input.text, options.multiline) ?? [input.text], split);
  }
}

/** The lines of a text that counts as several; undefined when it is a single one. */
export function textLines(text: string, multiline: boolean): string[] | undefined {
  return multiline || text.includes('\n') ? text.split('\n') : undefined;
}
