/** `f2b link`: makes f2b answer to the names of fail2ban's programs. */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class LinkCommand extends BaseCommand {
  static override summary = 'Make links by the names of fail2ban’s programs that lead to f2b.';
  static override description = [
    'fail2ban-client, fail2ban-server and fail2ban-regex then take the command lines that scripts, exporters and unit files already have.',
    'What is there and no link to f2b is left alone, and nothing is made then. With --remove the links go again.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> link --dir /usr/local/bin',
    '<%= config.bin %> link --dir ~/bin --remove',
  ];
  static override flags = {
    dir: Flags.string({ required: true, helpValue: 'DIR', summary: 'folder for the links, one of $PATH' }),
    remove: Flags.boolean({ summary: 'take the links away' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(LinkCommand);
    const { makeLinks, removeLinks } = await import('./link-run.js');
    const work = flags.remove ? removeLinks : makeLinks;
    const links = work(flags.dir, this.config.root);
    if (this.jsonEnabled()) return { links };
    for (const { path, done } of links) process.stdout.write(`${path}: ${done}\n`);
    return undefined;
  }
}
