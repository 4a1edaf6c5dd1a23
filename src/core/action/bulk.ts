/**
 * Action stage: many bans of one family → one text for a tool that applies it all or not at all, and its command.
 *
 * `bulkban` reads head, a line for each ban, and tail (`bulkban_head`, `_line`, `_tail`) from its standard input; likewise
 * `bulkunban`. Only values that are one plain word get in; a ban with any other takes the ordinary way. Source: these keys
 * are f2b's own (docs/actions.md).
 */
import { tryParseTime } from '../config/times.js';
import type { Ban } from '../records.js';
import type { CommandTable } from './command-table.js';
import { familyOf, ipOf, showTime } from './dynamic-tags.js';

/** Fewer are not worth it. */
export const BULK_LEAST = 2;
const DEFAULT_SIZE = 1000;
/** Not at the start: the tools take `-x` for an option, and `@` for a set. */
const PLAIN_WORD = /^(?:[\w.:/][\w.:/@%+-]*|-?\d+)$/;

export type BulkStep = 'ban' | 'unban';

export class Bulk {
  private constructor(
    /** Reads the text; tags of the family still in place. */
    readonly command: string,
    private readonly parts: {
      readonly head: string;
      readonly line: readonly string[];
      readonly tail: string;
    },
    /** Bans in one text. */
    readonly size: number,
    private readonly family: string,
  ) {}

  /** Undefined: the action has no such keys, or its line asks for what only a command can be given. */
  static of(table: CommandTable, step: BulkStep, family: string): Bulk | undefined {
    const key = `bulk${step}`;
    const command = table.extra(key, family);
    const line = table.extra(`${key}_line`, family);
    if (!command?.trim() || !line?.trim()) return undefined;
    const pieces = line.split(/<([^ <>]+)>/);
    if (pieces.some((tag, i) => i % 2 === 1 && !(tag in VALUES))) return undefined;
    const fixed = (name: string) => {
      const text = table.extra(name, family) ?? '';
      return text === '' ? '' : `${text.replaceAll('<family>', family)}\n`;
    };
    const size = tryParseTime(table.extra('bulksize', family) ?? '')?.seconds;
    return new Bulk(
      command,
      { head: fixed(`${key}_head`), line: pieces, tail: fixed(`${key}_tail`) },
      size !== undefined && size >= 1 ? Math.floor(size) : DEFAULT_SIZE,
      family,
    );
  }

  /** Are all values of this ban plain words? */
  takes(ban: Ban): boolean {
    const { line } = this.parts;
    return line.every((tag, i) => i % 2 === 0 || PLAIN_WORD.test(this.#value(tag, ban)));
  }

  text(bans: readonly Ban[]): string {
    const { head, line, tail } = this.parts;
    const lines = bans.map((ban) =>
      line.map((part, i) => (i % 2 === 0 ? part : this.#value(part, ban))).join(''),
    );
    return `${head}${lines.join('\n')}\n${tail}`;
  }

  #value(tag: string, ban: Ban): string {
    return tag === 'family' ? this.family || (familyOf(ban) ?? '') : (VALUES[tag]?.(ban) ?? '');
  }
}

/** What a line may ask for. */
const VALUES: Readonly<Record<string, (ban: Ban) => string>> = {
  ip: ipOf,
  fid: ({ id }) => id,
  family: (ban) => familyOf(ban) ?? '',
  bantime: ({ banTimeSec }) => String(banTimeSec),
  time: showTime,
  bancount: ({ banCount }) => String(banCount),
  failures: ({ failures }) => String(failures),
  restored: ({ restored }) => (restored ? '1' : '0'),
  'jail.name': ({ jail }) => jail,
};
