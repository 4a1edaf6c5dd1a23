/**
 * Action stage: between an action and the shell. Takes turns, tries again where another program holds the firewall's
 * lock, and writes the log lines that fail2ban writes.
 */
import type { Log } from '../events.js';
import { repr, reprString } from '../python-repr.js';
import type { CommandResult, CommandRunner, ManyRunner, RunOptions } from './command-runner.js';
import { isFirewallCommand, type Queue } from './queue.js';
import { type ShellCommand, scriptOf } from './shell-command.js';

export interface ExecuteOptions extends RunOptions {
  /** Failure is expected: nothing above DEBUG is logged. */
  readonly quiet?: boolean | undefined;
}

export interface ExecutorDeps {
  readonly runner: CommandRunner;
  readonly log: Log;
  /** Shared by all jails. */
  readonly firewall: Queue;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

/** Waits before a command is tried again; together about two seconds. */
const LOCK_WAITS_MS = [50, 100, 250, 500, 1000] as const;
const LOCKED = /xtables lock/;
let serial = 0x7f0000001000 + Math.floor(Math.random() * 0xfffff) * 16;

export class Executor {
  #many: ManyRunner | undefined;
  #depth = 0;

  constructor(private readonly deps: ExecutorDeps) {}

  /** While `work` runs, its commands share one shell. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    this.#depth++;
    try {
      this.#many ??= this.deps.runner.many();
      return await work();
    } finally {
      if (--this.#depth === 0) {
        const many = this.#many;
        this.#many = undefined;
        await many?.close();
      }
    }
  }

  /** Never rejects. */
  async execute(command: ShellCommand, options: ExecuteOptions): Promise<CommandResult> {
    const id = (serial += 16).toString(16);
    const run = () => this.#attempts(command, options);
    const result = isFirewallCommand(command.command) ? await this.deps.firewall.run(run) : await run();
    this.#report(id, command, { result, options });
    return result;
  }

  async #attempts(command: ShellCommand, options: RunOptions): Promise<CommandResult> {
    const { runner, sleep = delay } = this.deps;
    // A text for standard input goes to a shell of its own.
    const target = options.input === undefined ? (this.#many ?? runner) : runner;
    let result = await target.run(command, options);
    for (const wait of LOCK_WAITS_MS) {
      if (!isLocked(result) || !isSingle(command.command)) break;
      await sleep(wait);
      result = await target.run(command, options);
    }
    return result;
  }

  #report(
    id: string,
    command: ShellCommand,
    { result, options }: { result: CommandResult; options: ExecuteOptions },
  ): void {
    const level = result.ok || options.quiet ? 'DEBUG' : 'ERROR';
    const say = (message: string, as = level) => {
      this.deps.log({ level: as as 'ERROR', logger: 'utils', message: `${id} -- ${message}` });
    };
    if (result.ok) {
      say('returned successfully 0');
      return;
    }
    say(`exec: ${showCommand(command)}`);
    if (result.timedOut) say(`timed out after ${Math.round(options.timeoutMs / 1000)} seconds.`);
    for (const line of linesOf(result.stdoutTail)) say(`stdout: ${reprString(line)}`);
    for (const line of linesOf(result.stderrTail)) say(`stderr: ${reprString(line)}`);
    say(describeEnd(result));
    if (result.exitCode === 127) {
      say('HINT on 127: "Command not found".  Is everything the command needs installed?', 'INFO' as 'ERROR');
    }
  }
}

/** As Python shows a command line: a list where there are arguments. */
function showCommand(command: ShellCommand): string {
  const script = scriptOf(command);
  if (command.variables.length === 0) return script;
  return repr([script, ...command.variables.map(([, value]) => value)]);
}

function isLocked({ ok, stderrTail, timedOut }: CommandResult): boolean {
  return !ok && !timedOut && LOCKED.test(stderrTail);
}

/** What is no list of commands can be run again without doing anything twice: iptables has not begun without the lock. */
function isSingle(command: string): boolean {
  return !/[\n;&|]/.test(command.trim());
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function describeEnd({ signal, exitCode, startError }: CommandResult): string {
  if (startError !== undefined) return `cannot be started (${startError})`;
  if (signal !== undefined) return `killed with ${signal} (return code: -${SIGNALS[signal] ?? '?'})`;
  return `returned ${exitCode}`;
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** Why a command failed, in one line: for a mark of a ban. */
export function reasonOf(name: string, result: CommandResult, timeoutMs: number): string {
  const end = result.timedOut ? `timed out after ${Math.round(timeoutMs / 1000)} s` : describeEnd(result);
  const said = linesOf(result.stderrTail || result.stdoutTail)
    .slice(-3)
    .join(' | ')
    .slice(-400);
  return said === '' ? `${name} ${end}` : `${name} ${end}: ${said}`;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
