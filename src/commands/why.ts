/** `f2b why`: why an address is locked out, and what lets it in again. */
import * as Args from '@oclif/core/args';
import { EXIT, UsageError } from '../core/errors.js';
import { DeskCommand } from './desk-command.js';
import { CONFIG_FLAG } from './desk-flags.js';
import { readWords } from './words.js';

export default class WhyCommand extends DeskCommand {
  static override summary = 'Tell why an address is locked out, and what lets it in.';
  static override description = [
    'In which jails it is or was banned, since when and until when, after which log lines and by which expression; whether a network that holds it is banned; whether the firewall really has it; what it is failing at right now; which jails ignore it; and the command that lets it in again.',
    'Takes an address, a network, a host name (each of its addresses) or any other id that is banned. Changes nothing.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> why 192.0.2.1',
    '<%= config.bin %> why customer.example.org',
    '<%= config.bin %> why 2001:db8::1 --json | jq -r .commands[]',
  ];
  static override usage = 'why [OPTIONS] IP';
  static override strict = false;
  static override args = {
    IP: Args.string({ description: 'an address, a network, a host name', ignoreStdin: true }),
  };
  static override flags = CONFIG_FLAG;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'json']);
    const [asked, ...more] = words;
    if (asked === undefined || more.length > 0) {
      throw new UsageError('usage', asked === undefined ? 'why who?' : `unexpected argument: ${more[0]}`, {
        exitCode: EXIT.unreadable,
        hint: 'Name one address, network or host name: f2b why 192.0.2.1',
      });
    }
    const { tellWhy } = await import('./why-run.js');
    return tellWhy({ asked, config: options.config, json: this.jsonEnabled(), root: this.config.root });
  }
}
