/**
 * View: the table of `stats`, as fail2ban-client prints it: a line a jail, with its backend, failures and bans.
 *
 * Source: client.md §4.
 */
import { PyTuple, type Value } from '../core/control/index.js';
import { str } from '../core/python-repr.js';

interface Lines {
  readonly down: string;
  readonly across: string;
  readonly cross: string;
  /** Where the line between two head lines begins, crosses, and ends. */
  readonly thin: string;
  readonly thinStart: string;
  readonly thinCross: string;
  readonly foot: string;
}

const BOX: Lines = {
  down: '║',
  across: '═',
  cross: '╬',
  thin: '─',
  thinStart: '╟',
  thinCross: '╫',
  foot: '╩',
};
const ASCII: Lines = {
  down: '|',
  across: '-',
  cross: 'x',
  thin: '-',
  thinStart: '|',
  thinCross: 'x',
  foot: '-',
};

/** The least that jail, backend and the four numbers take. */
const MIN_WIDTHS = [8, 8, 3, 3, 3, 3];

/** @param value jail → [backend, (failing, failed), (banned, banned in total)] */
export function statisticsTable(value: ReadonlyMap<string, Value>, box = true): string {
  if (value.size === 0) return 'No jails found.';
  const rows = [...value].map(([jail, row]) => [jail, ...cellsOf(row)]);
  const widths = MIN_WIDTHS.map((least, i) => Math.max(least, ...rows.map((row) => (row[i] ?? '').length)));
  const [jail = 0, backend = 0, ...numbers] = widths;
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  const { down, across, cross, thin, thinStart, thinCross, foot } = box ? BOX : ASCII;
  const filter = a + b + 5;
  const actions = c + d + 5;
  const bar = box ? '│' : '|';
  const inner = [jail + 2, backend + 2, filter, actions];
  const rule = (mark: string) => inner.map((width) => across.repeat(width)).join(mark);
  const head = [
    [
      ' '.repeat(jail + 2),
      ' '.repeat(backend + 2),
      ' Filter'.padEnd(filter),
      ' Actions'.padEnd(actions - 1),
    ].join(down),
    `${` Jail`.padEnd(jail + 2)}${down}${` Backend`.padEnd(backend + 2)}${thinStart}${thin.repeat(filter)}${thinCross}${thin.repeat(actions)}`,
    [
      ' '.repeat(jail + 2),
      ' '.repeat(backend + 2),
      ` ${'cur'.padStart(a)} ${bar} ${'tot'.padStart(b)} `.padEnd(filter),
      ` ${'cur'.padStart(c)} ${bar} ${'tot'.padStart(d)}`,
    ].join(down),
  ];
  const body = rows.map(([name = '', engine = '', w = '', x = '', y = '', z = '']) =>
    [
      ` ${name.padEnd(jail)} `,
      ` ${engine.padEnd(backend)} `,
      ` ${w.padStart(a)} ${bar} ${x.padStart(b)} `,
      ` ${y.padStart(c)} ${bar} ${z.padStart(d)}`,
    ].join(down),
  );
  return [...head, rule(cross), ...body, rule(foot)].join('\n');
}

function cellsOf(row: Value): string[] {
  const [backend, ...pairs] = Array.isArray(row) ? (row as readonly Value[]) : [];
  const numbers = pairs.flatMap((pair) => (pair instanceof PyTuple ? (pair.items as readonly Value[]) : []));
  return [backend ?? null, ...numbers].map(str);
}
