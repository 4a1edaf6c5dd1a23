/** `f2b unban` (also `f2b unbanip`): lets addresses in again, in all jails. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DeskCommand } from './desk-command.js';
import { WRITE_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class UnbanCommand extends DeskCommand {
  static override aliases = ['unbanip'];
  static override summary = 'Let addresses in again, in all jails.';
  static override description = [
    'Takes addresses, networks (with whatever is banned in them) and host names, and forgets how often they were banned. Prints how many bans have gone, as fail2ban-client unban.',
    'An address that is banned as part of a network stays out: f2b why tells which network that is.',
    'The exit code is 1 when a ban could not be taken back because a command of its action failed; which and why is told on standard error.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> unban 192.0.2.1 2001:db8::/32 host.example.org',
    '<%= config.bin %> unban --all',
  ];
  static override usage = 'unban [OPTIONS] --all | IP...';
  static override strict = false;
  static override args = {
    IP: Args.string({ description: 'addresses, networks or names', ignoreStdin: true }),
  };
  static override flags = { ...WRITE_FLAGS, all: Flags.boolean({ summary: 'everybody' }) };

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'wait', 'json']);
    const { runCommand } = await import('./reply-run.js');
    return runCommand({
      words: ['unban', ...words],
      options,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
