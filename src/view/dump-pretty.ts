/**
 * View: nested lists as Python's `pprint` lays them out (width 1000, two blanks a level), for `f2b dump --pretty`.
 *
 * A list that is short enough stays on one line; in a longer one each item has its own, and a long text is cut into
 * adjoining literals behind its newlines, then behind blanks. Lengths count code points, as in Python.
 */
import { BLANKS } from '../core/config/python-text.js';
import { repr, reprString } from '../core/python-repr.js';

const WIDTH = 1000;
const STEP = 2;

/** @example prettyPrint(['set', 'sshd', 'maxretry', 5]) === "['set', 'sshd', 'maxretry', 5]" */
export function prettyPrint(value: unknown, width: number = WIDTH): string {
  return layOut(value, { indent: 0, allowance: 0, level: 0, width });
}

interface Place {
  /** Column where the value begins. */
  readonly indent: number;
  /** Room to leave behind it for what closes the lists around it. */
  readonly allowance: number;
  readonly level: number;
  readonly width: number;
}

function layOut(value: unknown, { indent, allowance, level, width }: Place): string {
  const short = repr(value);
  if (lengthOf(short) <= width - indent - allowance) return short;
  const inner = { indent, allowance, level: level + 1, width };
  if (Array.isArray(value)) return layOutList(value, inner);
  if (typeof value === 'string') return layOutText(value, inner);
  return short;
}

function layOutList(items: readonly unknown[], { indent, allowance, level, width }: Place): string {
  const column = indent + STEP;
  const shown = items.map((item, i) => {
    const last = i === items.length - 1;
    return layOut(item, { indent: column, allowance: last ? allowance + 1 : 1, level, width });
  });
  return `[${' '.repeat(STEP - 1)}${shown.join(`,\n${' '.repeat(column)}`)}]`;
}

function layOutText(text: string, place: Place): string {
  // Alone, outside any list, adjoining literals need parentheses.
  const alone = place.level === 1;
  const indent = place.indent + (alone ? 1 : 0);
  const allowance = place.allowance + (alone ? 1 : 0);
  const room = place.width - indent;
  const lines = splitLines(text);
  const pieces = lines.flatMap((line, i) => {
    const lastRoom = i === lines.length - 1 ? room - allowance : room;
    return fits(line, lastRoom) ? [line] : cutAtBlanks(line, room, lastRoom);
  });
  const shown = pieces.map(reprString).join(`\n${' '.repeat(indent)}`);
  return alone && pieces.length > 1 ? `(${shown})` : shown;
}

/** Pieces as long as they fit; a word that is too long stays whole. */
function cutAtBlanks(line: string, room: number, lastRoom: number): string[] {
  const words = line.match(WORD) ?? [];
  const pieces: string[] = [];
  let piece = '';
  for (const [i, word] of words.entries()) {
    if (!fits(piece + word, i === words.length - 1 ? lastRoom : room)) {
      if (piece !== '') pieces.push(piece);
      piece = word;
    } else piece += word;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

const WORD = new RegExp(`[^${BLANKS}]+[${BLANKS}]*|[${BLANKS}]+`, 'g');

/** Lines with their ends, at everything Python takes for the end of a line. */
function splitLines(text: string): string[] {
  return text.match(LINE) ?? [];
}

const LINE_END = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE = new RegExp(`[^${LINE_END}]*(?:\\r\\n|[${LINE_END}])|[^${LINE_END}]+$`, 'g');

function fits(text: string, room: number): boolean {
  return lengthOf(reprString(text)) <= room;
}

function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) length--;
  return length;
}
