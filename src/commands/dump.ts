/**
 * `f2b dump`: what `fail2ban-client -d` does. A configuration folder → the command stream that it means.
 *
 * Standard output is fail2ban's, line for line; what is wrong or worth knowing goes to standard error, each with its
 * place. `--json` gives every value with the file and line it was written at.
 */
import * as Flags from '@oclif/core/flags';
import { EXIT, UsageError } from '../core/errors.js';
import { BaseCommand } from './base.js';
import { DUMP_DESCRIPTION, DUMP_EXAMPLES } from './dump-help.js';

/** Options of fail2ban-client that win over what fail2ban.conf says, by its names. */
const OVERRIDES = ['socket', 'pidfile', 'loglevel', 'logtarget', 'syslogsocket'] as const;

export default class DumpCommand extends BaseCommand {
  static override summary = 'Print the command stream that a configuration means.';
  static override description = DUMP_DESCRIPTION;
  static override examples = DUMP_EXAMPLES;
  static override usage = 'dump [OPTIONS]';
  /** Otherwise oclif takes an argument for the name of a command below this one. */
  static override strict = false;
  static override flags = {
    config: Flags.string({
      char: 'c',
      aliases: ['conf'],
      helpValue: 'DIR',
      summary:
        'configuration folder (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban, then what ships with f2b)',
    }),
    pretty: Flags.boolean({
      aliases: ['dp', 'dump-pretty'],
      exclusive: ['json'],
      summary: 'break long commands into lines, as fail2ban-client --dp does',
    }),
    socket: Flags.string({
      char: 's',
      helpValue: 'FILE',
      summary: 'socket, instead of what fail2ban.conf says',
    }),
    pidfile: Flags.string({
      char: 'p',
      helpValue: 'FILE',
      summary: 'pid file, instead of what fail2ban.conf says',
    }),
    loglevel: Flags.string({ helpValue: 'LEVEL', summary: 'log level, instead of what fail2ban.conf says' }),
    logtarget: Flags.string({
      helpValue: 'TARGET',
      summary: 'log target, instead of what fail2ban.conf says',
    }),
    syslogsocket: Flags.string({
      helpValue: 'auto|FILE',
      summary: 'syslog socket, instead of what fail2ban.conf says',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(DumpCommand);
    if (argv.length > 0) {
      throw new UsageError('usage', `unexpected argument: ${argv[0]}`, {
        exitCode: EXIT.unreadable,
        hint: 'A configuration folder is named with -c.',
      });
    }
    const given = OVERRIDES.flatMap((name) => {
      const value = flags[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const { dump } = await import('./dump-run.js');
    return dump({
      config: flags.config,
      overrides: Object.fromEntries(given),
      format: this.jsonEnabled() ? 'json' : flags.pretty ? 'pretty' : 'lines',
      root: this.config.root,
    });
  }
}
