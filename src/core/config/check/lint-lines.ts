/**
 * What is wrong with the lines of one file, whatever they mean: text outside sections, lines that are no option,
 * duplicates, options swallowed by the value above them, comments that are none, values cut by ` ;`.
 *
 * Source: config.md §1 (Python's ConfigParser).
 */
import { strip } from '../python-text.js';
import { DEFAULT } from '../tree.js';
import type { FindingLog } from './finding.js';
import { OPTIONS, SECTIONS } from './known-names.js';
import type { ContinuationLine, Layout, OptionLine, StrayLine } from './layout.js';
import { nearest } from './nearest.js';
import type { FileKind } from './source-files.js';

export function lintLines(layout: Layout, kind: FileKind, log: FindingLog): void {
  const { file } = layout;
  const sections = new Map<string, number>();
  const options = new Map<string, number>();
  for (const entry of layout.entries) {
    const origin = { file, line: entry.line };
    switch (entry.kind) {
      case 'before-section':
        beforeSection(entry, { file, log });
        break;
      case 'stray':
        stray(entry, { file, kind, log });
        break;
      case 'header': {
        const first = sections.get(entry.name);
        if (first !== undefined && entry.name !== DEFAULT) {
          log.error(
            'duplicate-section',
            `section [${entry.name}] is in this file already, in line ${first}`,
            {
              origin,
              find: '[',
              got: `[${entry.name}]`,
              suggestion: 'Merge the two; fail2ban refuses the whole configuration.',
            },
          );
        } else sections.set(entry.name, first ?? entry.line);
        break;
      }
      case 'option': {
        const id = `${entry.section}\n${entry.key}`;
        const first = options.get(id);
        if (first !== undefined) {
          log.error(
            'duplicate-option',
            `${entry.key} is set in [${entry.section}] already, in line ${first}`,
            {
              origin,
              find: entry.written,
              got: entry.written,
              suggestion:
                'Remove one of the two (names are compared without case); fail2ban refuses the whole configuration.',
            },
          );
        } else options.set(id, entry.line);
        swallowed(entry, { file, kind, log });
        cutShort(entry, { file, kind, log });
        hashComment(entry, { file, kind, log });
      }
    }
  }
}

interface Place {
  readonly file: string;
  readonly kind: FileKind;
  readonly log: FindingLog;
}

function beforeSection({ line, text }: StrayLine, { file, log }: Omit<Place, 'kind'>): void {
  const bom = text.startsWith('\ufeff');
  const open = OPEN_HEADER.exec(strip(text))?.[1];
  if (open !== undefined) {
    log.error('no-section', 'the header of a section is not closed', {
      origin: { file, line },
      got: strip(text),
      suggestion: `Write [${strip(open)}]; nothing of the file is read.`,
    });
    return;
  }
  log.error('no-section', bom ? 'the file starts with a byte order mark' : 'text before the first section', {
    origin: { file, line },
    got: strip(bom ? text.slice(1) : text),
    expected: 'a header such as [DEFAULT], [Definition] or [sshd]',
    suggestion: bom
      ? 'Save the file as UTF-8 without byte order mark.'
      : 'Put a header above this line; nothing of the file is read.',
  });
}

const OPEN_HEADER = /^\[([\w -]+)[^\]]*$/;

function stray({ line, text }: StrayLine, { file, kind, log }: Place): void {
  const got = strip(text);
  const origin = { file, line };
  const open = OPEN_HEADER.exec(got)?.[1];
  if (open !== undefined) {
    log.error('not-an-option', 'the header of a section is not closed', {
      origin,
      got,
      suggestion: `Write [${strip(open)}].`,
    });
    return;
  }
  const [word = '', ...rest] = got.split(/\s+/);
  const known = OPTIONS[kind].includes(word.toLowerCase()) ? word : nearest(word, OPTIONS[kind]);
  log.error('not-an-option', 'a line that is no option: it has no =', {
    origin,
    got,
    expected: 'name = value',
    suggestion:
      known !== undefined && rest.length > 0
        ? `Did you mean ${known} = ${rest.join(' ')}?`
        : 'Write name = value, or indent the line if it continues the value above.',
  });
}

const LOOKS_LIKE_OPTION = /^([A-Za-z][\w.-]*)\s*[=:](?!=)/;
/** In an expression `action=login` is text of a log. */
const LOOKS_LIKE_OPTION_IN_REGEX = /^([A-Za-z][\w.-]*)\s+=(?:\s|$)|^((?:ignore|fail|pref)regex)\s*=/;
const LOOKS_LIKE_HEADER = /^\[([A-Za-z][\w -]*)\]$/;

/** An indented line continues the value above, also where it was meant to be an option or a header. */
function swallowed(option: OptionLine, { file, kind, log }: Place): void {
  let value = option.value;
  for (const line of option.continuations) {
    const name = insideBrackets(option, value) ? undefined : swallowedName(line, option, kind);
    if (name !== undefined) {
      log.error('swallowed-line', `the indented line is read as part of the value of ${option.key}`, {
        origin: { file, line: line.line },
        got: line.value,
        suggestion: `Remove the blanks before ${name}.`,
      });
    }
    value += `\n${line.value}`;
  }
}

function swallowedName({ value }: ContinuationLine, { key }: OptionLine, kind: FileKind): string | undefined {
  const found = (/regex/.test(key) ? LOOKS_LIKE_OPTION_IN_REGEX : LOOKS_LIKE_OPTION).exec(value);
  const option = found?.[1] ?? found?.[2];
  if (option !== undefined) {
    const isKnown = OPTIONS[kind].includes(option.toLowerCase());
    // `name=x` is shell text in a command.
    const isShell = kind === 'action' && !/^(?:action|norestored)/i.test(option);
    return isKnown && !isShell ? option : undefined;
  }
  const header = LOOKS_LIKE_HEADER.exec(value)?.[1];
  if (header === undefined) return undefined;
  return kind === 'jail' || SECTIONS[kind].includes(header) ? `[${header}]` : undefined;
}

/** `action = x[name=a,⏎ port=b]`: options of an action may stand in lines of their own. */
function insideBrackets({ key }: OptionLine, value: string): boolean {
  if (!key.startsWith('action') && !key.startsWith('banaction') && key !== 'filter') return false;
  return value.split('[').length > value.split(']').length;
}

/** ` ;` starts a comment wherever it stands, also between two shell commands or inside quotes. */
function cutShort(option: OptionLine, { file, kind, log }: Place): void {
  for (const line of [option, ...option.continuations]) {
    if (line.comment <= 0) continue;
    const kept = line.text.slice(0, line.comment);
    const lost = line.text.slice(line.comment);
    const isCommand = kind === 'action' && option.key.startsWith('action');
    const isRegex = option.key.endsWith('regex') && REGEX_TEXT.test(lost);
    if (!isCommand && !isRegex && !openQuote(line.value)) continue;
    log.error('cut-value', `the value of ${option.key} ends before ' ;', the rest of the line is a comment`, {
      origin: { file, line: line.line },
      column: [...kept].length + 1,
      got: strip(lost),
      suggestion: isCommand
        ? 'Write the commands in lines of their own, or put the ; directly behind the first one.'
        : isRegex
          ? 'Write [ ]; or \\s; in the expression.'
          : 'Remove the blank before the ;.',
    });
  }
}

/** No words of a comment. */
const REGEX_TEXT = /<(?:HOST|ADDR|IP[46]|F-)|\\[dswSDW.]|[^\s\w]\$$/;

function openQuote(value: string): boolean {
  return (value.split('"').length - 1) % 2 === 1 && !/[\\[]"/.test(value);
}

/** Values in which ` # ` is hardly meant: all of jails and servers but expressions and commands. */
const MAY_HOLD_HASH = /regex|command|datepattern|journalmatch|formula|^action|^_/;

function hashComment(option: OptionLine, { file, kind, log }: Place): void {
  const plain = kind === 'base' || kind === 'jail' ? !MAY_HOLD_HASH.test(option.key) : isPlain(option);
  if (!plain) return;
  const level = OPTIONS[kind].includes(option.key) ? 'error' : 'warning';
  for (const line of [option, ...option.continuations]) {
    const at = line.value.search(/\s#/);
    if (at === -1) continue;
    const comment = strip(line.value.slice(at));
    log[level](
      'inline-comment',
      `the comment is part of the value of ${option.key}: # starts none behind a value`,
      {
        origin: { file, line: line.line },
        column: [...line.text.slice(0, line.text.indexOf(comment))].length + 1,
        got: line.value,
        expected: strip(line.value.slice(0, at)),
        suggestion: `Put ${comment} on a line of its own, or begin it with ' ;'.`,
      },
    );
  }
}

/** Parameters of an action or a filter, and what is no expression of it. */
function isPlain({ section, key }: OptionLine): boolean {
  if (MAY_HOLD_HASH.test(key)) return false;
  return section.startsWith('Init') || key === 'usedns' || key === 'maxlines' || key === 'norestored';
}
