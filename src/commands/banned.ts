/** `f2b banned`: who is banned in each jail, or in which jails each IP is banned. */
import * as Args from '@oclif/core/args';
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class BannedCommand extends DeskCommand {
  static override summary = 'List who is banned in each jail, or in which jails an address is banned.';
  static override description =
    'In a pipe the text is that of fail2ban-client banned, byte for byte. Only an address itself is looked for; f2b why also finds the network that holds it.';
  static override examples = [
    '<%= config.bin %> banned',
    '<%= config.bin %> banned 192.0.2.1 2001:db8::1',
    '<%= config.bin %> banned --json | jq -r .bans[].id',
  ];
  static override usage = 'banned [OPTIONS] [IP...]';
  static override strict = false;
  static override args = { IP: Args.string({ description: 'addresses or networks', ignoreStdin: true }) };
  static override flags = ASK_FLAGS;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'json']);
    const { showBanned } = await import('./status-run.js');
    return showBanned({ words, options, json: this.jsonEnabled(), root: this.config.root });
  }
}
