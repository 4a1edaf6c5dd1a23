/**
 * View: what the reader of a report should know about its input, for standard error: one line each.
 */

import type { SourceCounts } from '../core/source/line.js';
import type { Exceeded, LineTrouble } from '../core/tester/result.js';
import { escapeControls } from './escape.js';

export interface Noteworthy {
  readonly counts: SourceCounts;
  readonly notices: readonly string[];
  readonly exceeded?: readonly Exceeded[];
  readonly troubles?: readonly LineTrouble[];
  /** Texts taken for the log although they look like the path of a file. */
  readonly isPath?: readonly string[];
}

export function sourceNotes({
  counts,
  notices,
  exceeded = [],
  troubles = [],
  isPath = [],
}: Noteworthy): string {
  const notes = [
    ...isPath.map((text) => `there is no file ${text}: it is tested as a line of log`),
    ...notices,
    ...countNotes(counts),
    ...troubles.map(
      ({ message, lines, firstLine }) =>
        `${howMany(lines)} could not be processed, the first is line ${firstLine}: ${message}`,
    ),
    ...exceeded.map(
      ({ label, where, lines, firstLine }) =>
        `${label}${where === undefined ? '' : ` (${where})`} ran out of time on ${howMany(lines)}, the first is line ${firstLine}; counted as not matching`,
    ),
  ];
  return notes.map((note) => `note: ${escapeControls(note)}\n`).join('');
}

function countNotes(counts: SourceCounts): string[] {
  const notes: string[] = [];
  if (counts.unterminatedBytes > 0) {
    notes.push(`the last line has no newline and was not read (${counts.unterminatedBytes} bytes)`);
  }
  if (counts.cutLines > 0)
    notes.push(`${howMany(counts.cutLines)} too long: ${counts.cutBytes} bytes were cut off`);
  if (counts.undecodable > 0) {
    notes.push(
      `${howMany(counts.undecodable)} with bytes that are not valid in the encoding (see --encoding)`,
    );
  }
  return notes;
}

function howMany(lines: number): string {
  return `${lines} line${lines === 1 ? '' : 's'}`;
}
