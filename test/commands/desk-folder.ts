/** A configuration folder with jails whose actions write down what they do, and its own store. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTree } from '../differential/dump-compare.js';
import { f2b, type RunOptions } from './f2b.js';

const FILES = {
  'fail2ban.conf': '[Definition]\ndbfile = @DIR@/state.sqlite3\nlogtarget = STDERR\n',
  'filter.d/f.conf': '[Definition]\nfailregex = ^\\s*bad <HOST>$\n',
  'action.d/note.conf': `[Definition]
actionban = echo "ban <ip>" >> @DIR@/actions
actionunban = echo "unban <ip>" >> @DIR@/actions
`,
  // Refuses whatever @DIR@/refuse says.
  'action.d/moody.conf': `[Definition]
actionban = ! grep -qxF "<ip>" @DIR@/refuse || { echo "no such chain" >&2; exit 3; }
actionunban = ! grep -qxF "un<ip>" @DIR@/refuse || exit 4
`,
  refuse: '',
  actions: '',
  'a.log': '',
  'jail.conf': `[DEFAULT]
backend = polling
filter = f
logpath = @DIR@/a.log
[one]
enabled = true
action = note
ignoreip = 198.51.100.0/24
[two]
enabled = true
action = moody
[off]
enabled = false
`,
};

export class DeskFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'f2b-desk-'));

  constructor(more: Readonly<Record<string, string>> = {}) {
    writeTree(this.dir, { ...FILES, ...more });
  }

  write(file: string, text: string): void {
    writeTree(this.dir, { [file]: text });
  }

  /** What the actions of jail one were told, in order. */
  get actions(): string[] {
    return readFileSync(join(this.dir, 'actions'), 'utf8').split('\n').filter(Boolean);
  }

  f2b(args: readonly string[], options: RunOptions = {}) {
    const [command = '', ...words] = args;
    return f2b([command, '-c', this.dir, ...words], options);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
