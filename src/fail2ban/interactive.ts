/**
 * `-i`: commands from standard input, one a line, until `exit` or the end of the input. Source: client.md §1.
 */
import { createInterface } from 'node:readline';
import { F2B_VERSION, FAIL2BAN_VERSION } from '../commands/settings.js';
import { shellSplit } from '../core/config/shell-split.js';
import type { ClientLog } from './client-log.js';
import { usageText } from './help.js';

const PROMPT = 'fail2ban> ';

export interface Conversation {
  readonly program: string;
  readonly log: ClientLog;
}

/** @returns whether it was ended by a word, not by the end of the input */
export async function converse(
  command: (words: readonly string[]) => Promise<boolean>,
  { program, log }: Conversation,
): Promise<boolean> {
  process.stdout.write(
    `f2b ${F2B_VERSION}, which takes the place of Fail2Ban v${FAIL2BAN_VERSION}\nhelp lists the commands, exit ends.\n\n`,
  );
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
  const lines = createInterface({ input: stdin, output: isTerminal ? stdout : undefined, prompt: PROMPT });
  const prompt = () => (isTerminal ? lines.prompt() : stdout.write(PROMPT));
  prompt();
  for await (const line of lines) {
    const words = split(line, log);
    if (words?.[0] === 'exit' || words?.[0] === 'quit') {
      if (words.length === 1) {
        lines.close();
        return true;
      }
    }
    if (words?.length === 1 && words[0] === 'help') stdout.write(`${usageText(program)}\n`);
    else if (words && words.length > 0) await command(words);
    prompt();
  }
  stdout.write('\n');
  log.error('EOF when reading a line');
  return false;
}

function split(line: string, log: ClientLog): string[] | undefined {
  try {
    return shellSplit(line);
  } catch (error) {
    log.error((error as Error).message);
    return undefined;
  }
}
