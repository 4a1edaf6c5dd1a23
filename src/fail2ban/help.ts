/**
 * What `--help` prints under fail2ban's names: options, and the commands of the vocabulary with what each does.
 *
 * The table of the vocabulary → text, laid out as people know it: four blanks, the command up to column 45, its
 * explanation in lines of 34 characters. Source of the layout: client.md §1.
 */

import { F2B_VERSION, FAIL2BAN_VERSION } from '../commands/settings.js';
import { type Entry, type Group, syntaxOf, VOCABULARY } from '../core/control/index.js';

const OPTIONS: readonly (readonly [option: string, text: string])[] = [
  ['-c, --conf <DIR>', 'folder of the configuration'],
  ['-s, --socket <FILE>', 'socket of the server'],
  ['-p, --pidfile <FILE>', 'pid file of the server'],
  ['--pname <NAME>', 'accepted, without effect'],
  ['--loglevel <LEVEL>', 'how much the server logs'],
  ['--logtarget <TARGET>', 'where to: a file, STDOUT, STDERR, SYSLOG or SYSTEMD-JOURNAL'],
  ['--syslogsocket auto|<FILE>', 'socket of syslog'],
  ['-d', 'print what the configuration means, command by command'],
  ['--dp, --dump-pretty', 'the same, broken into lines'],
  ['-t, --test', 'check the configuration; with a command: before it'],
  ['-i', 'read commands from standard input'],
  ['-v', 'say more'],
  ['-q', 'say less'],
  ['-x', 'take over a socket that is there already'],
  ['-b', 'run the server in the background (default)'],
  ['-f', 'run the server in the foreground'],
  ['--async', 'accepted, without effect'],
  ['--timeout <TIME>', 'how long to wait for the server (default: 30 seconds)'],
  ['--str2sec <TIME>', 'print a time in seconds'],
  ['-h, --help', 'print this'],
  ['-V, --version', 'print the version (-V: for programs)'],
];

const GROUPS: readonly (readonly [group: Group, title: string])[] = [
  ['basic', 'BASIC'],
  ['logging', 'LOGGING'],
  ['database', 'DATABASE'],
  ['jail-control', 'JAIL CONTROL'],
  ['jail-configuration', 'JAIL CONFIGURATION'],
  ['jail-information', 'JAIL INFORMATION'],
];

/** What the client does itself. */
const OWN: readonly (readonly [syntax: string, text: string])[] = [
  ['start', 'starts the server and its jails'],
  ['restart', 'stops the server and starts it again'],
  ['restart [--unban] [--if-exists] <JAIL>', 'takes a jail down and up again'],
];

export function usageText(program: string): string {
  const width = Math.max(...OPTIONS.map(([option]) => option.length));
  const options = OPTIONS.map(([option, text]) => `    ${option.padEnd(width)}  ${text}`);
  return [
    `Usage: ${program} [OPTIONS] <COMMAND>`,
    '',
    `f2b ${F2B_VERSION}, which takes the place of Fail2Ban v${FAIL2BAN_VERSION}: follows logs, and keeps`,
    'those out who keep failing.',
    '',
    'Options:',
    ...options,
    '',
    'Commands:',
    ...GROUPS.flatMap(([group, title]) => [...groupLines(group, title), '']),
  ]
    .join('\n')
    .trimEnd();
}

const COLUMN = 45;
const TEXT_WIDTH = 34;

function groupLines(group: Group, title: string): string[] {
  const entries = VOCABULARY.filter((entry) => entry.group === group && entry.internal !== true);
  const own = group === 'basic' ? OWN : [];
  return [
    `${' '.repeat(COLUMN)}${title}`,
    ...[...own, ...entries.map((entry: Entry) => [syntaxOf(entry), entry.help] as const)].flatMap(
      commandLines,
    ),
  ];
}

function commandLines([syntax, text]: readonly [string, string]): string[] {
  const lines = wrap(text, TEXT_WIDTH);
  const head = `    ${syntax}`;
  const indent = ' '.repeat(COLUMN);
  if (head.length >= COLUMN) return [head, ...lines.map((line) => indent + line)];
  const [first = '', ...rest] = lines;
  return [head.padEnd(COLUMN) + first, ...rest.map((line) => indent + line)];
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
