/**
 * `f2b status`: how the jails are, what they have counted, whom they ban, and which bans are not in force.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class StatusCommand extends DeskCommand {
  static override summary = 'Tell how the jails are: failures, bans, and bans that are not in force.';
  static override description = [
    'Without a JAIL all jails in one table, and those that are off or broken. With a JAIL its counts and its bans.',
    'In a pipe the text is that of fail2ban-client status, byte for byte. A FLAVOR is basic, short (without the list of bans) or cymru (with networks, countries and registries).',
    'A ban whose commands have failed is shown as not applied, with the reason: on a terminal in the table, in a pipe on standard error.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status sshd',
    '<%= config.bin %> status --all short',
    '<%= config.bin %> status sshd --json | jq .jails[0].bans',
  ];
  static override usage = 'status [OPTIONS] [JAIL] [FLAVOR]';
  static override strict = false;
  static override args = {
    JAIL: Args.string({ description: 'the jail', ignoreStdin: true }),
    FLAVOR: Args.string({ description: 'basic, short or cymru', ignoreStdin: true }),
  };
  static override flags = {
    ...ASK_FLAGS,
    all: Flags.boolean({ summary: 'all jails, each with its status' }),
  };

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'json']);
    const { showStatus } = await import('./status-run.js');
    return showStatus({ words, options, json: this.jsonEnabled(), root: this.config.root });
  }
}
