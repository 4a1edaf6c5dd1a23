/**
 * A place to run f2b in, as its user does: a configuration folder, logs that grow, a store, and (where a namespace is
 * named) a firewall of its own. Nothing of the machine's own is touched; `close` takes everything away.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildIfStale, type Finished, ROOT } from '../commands/f2b.js';

/** What is tested: the working tree as it is built, or an installed package that $F2B_PACKAGE names. */
export const PACKAGE = process.env['F2B_PACKAGE'] ?? ROOT;

/** The installed fail2ban's configuration. */
const STOCK = '/etc/fail2ban';
export const hasStock = existsSync(`${STOCK}/action.d/iptables-multiport.conf`);

export interface SiteOptions {
  /** Files of the configuration folder; `DIR` in them stands for the site's own folder. */
  readonly files: Readonly<Record<string, string>>;
  /** With the filters and actions of the installed fail2ban, unchanged, and nothing of f2b's own. */
  readonly stock?: boolean | undefined;
  /** Nothing but the files. */
  readonly bare?: boolean | undefined;
  /** Network namespace to run f2b in. */
  readonly namespace?: string | undefined;
  /** Program and options in front of f2b: `setpriv …`; `DIR` as in files. */
  readonly through?: readonly string[] | undefined;
  /** Shell scripts by name, found before the programs of that name; `DIR` as in files. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Finished & { readonly signal: NodeJS.Signals | null }>;
}

export class Site {
  /** Holds `etc` (configuration), `state`, logs and whatever a test puts there. */
  readonly dir = mkdtempSync(join(tmpdir(), `f2b-x-${process.pid}-`));
  readonly #running = new Set<ChildProcess>();

  constructor(private readonly options: SiteOptions) {
    if (PACKAGE === ROOT) buildIfStale();
    const base = '[Definition]\ndbfile = DIR/state/f2b.sqlite3\nlogtarget = DIR/f2b.log\n';
    const own = options.bare
      ? {}
      : options.stock
        ? { 'fail2ban.conf': base, 'jail.conf': '' }
        : { 'f2b.conf': base };
    for (const [path, text] of Object.entries({ ...own, ...options.files })) {
      this.write(`etc/${path}`, text.replaceAll('DIR', this.dir));
    }
    for (const [name, script] of Object.entries(options.programs ?? {})) {
      this.write(`bin/${name}`, `#!/bin/sh\n${script.replaceAll('DIR', this.dir)}\n`);
      chmodSync(this.at(`bin/${name}`), 0o755);
    }
    if (!options.stock) return;
    for (const name of ['action.d', 'filter.d']) symlinkSync(join(STOCK, name), this.at(`etc/${name}`));
  }

  /** Path of a file of the site. */
  at(path: string): string {
    return join(this.dir, path);
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), content);
  }

  append(path: string, content: string | Buffer): void {
    appendFileSync(this.at(path), content);
  }

  /** Empty where there is none. */
  read(path: string): string {
    return existsSync(this.at(path)) ? readFileSync(this.at(path), 'utf8') : '';
  }

  /** Somebody fails to log in by ssh, so many times, `agoSec` ago. */
  fails(address: string, { times = 3, agoSec = 0, log = 'auth.log' } = {}): void {
    const lines = Array.from({ length: times }, () => sshFailure(address, Date.now() / 1000 - agoSec));
    this.append(log, lines.join(''));
  }

  /** Starts f2b. */
  start(...args: string[]): Running {
    const { namespace, through = [] } = this.options;
    const program = [
      ...through.map((word) => word.replaceAll('DIR', this.dir)),
      process.execPath,
      join(PACKAGE, 'bin/run.js'),
      ...args,
    ];
    const inside = namespace === undefined ? program : ['ip', 'netns', 'exec', namespace, ...program];
    const env = {
      PATH: `${this.at('bin')}:${process.env['PATH']}`,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: this.dir,
      F2B_CONFIG: this.at('etc'),
    };
    const [file, ...rest] = inside as [string, ...string[]];
    const child = spawn(file, rest, { cwd: this.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    const out: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => out[name].push(chunk));
    }
    const ended = new Promise<Finished & { signal: NodeJS.Signals | null }>((done, fail) => {
      child.on('error', fail);
      child.on('close', (status, signal) => {
        this.#running.delete(child);
        const [stdout, stderr] = [out.stdout, out.stderr].map((chunks) => Buffer.concat(chunks).toString());
        done({ status, signal, stdout: stdout as string, stderr: stderr as string });
      });
    });
    return { child, ended };
  }

  /** Runs f2b to its end. */
  f2b(...args: string[]): Promise<Finished> {
    return this.start(...args).ended;
  }

  /** Runs `f2b scan`; `banned` and `unbanned` are the ids that it says. */
  async scan(
    ...args: string[]
  ): Promise<Finished & { readonly banned: string[]; readonly unbanned: string[] }> {
    const finished = await this.f2b('scan', ...args);
    return { ...finished, ...eventsIn(finished.stdout) };
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    // A command may still be writing there.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ids that a scan says it has banned and unbanned. */
export function eventsIn(stdout: string): { banned: string[]; unbanned: string[] } {
  const idsOf = (word: string) =>
    [...stdout.matchAll(new RegExp(`^[^ ]+: ${word} (\\S+)`, 'gm'))].map((match) => match[1] as string);
  return { banned: idsOf('banned'), unbanned: idsOf('unbanned') };
}

let connections = 1000;

/** A line of OpenSSH about a failed login, on a connection of its own. */
export function sshFailure(address: string, epochSec: number, user = 'root'): string {
  return `${stampOf(epochSec)} mx sshd[${++connections}]: Failed password for ${user} from ${address} port 41922 ssh2\n`;
}

/** The time as rsyslog writes it, in UTC. */
export function stampOf(epochSec: number): string {
  return `${new Date(epochSec * 1000).toISOString().slice(0, 19)}+00:00`;
}
