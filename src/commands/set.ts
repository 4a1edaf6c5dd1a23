/** `f2b set`: bans, unbans and changes settings by hand, as fail2ban-client set. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DeskCommand } from './desk-command.js';
import { WRITE_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class SetCommand extends DeskCommand {
  static override summary = 'Ban, unban, or change a setting of a jail.';
  static override description = [
    'Every word of fail2ban-client set is known: banip, unbanip, attempt, addignoreip, delignoreip, maxretry, findtime, bantime, idle, addfailregex … The text is that of fail2ban-client, byte for byte.',
    'Without a server the command does its work itself: bans are in the firewall when it returns, and a changed setting is kept, beside the configuration, for the scans that follow.',
    'The exit code is 1 when the work was done but a ban is not in force because a command of its action failed; which and why is told on standard error.',
    'banip --from takes a published block list: one address or network a line, # and ; begin a comment. Lines that would lock out this machine, what the jail ignores, or everybody are refused and told; the others are banned in one go.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> set sshd banip 192.0.2.1 2001:db8::/32',
    '<%= config.bin %> set sshd banip --from drop.txt',
    'curl -s https://example.org/list | <%= config.bin %> set blocklist banip --from -',
    '<%= config.bin %> set sshd unbanip --report-absent 192.0.2.1',
    '<%= config.bin %> set sshd maxretry 3',
  ];
  static override usage = 'set [OPTIONS] JAIL NAME [WORD...]';
  static override strict = false;
  static override args = {
    JAIL: Args.string({ description: 'the jail', ignoreStdin: true }),
    NAME: Args.string({ description: 'what to do or to set', ignoreStdin: true }),
  };
  static override flags = {
    ...WRITE_FLAGS,
    from: Flags.string({
      helpValue: 'FILE',
      summary: 'banip: the addresses are in this file (-: standard input)',
    }),
  };

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'wait', 'from', 'json']);
    const { runCommand } = await import('./reply-run.js');
    return runCommand({
      words: ['set', ...words],
      options,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
