/** `f2b reload`: by the configuration again. Without a server: what was changed by hand with `f2b set` is dropped. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DeskCommand } from './desk-command.js';
import { WRITE_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class ReloadCommand extends DeskCommand {
  static override summary = 'Go by the configuration again, in one jail or in all.';
  static override description =
    'Without a server the configuration is read by every command; what was changed by hand with f2b set lies over it, and is dropped here. Bans, failures and positions in logs stay.';
  static override examples = ['<%= config.bin %> reload', '<%= config.bin %> reload sshd'];
  static override usage = 'reload [OPTIONS] [JAIL]';
  static override strict = false;
  static override args = { JAIL: Args.string({ description: 'this jail; default all', ignoreStdin: true }) };
  static override flags = {
    ...WRITE_FLAGS,
    unban: Flags.boolean({ summary: 'let everybody in as well' }),
  };

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'wait', 'json']);
    const { runCommand } = await import('./reply-run.js');
    return runCommand({
      words: ['reload', ...words],
      options,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
