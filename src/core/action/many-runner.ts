/**
 * Action stage: one `/bin/sh` that runs many commands, one after the other → the same results as a shell each, cheaper.
 *
 * Each command runs in a subshell, as text for `eval`, so that neither a syntax error nor `exit` ends the shell; it sees
 * no input. Behind each the shell prints its status to both outputs, marked by a word nobody else knows. After a timeout
 * the whole group is ended; the next command gets a new shell.
 */
import { randomBytes } from 'node:crypto';
import { type OutputName, type ProcessGroup, startGroup } from '../process.js';
import {
  type CommandResult,
  type ManyRunner,
  neverStarted,
  type RunOptions,
  withDeadline,
} from './command-runner.js';
import { ownerMark } from './orphans.js';
import { quoteWord, type ShellCommand } from './shell-command.js';

const KEEP_CHARS = 4096;
/** A mark may come in two pieces. */
const MARK_ROOM = 100;

/** The caller waits for each command before it asks for the next. */
export function runMany(): ManyRunner {
  let shell: Shell | undefined;
  return {
    async run(command, options) {
      shell ??= await Shell.start();
      const result = await shell.run(command, options);
      if (shell.isGone) shell = undefined;
      return result;
    },
    async close() {
      await shell?.close();
      shell = undefined;
    },
  };
}

class Shell {
  readonly #mark = `\x1ef2b-${randomBytes(16).toString('hex')} `;
  readonly #tails: Record<OutputName, string> = { stdout: '', stderr: '' };
  #statuses: Partial<Record<OutputName, number>> = {};
  #waiting: ((result: 'done' | 'gone') => void) | undefined;
  #keepChars = KEEP_CHARS;
  isGone = false;
  #startError: string | undefined;

  private constructor(private readonly group: ProcessGroup) {
    group.onOutput((text, from) => this.#take(text, from));
    void group.ended.then(({ startError }) => {
      this.isGone = true;
      this.#startError = startError;
      this.#waiting?.('gone');
    });
  }

  static async start(): Promise<Shell> {
    return new Shell(await startGroup('/bin/sh', ['-s'], { input: true, env: await ownerMark() }));
  }

  async run(command: ShellCommand, options: RunOptions): Promise<CommandResult> {
    this.#tails.stdout = '';
    this.#tails.stderr = '';
    this.#statuses = {};
    this.#keepChars = options.keepChars ?? KEEP_CHARS;
    const answer = new Promise<'done' | 'gone'>((resolve) => {
      this.#waiting = resolve;
    });
    if (this.isGone) this.#waiting?.('gone');
    this.group.write(this.#scriptFor(command));
    const deadline = withDeadline(this.group, options.timeoutMs);
    const how = await answer;
    this.#waiting = undefined;
    if (how === 'gone') await this.group.ended;
    const timedOut = await deadline.stop();
    if (timedOut) this.isGone = true;
    return this.#result(how, timedOut);
  }

  async close(): Promise<void> {
    this.group.endInput();
    await this.group.ended;
  }

  #scriptFor({ command, variables }: ShellCommand): string {
    const sets = variables.map(([name, value]) => `${name}=${quoteWord(value)};`).join('');
    // Octal, so that nothing that shows this line shows the mark itself.
    const mark = quoteWord(`${this.#mark.replace('\x1e', '\\036')}%d\\036`);
    return (
      `(${sets}eval ${quoteWord(command)}) </dev/null\n` +
      `set -- $?;printf ${mark} $1;printf ${mark} $1 >&2\n`
    );
  }

  #take(text: string, from: OutputName): void {
    const all = this.#tails[from] + text;
    const found = this.#statuses[from] === undefined ? this.#find(all) : undefined;
    if (found) {
      this.#statuses[from] = found.status;
      this.#tails[from] = found.before;
    } else if (this.#statuses[from] === undefined) {
      this.#tails[from] = all.slice(-this.#keepChars - MARK_ROOM);
    }
    const { stdout, stderr } = this.#statuses;
    if (stdout !== undefined && stderr !== undefined) this.#waiting?.('done');
  }

  /** What the command left in the background may go on talking behind the mark. */
  #find(text: string): { status: number; before: string } | undefined {
    const at = text.lastIndexOf(this.#mark);
    const start = at + this.#mark.length;
    const end = at === -1 ? -1 : text.indexOf('\x1e', start);
    if (end === -1) return undefined;
    return { status: Number(text.slice(start, end)), before: text.slice(0, at) };
  }

  #result(how: 'done' | 'gone', timedOut: boolean): CommandResult {
    if (this.#startError !== undefined) return neverStarted(this.#startError);
    const status = how === 'done' ? this.#statuses.stdout : undefined;
    return {
      ok: status === 0 && !timedOut,
      exitCode: status,
      signal: how === 'gone' ? (timedOut ? 'SIGTERM' : 'SIGKILL') : undefined,
      timedOut,
      startError: undefined,
      stdoutTail: this.#tails.stdout.slice(-this.#keepChars),
      stderrTail: this.#tails.stderr.slice(-this.#keepChars),
    };
  }
}
