/** `f2b get`: any setting of a jail or of the whole, as fail2ban-client get. */
import * as Args from '@oclif/core/args';
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class GetCommand extends DeskCommand {
  static override summary = 'Tell a setting, or whom a jail bans.';
  static override description = [
    'What is in force: the configuration, and what was changed by hand with f2b set. Every word of fail2ban-client get is known: maxretry, findtime, bantime, failregex, ignoreip, logpath, banip --with-time, actions, action …',
    'The text is that of fail2ban-client, byte for byte.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> get sshd maxretry',
    '<%= config.bin %> get sshd banip --with-time',
    '<%= config.bin %> get sshd action iptables actionban',
    '<%= config.bin %> get dbpurgeage --json',
  ];
  static override usage = 'get [OPTIONS] [JAIL] NAME [WORD...]';
  static override strict = false;
  static override args = {
    JAIL: Args.string({ description: 'the jail', ignoreStdin: true }),
    NAME: Args.string({ description: 'what to tell', ignoreStdin: true }),
  };
  static override flags = ASK_FLAGS;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'json']);
    const { runCommand } = await import('./reply-run.js');
    return runCommand({
      words: ['get', ...words],
      options,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
