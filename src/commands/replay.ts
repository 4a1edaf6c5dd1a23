/**
 * `f2b replay`: old logs through a jail → who would have been banned when, and what another setting would change.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class ReplayCommand extends BaseCommand {
  static override summary = 'Tell whom a jail would have banned, from old logs.';
  static override description = [
    'Reads logs by their own clock, with no firewall and nothing written anywhere: who would have been banned when, for which lines, until when. Rotated and gzip files may be named in any order; without a LOG the jail reads its own logs, rotated ones too.',
    'With --set the same failures are judged a second time with other settings, and the two are compared: A is the jail as it is, B has what --set says.',
    'Addresses that also logged in are marked: they are more likely customers than attackers.',
    'A jail may be disabled. Names are looked up, and ignorecommand is run, as they would be today. The exit code is 0, or 1 when a part of the logs could not be read.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> replay /var/log/auth.log* --jail sshd',
    '<%= config.bin %> replay --jail sshd --set maxretry=3 --set bantime=1h',
    'zcat old/*.gz | <%= config.bin %> replay - --filter "postfix[mode=aggressive]" --no-lines',
    '<%= config.bin %> replay --jail sshd --json | jq ".jails[].addresses[] | select(.suspicion)"',
  ];
  static override usage = 'replay [OPTIONS] [LOG...] --jail JAIL';
  static override strict = false;
  static override args = {
    LOG: Args.string({
      description: 'log files, rotated and packed ones too; - is standard input',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    jail: Flags.string({
      char: 'j',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'JAIL',
      summary: 'the jail, enabled or not (may be repeated)',
    }),
    filter: Flags.string({
      char: 'f',
      helpValue: 'FILTER',
      summary:
        "instead of a jail: a filter, with fail2ban's default settings (maxretry 3, findtime and bantime 10 minutes)",
    }),
    set: Flags.string({
      char: 's',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=VALUE',
      summary:
        'compare with this setting: maxretry, findtime, bantime, bantime.increment …, ignoreip (may be repeated)',
    }),
    rotated: Flags.boolean({ char: 'r', summary: 'read also what each LOG was rotated to' }),
    lines: Flags.boolean({
      allowNo: true,
      summary: 'show the log lines of each ban (default in a pipe), or not',
    }),
    config: Flags.string({
      char: 'c',
      helpValue: 'DIR',
      summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(ReplayCommand);
    const { replayLogs } = await import('./replay-run.js');
    return replayLogs({
      config: flags.config,
      root: this.config.root,
      logs: argv as string[],
      jails: flags.jail ?? [],
      filter: flags.filter,
      settings: flags.set ?? [],
      rotated: flags.rotated,
      lines: flags.lines,
      json: this.jsonEnabled(),
    });
  }
}
