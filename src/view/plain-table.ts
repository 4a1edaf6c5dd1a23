/**
 * View: the tables of f2b's commands on a terminal: a head, a rule, rows; the widest column gives way when the terminal is
 * narrow and goes on below itself. Cells are escaped here; colour goes on whole cells.
 */
import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import { escapeControls } from './escape.js';

export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Is broken into lines when there is no room. */
  readonly gives?: boolean;
}

export interface TableOptions {
  readonly columns: readonly Column[];
  readonly width: number;
  readonly paint: ChalkInstance;
}

const GAP = 2;
const LEAST = 8;

/** Ends with a newline. */
export function plainTable(rows: readonly (readonly (Cell | string)[])[], options: TableOptions): string {
  const { columns, width, paint } = options;
  const cells = rows.map((row) =>
    row.map((cell): Cell => {
      const { text, paint: dress } = typeof cell === 'string' ? { text: cell } : cell;
      return { text: escapeControls(text), paint: dress };
    }),
  );
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...cells.map((row) => [...(row[i]?.text ?? '')].length)),
  );
  const give = columns.findIndex(({ gives }) => gives);
  const tooMuch = widths.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  if (give >= 0 && tooMuch > 0) widths[give] = Math.max(LEAST, (widths[give] ?? 0) - tooMuch);
  const table = new Table({
    chars: RULES,
    head: columns.map(({ title }) => paint.cyan(title)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
    colWidths: widths.map((each) => each + GAP),
    colAligns: columns.map(({ align = 'left' }) => align),
  });
  for (const row of cells) {
    table.push(
      row.map(({ text, paint: dress = String }, i) =>
        // A piece is dressed as a whole: a table cell cannot be cut inside one.
        wrap(text, widths[i] ?? text.length)
          .map((piece) => dress(piece))
          .join('\n'),
      ),
    );
  }
  const ruleWidth = Math.min(
    width,
    widths.reduce((sum, each) => sum + each + GAP, -GAP),
  );
  const rule = paint.dim('─'.repeat(Math.max(0, ruleWidth)));
  return table
    .toString()
    .split('\n')
    .map((line) => (/^─+$/.test(line) ? rule : line.trimEnd()))
    .join('\n')
    .concat('\n');
}

/** So many lines of one cell. */
const MAX_LINES = 6;

/** Pieces of at most `width`, at blanks where there are any. */
function wrap(text: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = [...text];
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const end = blank > width / 3 ? blank : width;
    pieces.push(rest.slice(0, end).join(''));
    rest = rest.slice(rest[end] === ' ' ? end + 1 : end);
  }
  pieces.push(rest.join(''));
  if (pieces.length <= MAX_LINES) return pieces;
  return [...pieces.slice(0, MAX_LINES - 1), '…'];
}

/** No lines but one below the head. */
const RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '─',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
