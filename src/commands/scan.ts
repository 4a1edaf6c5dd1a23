/**
 * `f2b scan`: what is new in the logs of every enabled jail → bans, unbans, and an exit code fit for cron.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class ScanCommand extends BaseCommand {
  static override summary = 'Read what is new in the logs, ban and unban, and exit.';
  static override description = [
    "Does once what a server does all the time, for use from cron: reads each enabled jail's logs from where the last scan ended, bans who has failed too often, takes back what has expired, and mends what the firewall has lost.",
    'While a server runs, that does this work all the time: a scan leaves it to the server, and the exit code is 0. (--dry-run looks all the same.)',
    'In a pipe it says nothing unless something happened. Whatever needs a person goes to standard error.',
    'The exit code is 0 when all is well, 1 when a ban is not in force or a jail could not do its work, 2 when there is no configuration to go by.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> scan',
    '<%= config.bin %> scan sshd --dry-run --since 1d',
    '*/5 * * * * root <%= config.bin %> scan',
  ];
  static override strict = false;
  static override args = {
    JAIL: Args.string({ description: 'scan these jails only', ignoreStdin: true }),
  };
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'DIR',
      summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
    }),
    'dry-run': Flags.boolean({
      char: 'n',
      summary: 'print what would be banned and change nothing',
    }),
    since: Flags.string({
      helpValue: 'TIME',
      summary:
        'look at all lines from then on (1h, 2d, 2026-11-20, "2026-11-20 10:00"), also such as were read before',
    }),
    wait: Flags.string({ helpValue: 'TIME', default: '60s', summary: 'how long to wait for another f2b' }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(ScanCommand);
    const { scanJails } = await import('./scan-run.js');
    return scanJails({
      config: flags.config,
      root: this.config.root,
      jails: argv as string[],
      // oclif leaves a flag out that is not given.
      dryRun: flags['dry-run'] ?? false,
      since: flags.since,
      wait: flags.wait,
      json: this.jsonEnabled(),
    });
  }
}
