/** `f2b client`: any command of fail2ban-client, as it is. */
import * as Args from '@oclif/core/args';
import { EXIT, UsageError } from '../core/errors.js';
import { DeskCommand } from './desk-command.js';
import { WRITE_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class ClientCommand extends DeskCommand {
  static override summary = 'Send any command of fail2ban-client, and print the answer as it does.';
  static override description = [
    'For the words that have no command of their own here: flushlogs, add, echo, server-status, version … and for scripts that are to say the same to fail2ban and to f2b.',
    'Who needs the very command line of fail2ban-client, with its options, makes a link by that name: f2b link.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> client flushlogs',
    '<%= config.bin %> client set loglevel DEBUG',
    '<%= config.bin %> client -s /run/fail2ban/fail2ban.sock version',
  ];
  static override usage = 'client [OPTIONS] WORD...';
  static override strict = false;
  static override args = { WORD: Args.string({ description: 'words of the command', ignoreStdin: true }) };
  static override flags = WRITE_FLAGS;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'wait', 'json']);
    if (words.length === 0) {
      throw new UsageError('usage', 'no command was given', { exitCode: EXIT.unreadable });
    }
    const { runCommand } = await import('./reply-run.js');
    return runCommand({ words, options, json: this.jsonEnabled(), root: this.config.root });
  }
}
