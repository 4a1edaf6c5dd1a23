/**
 * View: the answer to a command as fail2ban-client prints it, byte for byte.
 *
 * Which layout a command has stands in its entry (control/entry.ts); values are those a client receives. Text goes out as
 * it is: this is for pipes, whose readers know fail2ban's output. Source: client.md §2–§4, and fail2ban-client 1.0.2, run.
 */
import { type Entry, PyTuple, received, type Show, type Value } from '../core/control/index.js';
import { repr, str } from '../core/python-repr.js';
import { statisticsTable } from './statistics.js';

/** What was asked, in words: `['get', 'sshd', 'banip', '|']`. */
type Words = readonly string[];
type Layout = (value: Value, words: Words) => string;

/** Without the newline at its end. */
export function renderReply(entry: Pick<Entry, 'show'>, words: Words, value: Value): string {
  return LAYOUTS[entry.show ?? 'plain'](received(value), words);
}

const LAYOUTS: Readonly<Record<Show, Layout>> = {
  plain: (value) => str(value),
  words: (value) => listOf(value).map(str).join(' '),
  ping: (value) => `Server replied: ${str(value)}`,
  status: statusText,
  stats: (value) => statisticsTable(value as ReadonlyMap<string, Value>),
  added: (value) => `Added jail ${str(value)}`,
  started: () => 'Jail started',
  stopped: (_, [, jail]) => (jail === undefined ? 'Shutdown successful' : 'Jail stopped'),
  flushlogs: (value) => `logs: ${str(value)}`,
  loglevel: (value) => `Current logging level is ${repr(value)}`,
  logtarget: (value) => `Current logging target is:\n${tree([str(value)])}`,
  syslogsocket: (value) => `Current syslog socket is:\n${tree([str(value)])}`,
  dbfile: (value) =>
    value === null ? 'Database currently disabled' : `Current database file is:\n${tree([str(value)])}`,
  dbpurgeage: (value) =>
    value === null
      ? 'Database currently disabled'
      : `Current database purge age is:\n${tree([`${str(value)}seconds`])}`,
  logpath: (value) => listText(value, 'Current monitored log file(s):', 'No file is currently monitored'),
  logencoding: (value) => `Current log encoding is set to:\n${str(value)}`,
  journalmatch: (value) => {
    const groups = listOf(value).map((words) => listOf(words).map(str).join(' '));
    return groups.length === 0
      ? 'No journal match filter set'
      : `Current match filter:\n${groups.join(' + ')}`;
  },
  datepattern: datePatternText,
  ignoreip: (value) =>
    listText(value, 'These IP addresses/networks are ignored:', 'No IP address/network is ignored'),
  regexes: (value) => {
    const lines = listOf(value).map((regex, index) => `[${index}]: ${str(regex)}`);
    return listText(
      lines,
      'The following regular expression are defined:',
      'No regular expression is defined',
    );
  },
  actions: (value, [, jail]) =>
    listOf(value).length === 0
      ? `No actions for jail ${jail}`
      : `The jail ${jail} has the following actions:\n${listOf(value).map(str).join(', ')}`,
  'action-properties': (value, words) => actionText('properties', value, words),
  'action-methods': (value, words) => actionText('methods', value, words),
  banip: (value, [, , , separator]) =>
    listOf(value)
      .map(str)
      .join(separator === '--with-time' ? '\n' : (separator ?? ' ')),
};

function listOf(value: Value | undefined): readonly Value[] {
  if (value instanceof PyTuple) return value.items as readonly Value[];
  return Array.isArray(value) ? value : [];
}

/** `|- ` before each line, `` `- `` before the last. */
function tree(lines: readonly string[]): string {
  return lines.map((line, index) => `${index < lines.length - 1 ? '|-' : '`-'} ${line}`).join('\n');
}

function listText(value: Value, title: string, none: string): string {
  const items = listOf(value).map(str);
  return items.length === 0 ? none : `${title}\n${tree(items)}`;
}

function datePatternText(value: Value): string {
  if (!(value instanceof PyTuple)) return 'Current date pattern set to: Not set/required';
  const [pattern, name] = value.items as readonly Value[];
  const shown =
    pattern === null || pattern === undefined ? str(name ?? null) : `${str(pattern)} (${str(name ?? null)})`;
  return `Current date pattern set to: ${shown}`;
}

function actionText(what: string, value: Value, [, jail, , action]: Words): string {
  const names = listOf(value).map(str).join(', ');
  return `The jail ${jail} action ${action} has the following ${what}:\n${names}`;
}

/** `status`, `status JAIL` and `status --all`. */
function statusText(value: Value, [, jail]: Words): string {
  // The flavor `stats` has no layout of its own; fail2ban prints it raw.
  if (jail !== undefined && !isRows(value)) return str(value);
  if (jail === undefined || jail === '--all') return overviewText(listOf(value));
  return [`Status for the jail: ${jail}`, ...sections(value)].join('\n');
}

function isRows(value: Value): boolean {
  return listOf(value).every((row) => row instanceof PyTuple || row instanceof Map);
}

function overviewText(rows: readonly Value[]): string {
  const jails = rows.find((row): row is ReadonlyMap<string, Value> => row instanceof Map);
  const lines = rows.filter((row) => row instanceof PyTuple).map(rowText);
  if (!jails) return `Status\n${tree(lines)}`;
  const each = [...jails].map(([name, value]) => [`Jail: ${name}`, ...sections(value)]);
  return [
    'Status',
    ...branches([...lines.map((line) => [line]), ['Status for the jails:', ...branches(each)]]),
  ].join('\n');
}

/** Sections of a jail and their rows. */
function sections(value: Value): string[] {
  return branches(
    listOf(value).map((section) => {
      const [label, rows] = listOf(section);
      return [str(label ?? null), ...branches(listOf(rows).map((row) => [rowText(row)]))];
    }),
  );
}

/** Each branch is its first line and what hangs below it. */
function branches(all: readonly (readonly string[])[]): string[] {
  return all.flatMap(([first = '', ...rest], index) => {
    const last = index === all.length - 1;
    return [`${last ? '`-' : '|-'} ${first}`, ...rest.map((line) => `${last ? ' ' : '|'}  ${line}`)];
  });
}

function rowText(row: Value): string {
  const [label, value] = listOf(row);
  const shown = Array.isArray(value) ? value.map(str).join(' ') : str(value ?? null);
  return `${str(label ?? null)}:\t${shown}`;
}
