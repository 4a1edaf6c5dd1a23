/**
 * A configuration in a temporary folder, made of texts, and what the check says of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type CheckOptions, type CheckReport, checkConfig } from '../../../src/core/config/check/index.js';
import { ConfigFolder } from '../../../src/core/config/index.js';
import { findEncoding } from '../../../src/core/source/encodings.js';

/** Text by path; `LOG` in a text stands for a folder that holds app.log and `nginx/error.log`. */
export type Files = Readonly<Record<string, string>>;

/** A small sound configuration: one jail, one filter, one action. */
export const SOUND: Files = {
  'fail2ban.conf': '[DEFAULT]\nloglevel = INFO\nlogtarget = /var/log/fail2ban.log\n[Definition]\n',
  'jail.conf': `[DEFAULT]
bantime = 10m
maxretry = 5
port = 0:65535
banaction = block
action = %(banaction)s[name=%(__name__)s, port="%(port)s"]
filter = %(__name__)s[mode=%(mode)s]
mode = normal
enabled = false

[app]
enabled = true
logpath = LOG/app.log

[other]
filter = app
logpath = /nowhere/other.log
`,
  'filter.d/app.conf': `[Definition]
mdre-normal = ^bad login from <HOST>$
mdre-aggressive = ^(?:bad|odd) login from <HOST>$
failregex = <mdre-<mode>>
ignoreregex =
[Init]
mode = normal
`,
  'action.d/block.conf': `[Definition]
actionstart = add <port>
actionban = block <ip> <port>
actionunban = unblock <ip> <port>
[Init]
port = any
`,
};

const made: string[] = [];

export function makeTree(files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), 'f2b-check-'));
  made.push(dir);
  const all = { ...files, 'LOG/app.log': '', 'LOG/nginx/error.log': '' };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text.replaceAll('LOG/', `${dir}/LOG/`));
  }
  return dir;
}

export function removeTrees(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
}

/** One finding in short. */
export interface Found {
  readonly level: string;
  readonly code: string;
  /** `jail.local:3:5`, as far as it is known. */
  readonly at: string;
  readonly suggestion: string | undefined;
  readonly message: string;
  readonly jail: string | undefined;
}

export interface Checked {
  readonly dir: string;
  readonly report: CheckReport;
  readonly found: readonly Found[];
}

/** Checks the sound configuration with some files replaced or added. */
export async function check(
  changes: Files,
  jails: readonly string[] = [],
  options: Partial<CheckOptions> = {},
): Promise<Checked> {
  return checkDir(makeTree({ ...SOUND, ...changes }), jails, options);
}

export async function checkDir(
  dir: string,
  jails: readonly string[] = [],
  options: Partial<CheckOptions> = {},
): Promise<Checked> {
  const folder = new ConfigFolder(dir);
  const report = await checkConfig({ folder, jails, year: 2026, findEncoding, ...options });
  const found = report.findings.map(({ level, code, file, line, column, suggestion, message, jail }) => ({
    level,
    code,
    at: [file && relative(dir, file), line, column].filter((part) => part !== undefined).join(':'),
    suggestion: suggestion?.replaceAll(dir, ''),
    message: message.replaceAll(dir, ''),
    jail,
  }));
  return { dir, report, found };
}
