/**
 * `f2b show`: everything about a filter, an action or a jail before one uses it, from the files themselves.
 */
import * as Args from '@oclif/core/args';
import { BaseCommand } from './base.js';
import { CONFIG_FLAG } from './desk-flags.js';

export default class ShowCommand extends BaseCommand {
  static override summary = 'Tell what a filter, an action or a jail does, and how to use it.';
  static override description = [
    'What it does, its options with their defaults, and what to paste into jail.local. Of a filter also its modes and a line that counts, of a jail the ports and the logs it reads, here and with the path sets of other systems.',
    'A name that is several of them is told as each of them. Lines that count are not made up: each has been tried with the very filter that is shown.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> show sshd',
    '<%= config.bin %> show nftables',
    '<%= config.bin %> show -c /etc/fail2ban postfix --json | jq .found[].modes',
  ];
  static override usage = 'show [OPTIONS] NAME...';
  static override strict = false;
  static override args = {
    NAME: Args.string({ description: 'filter, action or jail', required: true, ignoreStdin: true }),
  };
  static override flags = CONFIG_FLAG;

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(ShowCommand);
    const { show } = await import('./list-run.js');
    const { root } = this.config;
    return show({ config: flags.config, words: argv as string[], json: this.jsonEnabled(), root });
  }
}
