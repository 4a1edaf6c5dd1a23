/**
 * A server and a client in network namespaces, joined by a cable, and the action engine at work in the server's: for the
 * tests of the shipped actions. Nothing here touches the machine's own network.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const root = resolve(import.meta.dirname, '../..');

/** As a mail server got it; bytes as characters. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** A file of this folder, bundled. Beneath node_modules because what it imports from packages is looked for from there. */
function bundle(name: string, folder: string): string {
  const driver = join(folder, `${name}.mjs`);
  const flags = ['--bundle', '--platform=node', '--format=esm', '--target=node20', '--packages=external'];
  const from = join(root, `test/actions/${name}.ts`);
  run(join(root, 'node_modules/.bin/esbuild'), from, ...flags, `--outfile=${driver}`, '--log-level=error');
  return driver;
}

/** Why these tests cannot run here; undefined when they can. */
export function missing(...tools: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const absent = ['ip', ...tools].filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (absent.length > 0) return `needs ${absent.join(', ')}`;
  const name = `f2b-try-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'needs network namespaces';
  spawnSync('ip', ['netns', 'delete', name]);
  return undefined;
}

export interface Report {
  readonly failed: readonly { readonly id: string; readonly reason?: string }[];
  readonly errors: readonly string[];
}

/** Addresses of the client, and of the server. */
export const CLIENT = { inet4: '192.0.2.10', inet6: '2001:db8:f2b::10' } as const;
export const OTHER = { inet4: '192.0.2.11', inet6: '2001:db8:f2b::11' } as const;
const SERVER = { inet4: '192.0.2.1', inet6: '2001:db8:f2b::1' } as const;
export type Family = keyof typeof CLIENT;

export interface EngineOptions {
  /** In front of $PATH. */
  readonly path?: string;
  /** What the action did in an earlier life (ActionMemory). */
  readonly memory?: unknown;
  /** Instead of the actions that ship. */
  readonly actionDir?: string;
}

/** What a web service was asked. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Services {
  readonly url: string;
  /** Since the last time. */
  readonly requests: () => Request[];
}

let serial = 0;

export class Lab {
  readonly #id = `f2b-d-${process.pid}-${serial++}`;
  readonly #children: ChildProcess[] = [];
  #client: ChildProcess | undefined;
  #replies: AsyncIterator<string> | undefined;
  readonly scratch = mkdtempSync(join(tmpdir(), 'f2b-lab-'));
  readonly #bundled = mkdtempSync(join(root, 'node_modules/.run-ts-'));
  #driver: string | undefined;

  private constructor() {}

  static async open(ports: readonly number[] = []): Promise<Lab> {
    const lab = new Lab();
    const [server, client] = [lab.#ns('s'), lab.#ns('c')];
    run('ip', 'netns', 'add', server);
    run('ip', 'netns', 'add', client);
    const link = `ip link add e0 netns ${server} type veth peer name e0 netns ${client}`;
    run('sh', '-c', link);
    for (const [ns, addresses] of [
      [server, [SERVER]],
      [client, [CLIENT, OTHER]],
    ] as const) {
      run('ip', '-n', ns, 'link', 'set', 'lo', 'up');
      for (const { inet4, inet6 } of addresses) {
        run('ip', '-n', ns, 'address', 'add', `${inet4}/24`, 'dev', 'e0');
        run('ip', '-n', ns, 'address', 'add', `${inet6}/64`, 'dev', 'e0', 'nodad');
      }
      run('ip', '-n', ns, 'link', 'set', 'e0', 'up');
    }
    // iptables-nft makes its base chains on first use and never takes them away.
    lab.sh(`for t in iptables ip6tables; do for c in INPUT FORWARD OUTPUT; do $t -A $c -j ACCEPT; $t -D $c -j ACCEPT; done; done
      iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER`);
    if (ports.length > 0) await lab.#listen(ports);
    return lab;
  }

  #ns(side: 's' | 'c'): string {
    return `${this.#id}-${side}`;
  }

  async #listen(ports: readonly number[]): Promise<void> {
    const script =
      'for (const p of process.argv.slice(1)) require("net").createServer((c) => c.end("hi\\n")).listen(+p, "::", () => console.log("up"))';
    const lines = linesOf(this.#spawn('s', [process.execPath, '-e', script, ...ports.map(String)]));
    for (const _ of ports) await lines.next();
  }

  #spawn(side: 's' | 'c', command: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#ns(side), ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.#children.push(child);
    return child;
  }

  /** Output of a command in the server's namespace. */
  sh(script: string): string {
    return execFileSync('ip', ['netns', 'exec', this.#ns('s'), 'sh', '-c', script], { encoding: 'utf8' });
  }

  /** Programs that the actions call, in a folder for the front of $PATH: name → what it does, in sh. */
  tools(does: Readonly<Record<string, string>>): string {
    const path = mkdtempSync(join(this.scratch, 'bin-'));
    for (const [tool, script] of Object.entries(does)) {
      writeFileSync(join(path, tool), `#!/bin/sh\n${script}\n`);
      chmodSync(join(path, tool), 0o755);
    }
    return path;
  }

  /** A process in the server's namespace, until the lab closes. @returns its first line */
  async serve(...command: string[]): Promise<string> {
    return (await linesOf(this.#spawn('s', command)).next()).value as string;
  }

  /** services.ts in the server's namespace. */
  async services(): Promise<Services> {
    const port = await this.serve(process.execPath, bundle('services', this.#bundled));
    const url = `http://127.0.0.1:${port}`;
    return { url, requests: () => JSON.parse(this.sh(`curl -s ${url}/requests`)) };
  }

  /** smtp-sink.ts in the server's namespace. */
  async mailServer(): Promise<{ readonly port: string; readonly mails: () => readonly Mail[] }> {
    const file = join(this.scratch, 'mails');
    writeFileSync(file, '');
    const port = await this.serve(process.execPath, bundle('smtp-sink', this.#bundled), file);
    const mails = () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Mail);
    return { port, mails };
  }

  /** Can the client (or its other address) talk to the port? */
  async reaches(
    family: Family,
    port: number,
    from: { inet4: string; inet6: string } = CLIENT,
  ): Promise<boolean> {
    const script = `require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const c = require("net").connect(JSON.parse(line));
      let open = true;
      const once = (word) => { if (open) { open = false; clearTimeout(timer); c.destroy(); console.log(word); } };
      const timer = setTimeout(once, 600, "no");
      c.on("data", () => once("yes")).on("error", () => once("no"));
    })`;
    this.#client ??= this.#spawn('c', [process.execPath, '-e', script]);
    this.#replies ??= linesOf(this.#client);
    const what = { host: SERVER[family], port, localAddress: from[family] };
    this.#client.stdin?.write(`${JSON.stringify(what)}\n`);
    return (await this.#replies.next()).value === 'yes';
  }

  /** Everything that is in the firewall and in the routing table. */
  rules(): string {
    return this.sh(
      `for save in iptables-save ip6tables-save; do $save | grep -v '^#' | sed 's/\\[[0-9]*:[0-9]*\\]//'; done
      ipset save | sed 's/ initval [^ ]*//; s/ bucketsize .*//' | sort; nft list ruleset 2>&1 | grep -v "^# Warning" | sed "s/ *counter packets [0-9]* bytes [0-9]*//"; for f in -4 -6; do ip $f route; ip $f rule; done`,
    );
  }

  /** A jail `j` with these actions, and an engine for it. */
  engine(action: string, { path, memory, actionDir }: EngineOptions = {}): Engine {
    const dir = mkdtempSync(join(this.scratch, 'config-'));
    writeFileSync(join(dir, 'f2b.conf'), '[Definition]\n');
    const filter = '[Definition]\nfailregex = ^x <HOST>$\n';
    const jail = `[j]\nenabled = true\nbackend = polling\nfilter = x\nlogpath = ${dir}/x.log\nbantime = 600\naction = ${action}\n`;
    writeFileSync(join(dir, 'x.log'), '');
    writeFileSync(join(dir, 'jail.conf'), jail);
    execFileSync('mkdir', [join(dir, 'filter.d')]);
    writeFileSync(join(dir, 'filter.d/x.conf'), filter);
    if (actionDir !== undefined) symlinkSync(actionDir, join(dir, 'action.d'));
    this.#driver ??= bundle('driver', this.#bundled);
    const environment = path === undefined ? {} : { PATH: `${path}:${process.env['PATH']}` };
    const args = [process.execPath, this.#driver, dir, root, JSON.stringify(memory ?? null)];
    return new Engine(this.#spawn('s', args, environment));
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const side of ['s', 'c'] as const) spawnSync('ip', ['netns', 'delete', this.#ns(side)]);
    for (const made of [this.scratch, this.#bundled]) rmSync(made, { recursive: true, force: true });
  }
}

export class Engine {
  readonly #answers: AsyncIterator<string>;

  constructor(private readonly child: ChildProcess) {
    this.#answers = linesOf(child);
  }

  async #ask<T>(...request: unknown[]): Promise<T> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the engine ended at ${JSON.stringify(request).slice(0, 200)}`);
    return JSON.parse(value) as T;
  }

  start = () => this.#ask<Report & { checks: unknown[] }>('start');
  ban = (ids: readonly string[], more: object = {}) => this.#ask<Report>('ban', ids, more);
  unban = (ids: readonly string[]) => this.#ask<Report>('unban', ids);
  reban = (ids: readonly string[]) => this.#ask<Report>('reban', ids);
  flush = (ids: readonly string[]) => this.#ask<Report>('flush', ids);
  check = () => this.#ask<{ family: string; state: string; reason?: string }[]>('check');
  verify = (ids: readonly string[]) => this.#ask<string[]>('verify', ids);
  stop = () => this.#ask<Report>('stop');
  end = (): void => {
    this.child.stdin?.end();
  };
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  return createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
