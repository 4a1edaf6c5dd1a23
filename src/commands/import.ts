/**
 * `f2b import`: takes over what fail2ban remembers, so that changing over forgets nobody.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class ImportCommand extends BaseCommand {
  static override summary = "Take over the bans of fail2ban's database.";
  static override description = [
    'Reads a database of fail2ban (any version) and takes over the bans that are in force, the history with its counts (for bantime.increment), and how far each log has been read. The next f2b scan carries the bans out; mails for them are not sent again.',
    'FILE is never written to and may be in use. Without it, the database that dbfile names is read. Importing again takes only what is new; whoever was unbanned in between stays so.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> import --dry-run',
    '<%= config.bin %> import /var/lib/fail2ban/fail2ban.sqlite3',
  ];
  static override args = {
    FILE: Args.string({
      description: "fail2ban's database (default: the one that dbfile names)",
      ignoreStdin: true,
    }),
  };
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'DIR',
      summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
    }),
    'dry-run': Flags.boolean({ char: 'n', summary: 'tell what would be taken over and change nothing' }),
    wait: Flags.string({ helpValue: 'TIME', default: '60s', summary: 'how long to wait for another f2b' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ImportCommand);
    const { importDatabase } = await import('./import-run.js');
    return importDatabase({
      file: args.FILE,
      config: flags.config,
      dryRun: flags['dry-run'] ?? false,
      wait: flags.wait,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
